"""The first visit, open while nobody has an account."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from crm.actions import business as actions
from crm.actions import setup_token
from crm.forms.setup import SetupForm, first_guesses
from crm.models import User
from crm.models.business import machine_zone
from crm.views.notices import notify

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: Any of them means that somebody passed the request on, so that its sender is not who it seems.
_PASSED_ON = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)


@sensitive_post_parameters("password", "token")
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    if User.objects.exists():
        return redirect("customer_list")
    token = request.POST.get("token") or request.GET.get("token", "")
    if not (_is_on_the_machine(request) or setup_token.matches(settings.DATA_DIR, token)):
        return render(request, "crm/setup_closed.html", {"wrong_token": token}, status=403)
    form = SetupForm(request.POST or None, initial=_guesses(request))
    if form.is_valid():
        return _set_up(request, form)
    status = 422 if form.is_bound else 200
    return render(request, "crm/setup.html", {"form": form, "token": token}, status=status)


def _set_up(request: HttpRequest, form: SetupForm) -> HttpResponse:
    try:
        owner = actions.set_up(form.instance, form.cleaned_data["password"], form.business_values)
    except actions.AlreadySetUpError:
        return redirect("customer_list")
    setup_token.forget(settings.DATA_DIR)
    login(request, owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    notify(request, _("Welcome! Everything is ready: add your first customer."))
    return redirect("customer_list")


def _guesses(request: HttpRequest) -> dict[str, str]:
    return first_guesses(machine_zone(), request.headers.get("Accept-Language", ""))


def _is_on_the_machine(request: HttpRequest) -> bool:
    """Whether the browser runs on this machine, and nobody stands between it and us."""
    if settings.SITE_URL or settings.TRUSTED_PROXIES:
        return False
    if any(header in request.META for header in _PASSED_ON):
        return False
    host, _port = split_domain_port(request.get_host())
    return host in _LOCAL_NAMES and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or bool(
        found.version == 6 and found.ipv4_mapped and found.ipv4_mapped.is_loopback
    )
