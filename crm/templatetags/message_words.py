"""What has become of a message, in sentences: what happened, and what to do about it.

A sentence for every state of `rules/message_states.py` and every reason of `rules/reasons.py`.
"""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.models import DeliveryEvent, Event, MessageSchedule
from crm.models.message_querysets import GRACE
from crm.templatetags.display import clock
from rules.message_states import IN_FLIGHT, Status
from rules.reasons import Reason

register = template.Library()

type Words = str | Promise

_BY_HAND_AGAIN = _("Send it by hand, give it a new time, or dismiss it.")
_TRY_OR_SEND = _("Try again, or send it by hand.")
_FIND_OUT = _("Look whether it arrived, and say so here. It is not sent again by itself.")

#: What happened, and what to do. `%(customer)s`, `%(channel)s` stand for the message's own.
REASONS: dict[Reason, tuple[Words, Words]] = {
    Reason.BY_HAND: (
        _("Yours to send: no account sends %(channel)s messages by itself."),
        _("Open it, press Send there, then mark it as done here."),
    ),
    Reason.TAKEN: (
        _("Yours to send: it was taken from the sender and does not go out by itself."),
        _("Open it, press Send there, then mark it as done here. Or have it tried again."),
    ),
    Reason.NO_PHONE: (
        _("%(customer)s has no phone number."),
        _("Add the number, then try again."),
    ),
    Reason.MISSING_PLACEHOLDER: (
        _("Something the text speaks of is not there any more."),
        _("Edit the text, or add what is missing and try again."),
    ),
    Reason.QUIET_HOURS: (
        _("It waits until quiet hours are over where %(customer)s is."),
        _("Nothing: it goes out by itself. Or allow this one in quiet hours."),
    ),
    Reason.TOO_LATE: (
        _("Its time had passed before it could go out, so it was held back."),
        _BY_HAND_AGAIN,
    ),
    Reason.WAS_IN_TRASH: (
        _("Its time came while %(customer)s was in the trash, so it was held back."),
        _BY_HAND_AGAIN,
    ),
    Reason.REFUSED: (
        _("The provider refused it."),
        _("Edit the message and try again, or send it by hand."),
    ),
    Reason.RECIPIENT: (
        _("This number cannot receive %(channel)s messages."),
        _("Check the number, or use the other channel."),
    ),
    Reason.CONTENT: (
        _("The provider does not accept this text."),
        _("Change the text and try again, or send it by hand."),
    ),
    Reason.ACCOUNT: (
        _(
            "The account that sends %(channel)s messages cannot be used: it is blocked, has no "
            "credit, or has to sign in again."
        ),
        _("Mend the account, then try again. Until then, send it by hand."),
    ),
    Reason.CONFIGURATION: (
        _("The account that sends %(channel)s messages is not set up right."),
        _("Correct it in the settings, then try again. Until then, send it by hand."),
    ),
    Reason.OPTED_OUT: (
        _("%(customer)s does not want messages this way."),
        _("Do not send it by hand either. Dismiss it, or call them."),
    ),
    Reason.NO_CONSENT: (
        _("Nobody has recorded that %(customer)s may be written to by %(channel)s."),
        _("Ask them, record their consent on their page, then try again."),
    ),
    Reason.WINDOW_CLOSED: (
        _("WhatsApp only takes a free text within 24 hours of the customer's last message."),
        _("Use an approved template, send it as SMS, or send it by hand."),
    ),
    Reason.TEMPLATE: (
        _("Its template is not approved at the moment, or something in it is not filled in."),
        _("Choose another template or fill it in, then try again. Or send it by hand."),
    ),
    Reason.LIMIT: (
        _("The provider's limit was reached: for now, for the day, or for this person."),
        _("Try again later, or send it by hand."),
    ),
    Reason.FELL_BACK: (
        _("The other channel was refused for good, so it goes out by %(channel)s."),
        _("Wait for it, or send it by hand."),
    ),
    Reason.GAVE_UP: (
        _("The provider could not be reached for so long that we gave up. Nothing has left."),
        _TRY_OR_SEND,
    ),
    Reason.TIMED_OUT: (
        _("The provider took it and never answered: it may have gone out."),
        _FIND_OUT,
    ),
    Reason.CONNECTION_LOST: (
        _("The connection broke while it was being sent: it may have gone out."),
        _FIND_OUT,
    ),
    Reason.WORKER_DIED: (
        _("The sender was stopped while it was sending it: it may have gone out."),
        _FIND_OUT,
    ),
    Reason.PROVIDER_ERROR: (
        _("The provider had a fault of its own while taking it: it may have gone out."),
        _FIND_OUT,
    ),
    Reason.INTERNAL_ERROR: (
        _("A fault in this program kept it from going out. The sender's log says more."),
        _TRY_OR_SEND,
    ),
}

#: Where there is no reason to give.
STATES: dict[Status, tuple[Words, Words]] = {
    Status.SCHEDULED: (_("It waits for its time."), ""),
    Status.CLAIMED: (_("It is about to go out."), ""),
    Status.SENDING: (_("It is going out right now."), ""),
    Status.SENT: (_("It has gone out."), ""),
    Status.DELIVERED: (_("It has reached the phone."), ""),
    Status.READ: (_("It has been read."), ""),
    Status.FAILED: (_("It did not arrive."), _TRY_OR_SEND),
    Status.UNCONFIRMED: (_("It may have gone out: nobody can tell."), _FIND_OUT),
    Status.DUE: REASONS[Reason.BY_HAND],
    Status.EXPIRED: REASONS[Reason.TOO_LATE],
    Status.CANCELLED: (_("It was called off."), ""),
}

