"""Settings → Sending → Templates: what an account's provider has approved, and what not."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.actions import templates
from crm.actions.secrets import SecretsLostError
from crm.models import ProviderAccount
from crm.templatetags.account_words import provider_title
from crm.views.access import get_account
from crm.views.notices import notify, warn
from crm.views.requests import AuthenticatedRequest
from providers.errors import ProviderError

#: Providers allow some hundreds to a few thousand.
SHOWN = 500


@require_safe
def template_list(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = _account(request, account_id)
    context = {
        "account": account,
        "templates": account.templates.listed()[:SHOWN],
        "synced_at": account.templates.last_read(),
        "nav_current": "settings",
    }
    return render(request, "crm/template_list.html", context)


@require_POST
def template_read(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = _account(request, account_id)
    try:
        count = templates.read(account, now=timezone.now())
    except (ProviderError, SecretsLostError):
        words = _("%(provider)s did not give its list. Check the connection, then try again.")
        warn(request, words % {"provider": provider_title(account)})
    else:
        notify(request, _told(count))
    return redirect("template_list", account.pk)


def _told(count: int) -> str:
    if not count:
        return _("Read: nothing is different.")
    words = ngettext("Read: %(count)d is different.", "Read: %(count)d are different.", count)
    return words % {"count": count}


def _account(request: AuthenticatedRequest, account_id: int) -> ProviderAccount:
    account = get_account(request, account_id)
    if not templates.has_templates(account):
        raise Http404
    return account
