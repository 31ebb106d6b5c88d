"""What a person does about the reminders: each deed works as a plain form and through htmx."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.actions import reminders
from crm.actions.message_changes import MessageError
from crm.forms.snooze import SnoozeForm
from crm.models import Event, MessageSchedule, ProviderAccount
from crm.models.customers import Channel
from crm.templatetags.display import moment, number
from crm.views import access
from crm.views.back import next_url
from crm.views.gone_messages import or_where_it_went
from crm.views.message_refusals import refusal
from crm.views.notices import notify, warn
from crm.views.reminder_cards import today
from crm.views.requests import AuthenticatedRequest

type Deed = Callable[[], Event | None]


@require_safe
def reminder_list(request: AuthenticatedRequest) -> HttpResponse:
    """The reminders alone, for the page that polls them: 204 while it shows them as they are."""
    if not request.htmx:
        return redirect("customer_list")
    shown = today(request)
    if request.GET.get("version") == shown.version:
        return HttpResponse(status=204)
    return render(request, "crm/components/_reminders.html", {"today": shown})


@require_POST
@or_where_it_went
def mark_reminder_sent(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message = access.get_message(request, message_id)
    return _do(
        request,
        message,
        lambda: reminders.mark_sent(
            message, request.business, actor=request.user, now=timezone.now()
        ),
        done=_("Done: %(customer)s has it.") % _who(message),
    )


@require_POST
@or_where_it_went
def reminder_take(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message = access.get_message(request, message_id)
    return _do(
        request,
        message,
        lambda: reminders.take(message, actor=request.user, now=timezone.now()),
        done=_("It is yours to send: it does not go out by itself any more."),
    )


@require_POST
@or_where_it_went
def reminder_dismiss(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    """With `arrived` yes or no: what became of a message that may have gone."""
    message = access.get_message(request, message_id)
    told, now = request.POST.get("arrived"), timezone.now()
    if told in {"yes", "no"}:
        return _do(
            request,
            message,
            lambda: reminders.tell_whether_it_arrived(
                message, arrived=told == "yes", actor=request.user, now=now
            ),
            done=_("Noted: it arrived.") if told == "yes" else _("Noted: it did not arrive."),
        )
    return _do(
        request,
        message,
        lambda: reminders.dismiss(message, actor=request.user, now=now),
        done=_("Dismissed: %(customer)s does not get it.") % _who(message),
    )


@require_POST
@or_where_it_went
def reminder_retry(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message = access.get_message(request, message_id)
    return _do(
        request,
        message,
        lambda: reminders.try_again(message, actor=request.user, now=timezone.now()),
        done=_("It is tried again now."),
    )


@require_POST
def reminder_retry_all(request: AuthenticatedRequest, channel: str) -> HttpResponse:
    """What waited because the account of a channel was stopped."""
    if channel not in Channel.values:
        raise Http404
    label = {"channel": Channel(channel).label}
    if ProviderAccount.objects.serving(channel) is None:
        warn(request, _("Nothing was tried: %(channel)s has no account that sends.") % label)
    elif tried := reminders.try_all_again(channel, actor=request.user, now=timezone.now()):
        said = ngettext(
            "%(count)s message is tried again now.",
            "%(count)s messages are tried again now.",
            tried,
        )
        notify(request, said % {"count": number(tried)})
    else:
        notify(request, _("Nothing waits for it any more."))
    return HttpResponseRedirect(next_url(request, reverse("customer_list")))


@require_POST
@or_where_it_went
def reminder_snooze(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message, now = access.get_message(request, message_id), timezone.now()
    form = SnoozeForm(request.POST, now=now, zone=request.business.time_zone)
    if not form.is_valid():
        warn(request, " ".join(str(error) for told in form.errors.values() for error in told))
        return _answer(request)
    until = form.cleaned_data["until"]
    return _do(
        request,
        message,
        lambda: reminders.snooze(message, until, actor=request.user, now=now),
        done=_("Snoozed: it is back %(moment)s.") % {"moment": moment(until)},
    )


@require_POST
@or_where_it_went
def reminder_wake(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message = access.get_message(request, message_id)
    return _do(
        request,
        message,
        lambda: reminders.wake(message, actor=request.user, now=timezone.now()),
        done=_("It is back on the list."),
    )


@require_POST
@or_where_it_went
def reminder_reopen(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    """Undo: the deed whose event is named in the address, else the last one."""
    message = access.get_message(request, message_id)
    asked = request.GET.get("event", "")
    event_id = int(asked[:18]) if asked.isascii() and asked.isdecimal() else None
    try:
        reminders.reopen(message, event_id, actor=request.user, now=timezone.now())
    except MessageError as error:
        warn(request, refusal(message, error))
    else:
        notify(request, _("Taken back: everything is as it was."))
    return _answer(request)


def _do(
    request: AuthenticatedRequest, message: MessageSchedule, deed: Deed, *, done: str
) -> HttpResponse:
    """Do it and say so with the way back, or say why not; never twice and never on a stale page."""
    seen = request.POST.get("seen")
    if seen and seen != message.promise:
        warn(request, _("Somebody has changed this message meanwhile: please look at it again."))
        return _answer(request)
    try:
        event = deed()
    except MessageError as error:
        warn(request, refusal(message, error))
    else:
        if event is None:
            notify(request, refusal(message, None))
        else:
            notify(request, done, undo=_undo_url(request, message, event))
    return _answer(request)


def _who(message: MessageSchedule) -> dict[str, str]:
    return {"customer": message.customer.name}


def _undo_url(request: AuthenticatedRequest, message: MessageSchedule, event: Event) -> str:
    back = {"event": event.pk, "next": next_url(request, reverse("customer_list"))}
    return f"{reverse('reminder_reopen', args=[message.pk])}?{urlencode(back)}"


def _answer(request: AuthenticatedRequest) -> HttpResponse:
    if request.htmx:
        return render(request, "crm/components/_reminders_answer.html", {"today": today(request)})
    return HttpResponseRedirect(next_url(request, reverse("customer_list")))