#: What people did to a message; kinds of `crm.models.Event`.
DEEDS: dict[str, Words] = {
    "message.scheduled": _("%(who)s scheduled it"),
    "message.edited": _("%(who)s changed it"),
    "message.cancelled": _("%(who)s called it off"),
    "message.sent_by_hand": _("%(who)s sent it by hand and marked it as done"),
    "message.dismissed": _("%(who)s dismissed the reminder without sending"),
    "message.arrived": _("%(who)s found that it had arrived"),
    "message.lost": _("%(who)s found that it had not arrived"),
    "message.retried": _("%(who)s had it tried again"),
    "message.taken": _("%(who)s took it from the sender, to send it by hand"),
    "message.snoozed": _("%(who)s snoozed the reminder"),
    "message.woken": _("%(who)s woke the reminder"),
    "message.undone": _("%(who)s took that back"),
}

#: What the sender and the provider made known.
LEDGER: dict[Status, Words] = {
    Status.SCHEDULED: _("Waits for another try"),
    Status.CLAIMED: _("Taken up by the sender"),
    Status.SENDING: _("Handed to the provider"),
    Status.SENT: _("Accepted by the provider"),
    Status.DELIVERED: _("Arrived on the phone"),
    Status.READ: _("Read"),
    Status.FAILED: _("Refused"),
    Status.UNCONFIRMED: _("May have gone: no clear answer"),
    Status.DUE: _("Its time came: a person was asked to send it"),
    Status.EXPIRED: _("Too late: held back"),
    Status.CANCELLED: _("Called off"),
}

_BACK_IN_QUEUE: dict[str, Words] = {
    Reason.QUIET_HOURS: _("Waits until quiet hours are over"),
    Reason.FELL_BACK: _("Refused for good: goes out on the other channel"),
}

_STUCK = (
    _("Its time has come, and the sender has not taken it up."),
    _("Start the sender, or send it by hand now."),
)
_RESTS_FOR_LONG = (
    _("The provider has asked for one pause after another, and it has not gone out yet."),
    _("Send it by hand, or wait: it goes out by itself as soon as the provider takes it."),
)
_IN_VAIN = (
    _("It has been tried for over an hour: the provider could not be reached, or did not take it."),
    _("See that this machine is online. It is tried again at %(next_try)s; or send it by hand."),
)
_BUSY = (_("It waits for its turn: others are going out by %(channel)s before it."), "")
_HELD = (_("The provider asked for a pause. It goes out by itself after %(held_until)s."), "")
_TEST_RUN = (_("Test run: it was printed in the terminal. Nobody has received it."), "")
_UNCERTAIN = frozenset(
    {Reason.TIMED_OUT, Reason.CONNECTION_LOST, Reason.WORKER_DIED, Reason.PROVIDER_ERROR}
)


@register.filter
def what_happened(message: MessageSchedule) -> str:
    return _said(message, 0)


@register.filter
def what_to_do(message: MessageSchedule) -> str:
    return _said(message, 1)


@register.filter
def shown_state(message: MessageSchedule) -> str:
    """As `pill` knows it: what was sent through a test account has reached nobody."""
    by_itself = message.state is Status.SENT and message.sent_by_id is None
    was_printed = by_itself and message.account and message.account.is_test_run
    return "test_run" if was_printed else message.status


def deed(event: Event) -> str:
    """A sentence without its full stop; empty for a kind of event that is not about messages."""
    who = event.actor.display_name if event.actor else gettext("Somebody")
    return str(DEEDS[event.kind]) % {"who": who} if event.kind in DEEDS else ""


def ledger_words(known: DeliveryEvent) -> str:
    if known.status == Status.SCHEDULED and known.detail.get("reason") in _BACK_IN_QUEUE:
        return str(_BACK_IN_QUEUE[known.detail["reason"]])
    return str(LEDGER[Status(known.status)])


def words(message: MessageSchedule, now: datetime) -> tuple[Words, Words]:
    """What happened and what to do, with the names still to be put in."""
    state = message.state
    if message.is_stuck(now):
        return _stuck(message, now)
    if shown_state(message) == "test_run":
        return _TEST_RUN
    if state is Status.SCHEDULED and message.due_at <= now and message.waits_for_account(now):
        return _HELD if _held_until(message, now) else _BUSY
    reason = Reason(message.reason) if message.reason else None
    if reason is None or state in IN_FLIGHT or message.is_sent or state is Status.CANCELLED:
        return STATES[state]
    if state is Status.FAILED and reason in _UNCERTAIN:
        return STATES[Status.FAILED]
    return REASONS[reason]


def _stuck(message: MessageSchedule, now: datetime) -> tuple[Words, Words]:
    if message.state is Status.SENDING:
        return REASONS[Reason.WORKER_DIED]
    account = message.channel_account if message.state is Status.SCHEDULED else None
    if account and account.is_resting(now):
        return _RESTS_FOR_LONG
    in_its_turn = message.due_at >= now - GRACE or message.waits_for_account(now)
    return _IN_VAIN if message.is_tried_in_vain(now) and in_its_turn else _STUCK


def _held_until(message: MessageSchedule, now: datetime) -> datetime | None:
    account = message.channel_account
    until = account.held_until if account else None
    return until if until and until > now else None


def _said(message: MessageSchedule, which: int) -> str:
    now = timezone.now()
    found = words(message, now)
    names = {"customer": message.customer.name, "channel": message.get_message_type_display()}
    if found is _HELD:
        names["held_until"] = clock(_held_until(message, now))
    if found is _IN_VAIN:
        names["next_try"] = clock(max(message.due_at, now))
    return str(found[which]) % names if found[which] else ""
