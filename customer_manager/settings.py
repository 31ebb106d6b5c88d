"""Settings of an installation; what may differ comes from the environment (see `env.py`)."""

import tomllib
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from customer_manager import env, network

BASE_DIR = env.BASE_DIR
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"]
DATA_DIR = env.data_dir()
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# --- where it answers ---------------------------------------------------------------------------
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1)
SITE_URL = env.text("SITE_URL").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)


# Two processes let a page answer while another converts a large receipt; more threads than this
# only wait for one another.
WEB_WORKERS = env.integer("WEB_WORKERS", 2, least=1)
WEB_THREADS = env.integer("WEB_THREADS", 4, least=1)


def _own_names() -> list[str]:
    """The names under which this machine is reached from the shop's own network."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if HOST in network.EVERYWHERE:
        names += [*network.local_names(), *network.lan_addresses()]
    elif HOST not in network.LOOPBACK:
        names += [*network.local_names(), HOST]
    if SITE_URL:
        names.append(urlsplit(SITE_URL).hostname or "")
    return names


ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or _own_names()
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# A provider follows no redirect; what it says is signed.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^webhooks/"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

# --- what it is made of -------------------------------------------------------------------------
INSTALLED_APPS = [
    "crm",
    "delivery",
    "webhooks",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "bootstrap_datepicker_plus",
    "django_htmx",
    "heroicons",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.views.frame.FirstVisitMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crm.views.frame.BusinessMiddleware",
]
ROOT_URLCONF = "customer_manager.urls"
WSGI_APPLICATION = "customer_manager.wsgi.application"
FORM_RENDERER = "crm.forms.renderer.FormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.views.frame.frame",
            ],
        },
    }
]

# --- where it keeps things ----------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'customer_manager.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers and the one writer do not wait for each other; a writer waits for its turn at BEGIN
    # instead of failing in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
CACHES = {
    # allauth's rate limits live here: shared by all processes, and nothing more to install.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "uploads"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- receipts -----------------------------------------------------------------------------------
RECEIPT_MAX_BYTES = env.integer("RECEIPT_MAX_MB", 15, least=1) * 1024 * 1024
RECEIPTS_PER_UPLOAD = env.integer("RECEIPTS_PER_UPLOAD", 20, least=1)
RECEIPT_MAX_PIXELS = env.integer("RECEIPT_MAX_MEGAPIXELS", 64, least=1) * 1_000_000
RECEIPT_MAX_PAGES = env.integer("RECEIPT_MAX_PAGES", 100, least=1)
FILE_UPLOAD_HANDLERS = [
    "crm.views.uploads.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Far more than are kept at once: a form that brings too many says so and loses nothing.
DATA_UPLOAD_MAX_NUMBER_FILES = 10 * RECEIPTS_PER_UPLOAD

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "customer_list"
ACCOUNT_ADAPTER = "crm.views.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "crm.forms.accounts.LoginForm",
    "reset_password": "crm.forms.accounts.ResetPasswordForm",
    "reset_password_from_key": "crm.forms.accounts.ResetPasswordKeyForm",
    "change_password": "crm.forms.accounts.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MAIL_IS_PRINTED = not env.text("EMAIL_HOST")
MAILERS = {
    "default": {"BACKEND": "customer_manager.printed_mail.EmailBackend"}
    if MAIL_IS_PRINTED
    else {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.text("EMAIL_HOST"),
            "port": env.integer("EMAIL_PORT", 587, least=1),
            "username": env.text("EMAIL_HOST_USER"),
            "password": env.text("EMAIL_HOST_PASSWORD"),
            "use_tls": env.flag("EMAIL_USE_TLS", default=True),
            "timeout": 10,
        },
    }
}
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Customer Manager <noreply@localhost>")

# --- languages and time -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "crm" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- widgets ------------------------------------------------------------------------------------
BOOTSTRAP_DATEPICKER_PLUS = {
    # Our own script and style instead of jQuery, moment and a CDN: works offline and under the CSP.
    # The two slots of moment and of the picker's library hold our picker's first two parts.
    "momentjs_url": "crm/js/picker-dates.js",
    "datetimepicker_js_url": "crm/js/picker-grid.js",
    "datetimepicker_css_url": None,
    "bootstrap_icon_css_url": None,
    "app_static_url": "crm/",
    "debug": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO").upper()},
}
