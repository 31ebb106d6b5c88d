"""What wants a person today, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext

from crm.actions.messages import rendered
from crm.forms.wall_times import PRESETS, moments
from crm.models import MessageSchedule, ProviderAccount
from crm.models.customers import Channel
from crm.models.message_querysets import MessageQuerySet, know_accounts
from crm.templatetags.display import elapsed, moment
from crm.views.reply_cards import Replies, replies
from crm.views.requests import AuthenticatedRequest
from crm.views.upcoming import Ahead, ahead
from rules import due_dates, one_tap
from rules.message_states import IN_FLIGHT, Status
from rules.reasons import Reason

REMINDERS_SHOWN = 20

#: What a person does first: open the phone's app, take it from the sender, say what became of it,
#: mend what is missing.
type Step = Literal["open", "other", "take", "arrived", "number", "edit", "retry", "dismiss"]

_FIRST_STEPS: dict[str, Step] = {
    Reason.NO_PHONE: "number",
    Reason.RECIPIENT: "other",
    Reason.MISSING_PLACEHOLDER: "edit",
    Reason.CONTENT: "edit",
    Reason.OPTED_OUT: "dismiss",
}
#: What the sender may be given back.
_GIVES_BACK = frozenset({Reason.ACCOUNT, Reason.TAKEN})
#: Nothing is wrong with the message: it goes by itself as soon as its account does.
_GOES_BY_ITSELF = frozenset(
    {Reason.ACCOUNT, Reason.CONFIGURATION, Reason.GAVE_UP, Reason.INTERNAL_ERROR}
)


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """One card. `link` opens the phone's app with the text in it, `other_link` the other app.

    Neither is there while the message may still go by itself: it would go twice.
    """

    message: MessageSchedule
    state: str
    label: str
    since: datetime
    text: str
    step: Step
    link: str
    other_link: str
    other_channel: str
    is_served: bool

    @property
    def can_retry(self) -> bool:
        if not self.is_served or self.step == "number":
            return False
        was_tried = self.step == "take" and self.message.first_tried_at is not None
        return self.state != "due" or was_tried or self.message.reason in _GIVES_BACK


@dataclass(frozen=True, kw_only=True)
class Sleep:
    """A moment to be reminded again; `key` is what the form sends."""

    key: str
    label: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """So many were stopped with the account of a channel and can go by themselves now."""

    channel: Channel
    count: int


@dataclass(frozen=True, kw_only=True)
class Today:
    """`count` is all that wants a person, `rest` how many of them have no card here.

    `snoozed` are the next to come back of `snoozed_count`; `stopped` is what waited for an account
    that works again.
    """

    reminders: Sequence[Reminder]
    count: int
    stopped: Sequence[Stopped]
    replies: Replies
    snoozed: Sequence[MessageSchedule]
    snoozed_count: int
    ahead: Ahead
    sleeps: Sequence[Sleep]

    @property
    def wants_count(self) -> int:
        return self.count + self.replies.count

    @property
    def rest(self) -> int:
        return self.count - len(self.reminders)

    @property
    def version(self) -> str:
        """Another one as soon as anything on the page would read differently."""
        shown: list[object] = [self.count, self.snoozed_count, timezone.localdate(), self.stopped]
        for card in self.reminders:
            shown += [card.message.pk, card.message.reason, card.state, card.label]
            shown += [card.text, card.step, card.link]
        shown += [self.replies.count, self.replies.seen]
        for message in self.snoozed:
            shown += [message.pk, message.snoozed_until]
        shown += [row.seen for row in (*self.ahead.later_today, *self.ahead.this_week)]
        return sha256(repr(shown).encode(errors="replace")).hexdigest()[:16]


def today(request: AuthenticatedRequest) -> Today:
    """Twelve queries at most, however many messages there are."""
    now = timezone.now()
    found = list(_with_names(MessageSchedule.objects.reminders(now))[: REMINDERS_SHOWN + 1])
    served = know_accounts(found)
    count, stopped = _counted(found, now)
    sleeping = _with_names(MessageSchedule.objects.snoozed(now))
    asleep = list(sleeping[: REMINDERS_SHOWN + 1])
    return Today(
        reminders=[_card(request, one, now, served) for one in found[:REMINDERS_SHOWN]],
        count=count,
        stopped=[one for one in stopped if one.channel in served],
        replies=replies(),
        snoozed=asleep[:REMINDERS_SHOWN],
        snoozed_count=sleeping.count() if len(asleep) > REMINDERS_SHOWN else len(asleep),
        ahead=ahead(request, now),
        sleeps=sleeps(request, now),
    )


def stopped_on(channel: str, now: datetime) -> Stopped | None:
    """None where nothing waits for its account, or that cannot send."""
    if ProviderAccount.objects.serving(channel) is None:
        return None
    waiting = MessageSchedule.objects.stopped_with_account(now).filter(message_type=channel)
    count = waiting.count()
    return Stopped(channel=Channel(channel), count=count) if count else None


def _counted(found: Sequence[MessageSchedule], now: datetime) -> tuple[int, list[Stopped]]:
    """Asked for only where what is shown does not tell."""
    if len(found) <= REMINDERS_SHOWN and all(one.reason != Reason.ACCOUNT for one in found):
        return len(found), []
    count, stopped = MessageSchedule.objects.count_reminders(now)
    return count, [
        Stopped(channel=Channel(channel), count=waiting) for channel, waiting in stopped.items()
    ]


def cards(
    request: AuthenticatedRequest, messages: Sequence[MessageSchedule], now: datetime
) -> list[Reminder]:
    served = know_accounts(messages)
    return [_card(request, message, now, served) for message in messages]


def sleeps(request: AuthenticatedRequest, now: datetime) -> list[Sleep]:
    zone = request.business.time_zone
    return [
        Sleep(
            key=one.key,
            label=str(PRESETS[one.key]),
            said=moment(due_dates.resolve(one.wall, zone).instant),
        )
        for one in moments(now, zone)
    ]


def is_apple(request: AuthenticatedRequest) -> bool:
    agent = request.headers.get("User-Agent", "")
    return any(name in agent for name in ("iPhone", "iPad", "iPod", "Macintosh"))


def one_tap_link(channel: str, number: str, text: str, *, apple: bool) -> str:
    if not number:
        return ""
    if channel == Channel.WHATSAPP:
        return one_tap.whatsapp_link(number, text)
    return one_tap.sms_link(number, text, apple=apple)


def _with_names(messages: MessageQuerySet) -> MessageQuerySet:
    return messages.select_related("customer", "invoice")


def _card(
    request: AuthenticatedRequest, message: MessageSchedule, now: datetime, served: set[str]
) -> Reminder:
    text = rendered(message, request.business).text
    number, apple = message.customer.phone_number, is_apple(request)
    other = Channel.SMS if message.message_type == Channel.WHATSAPP else Channel.WHATSAPP
    state = _state(message, now)
    since = message.wants_since or message.first_tried_at or message.due_at
    is_served = message.message_type in served
    may_go = is_served and _may_go_by_itself(message)
    reached = "" if may_go else number
    return Reminder(
        message=message,
        state=state,
        label=gettext("due %(elapsed)s") % {"elapsed": elapsed(since)} if state == "due" else "",
        since=since,
        text=text,
        step=_first_step(message, state, is_served=is_served, may_go=may_go),
        link=one_tap_link(message.message_type, reached, text, apple=apple),
        other_link=one_tap_link(other, reached, text, apple=apple),
        other_channel=str(other.label),
        is_served=is_served,
    )


def _state(message: MessageSchedule, now: datetime) -> str:
    """As the pills know it; what no sender has taken up is simply due."""
    if not message.is_stuck(now):
        return message.status
    return Status.UNCONFIRMED if message.state is Status.SENDING else Status.DUE


def _may_go_by_itself(message: MessageSchedule) -> bool:
    """Whether a sender may take it up at any moment, or find that it has not left after all."""
    is_asked_about = message.state is Status.UNCONFIRMED and message.look_up_at is not None
    return is_asked_about or message.state is Status.SCHEDULED or message.state in IN_FLIGHT


def _first_step(message: MessageSchedule, state: str, *, is_served: bool, may_go: bool) -> Step:
    if state == Status.UNCONFIRMED:
        return "arrived"
    if not message.customer.phone_number:
        return "number"
    if may_go:
        return "take"
    if is_served and message.reason in _GOES_BY_ITSELF:
        return "retry"
    return _FIRST_STEPS.get(message.reason, "open")
