"""A real Chromium against the running server.

Whatever a test does, it fails when a page asks another origin for anything, breaks the
Content-Security-Policy or writes an error to the console.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Tests never touch the data of an installation on this machine.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="customer-manager-e2e-")
os.environ.pop("SITE_URL", None)
# Playwright's synchronous API keeps an event loop in the thread in which tests make their rows.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import pytest
from django.conf import settings
from django.db.backends.signals import connection_created
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from xdist import is_xdist_worker
from xdist.remote import Producer

from crm.models import Business, User
from e2e.schedule import ByFileOrTest, mixed
from e2e.screens import LAPTOP, Visit, Visits
from tests.make import make_business, make_user

# Other tests run beside: what is to come up may take its time.
expect.set_options(timeout=20_000)

# Each window would draw the list below its address bar, which nobody sees, as two pages more.
# Chromium heeds the last flag of this name alone: the other names are those of Playwright's own.
_WITHOUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
)
_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
    f"--disable-features={','.join(_WITHOUT)}",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    if is_xdist_worker(session):
        items[:] = mixed(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileOrTest:
    return ByFileOrTest(config, log)


def _chromium() -> str:
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return found or pytest.skip("needs Chromium: set CHROMIUM to its path")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """In a file, as installations have it: in memory, two requests at once lock each other out."""
    name = str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session", autouse=True)
def _no_connection_is_left_open() -> Iterator[None]:
    """Playwright's event loop makes Django forget connections it opened between tests."""
    opened: list[Any] = []

    def remember(connection: Any, **_signal: Any) -> None:
        opened.append(connection.connection)

    connection_created.connect(remember)
    yield
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _files_as_they_are(settings: Settings) -> None:
    """Static files by their plain names: nothing has been collected here."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(autouse=True)
def _passwords_in_no_time(settings: Settings) -> None:
    """Argon2 takes its time on purpose: half a second for each person a test makes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def business(transactional_db: None) -> Iterator[Business]:
    """Its day is the tests' own: near midnight it is another one in UTC."""
    business = make_business()
    with timezone.override(business.time_zone):
        yield business


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def visits(browser: Browser, live_server: LiveServer) -> Iterator[Visits]:
    """Opens browser windows: `visits.open(screen=PHONE, theme="dark", javascript=False)`."""
    visits = Visits(browser, live_server.url)
    yield visits
    problems = visits.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(visits: Visits) -> Page:
    """A laptop's window in which nobody has signed in."""
    return visits.open()


@pytest.fixture
def signed_in(visits: Visits, business: Business, user: User) -> Visits:
    """`visits` whose windows belong to the owner."""
    client = Client()
    client.force_login(user)
    visits.session = client.cookies["sessionid"].value
    return visits


@pytest.fixture
def signed_in_page(signed_in: Visits) -> Page:
    return signed_in.open(Visit(screen=LAPTOP))
