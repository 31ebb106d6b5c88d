"""Settings → Sending: who sends on each channel, and the accounts at providers."""

from dataclasses import asdict

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import account_checks, accounts, unread_callbacks
from crm.forms.account_connecting import ConnectForm
from crm.forms.account_words import of_provider
from crm.forms.provider_accounts import AccountForm
from crm.models import ProviderAccount
from crm.models.customers import Channel
from crm.templatetags.account_words import account_name, said
from crm.views.access import get_account
from crm.views.notices import notify, warn
from crm.views.reminder_cards import stopped_on
from crm.views.requests import AuthenticatedRequest
from crm.views.sending_cards import account_card, callback_card, look_at, unread_of, ways
from providers import registry
from providers.registry import Entry


@require_safe
def sending_ways(request: AuthenticatedRequest, channel: str) -> HttpResponse:
    chosen = _channel(channel)
    of_channel = list(ProviderAccount.objects.on(chosen))
    in_use = next((account for account in of_channel if account.enabled), None)
    now = timezone.now()
    context = {
        "channel": chosen,
        "in_use": in_use,
        "ways": ways(chosen, in_use),
        "earlier": [account_card(one, now) for one in of_channel if _is_spare(one)],
        "nav_current": "settings",
    }
    return render(request, "crm/sending_ways.html", context)


def _is_spare(account: ProviderAccount) -> bool:
    entry = registry.PROVIDERS.get(account.provider)
    return not account.enabled and entry is not None and bool(entry.settings)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_connect(request: AuthenticatedRequest, channel: str, provider: str) -> HttpResponse:
    chosen, entry = _channel(channel), _entry(channel, provider)
    form = ConnectForm(
        _sent(request),
        entry=entry,
        country=request.business.country,
        channel=chosen,
        lenders=accounts.lenders(entry),
    )
    if account := _connected(request, form, chosen):
        if not entry.settings:
            notify(request, _("Saved."))
            return redirect("settings")
        _check_and_tell(request, account)
        return redirect("account_detail", account.pk)
    context = {
        "channel": chosen,
        "entry": entry,
        "words": of_provider(provider),
        "form": form,
        "replaces": ProviderAccount.objects.in_use().filter(channel=chosen).first(),
        "nav_current": "settings",
    }
    return render(request, "crm/account_connect.html", context, status=_status(form))


def _connected(
    request: AuthenticatedRequest, form: ConnectForm, channel: Channel
) -> ProviderAccount | None:
    if not form.is_valid():
        return None
    return accounts.connect(
        form.entry.name,
        channel,
        form.values,
        label=form.label,
        rate_per_s=form.rate_per_s,
        same_as=form.lender,
        form_id=form.cleaned_data["form_id"],
        actor=request.user,
        now=timezone.now(),
    )


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_detail(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    entry = registry.PROVIDERS.get(account.provider)
    form = None
    if entry:
        form = AccountForm(
            _sent(request), entry=entry, country=request.business.country, account=account
        )
        if _changed(request, form, account):
            return redirect("account_detail", account.pk)
    context = {
        "card": account_card(account, timezone.now()),
        "callback": callback_card(account),
        "unread": unread_of(account),
        "stopped": stopped_on(account.channel, timezone.now()) if account.enabled else None,
        "words": of_provider(account.provider),
        "form": form,
        "nav_current": "settings",
    }
    return render(request, "crm/account_detail.html", context, status=_status(form))


def _changed(request: AuthenticatedRequest, form: AccountForm, account: ProviderAccount) -> bool:
    if not form.is_valid():
        return False
    changed = accounts.change(
        account,
        form.values,
        label=form.label,
        rate_per_s=form.rate_per_s,
        actor=request.user,
        forget=form.forget,
    )
    if not changed and not account.paused_because:
        notify(request, _("Nothing was changed."))
        return True
    account.refresh_from_db()
    _check_and_tell(request, account)
    return True


@require_POST
def account_check(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    _check_and_tell(request, account, saved=False)
    return redirect("account_detail", account.pk)


def _check_and_tell(
    request: AuthenticatedRequest, account: ProviderAccount, *, saved: bool = True
) -> None:
    """What was found stays on the account's page; one found mended sends again."""
    found = account_checks.check(account, now=timezone.now())
    if found.problem is not None:
        wrong = said(account.last_check, account)[0]
        warn(request, _("Saved, but: %s") % wrong if saved else wrong)
        return
    if account.enabled and account.paused_because:
        accounts.resume(account, actor=request.user)
    notify(request, _("Saved, and the connection works.") if saved else _("The connection works."))


@require_POST
def account_listen(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    callback = callback_card(account)
    if callback is None or not callback.tell_at:
        raise Http404
    if callback.trouble:
        warn(request, _("Providers call only addresses that begin with https://."))
        return redirect("account_detail", account.pk)
    found = account_checks.listen(account, callback.address)
    if found.problem is None:
        notify(request, _("It tells us from now on what becomes of messages, and who answers."))
    else:
        wrong, mend = said(asdict(found), account)
        warn(request, " ".join(filter(None, (wrong, mend, look_at(found.setting, account)))))
    return redirect("account_detail", account.pk)


@require_POST
def account_unread_seen(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    unread_callbacks.acknowledge(account, actor=request.user)
    notify(request, _("Noted. You are told when something else cannot be read."))
    return redirect("account_detail", account.pk)


@require_POST
def account_resume(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    accounts.resume(account, actor=request.user)
    channel = {"channel": account.get_channel_display()}
    notify(request, _("%(channel)s messages go out by themselves again.") % channel)
    has_waiting = account.enabled and stopped_on(account.channel, timezone.now())
    return redirect("account_detail", account.pk) if has_waiting else redirect("settings")


@require_POST
def account_disconnect(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    if accounts.disconnect(account, actor=request.user):
        channel = {"channel": account.get_channel_display()}
        words = _("%(channel)s messages wait on Today from now on, for you to send.") % channel
        notify(request, words, undo=_undo(account))
    else:
        notify(request, _("It was disconnected already."))
    return redirect("settings")


@require_POST
def account_use(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    accounts.use(account, actor=request.user)
    words = {"channel": account.get_channel_display(), "account": account_name(account)}
    notify(request, _("%(channel)s messages go out through %(account)s.") % words)
    return redirect("settings")


@require_POST
def account_remove(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    account = get_account(request, account_id)
    try:
        accounts.remove(account, actor=request.user, now=timezone.now())
    except accounts.InFlightError:
        warn(request, _("Messages are going out through it right now. Try again in a minute."))
        return redirect("account_detail", account.pk)
    notify(request, _("Removed. Its credentials are deleted here; delete them there, too."))
    if still_calls := of_provider(account.provider).still_calls:
        warn(request, str(still_calls))
    return redirect("settings")


def _undo(account: ProviderAccount) -> str:
    return reverse("account_use", args=[account.pk])


def _channel(channel: str) -> Channel:
    try:
        return Channel(channel)
    except ValueError as error:
        raise Http404 from error


def _entry(channel: str, provider: str) -> Entry:
    entry = registry.PROVIDERS.get(provider)
    if entry is None or channel not in entry.channels:
        raise Http404
    return entry


def _sent(request: AuthenticatedRequest) -> QueryDict | None:
    """Also a form without a single field is sent."""
    return request.POST if request.method == "POST" else None


def _status(form: AccountForm | None) -> int:
    return 422 if form is not None and form.is_bound else 200
