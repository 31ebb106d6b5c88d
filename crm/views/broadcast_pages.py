"""What the pages about messages to many show: who, how many, how far."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count

from crm.actions.broadcasts import ends_at
from crm.actions.messages import placeholder_values
from crm.forms.broadcasts import PLACEHOLDERS, BroadcastForm
from crm.forms.message_texts import LABELS
from crm.models import Broadcast, Business, Customer, MessageSchedule, ProviderAccount
from crm.models.customers import Channel
from crm.views.message_preview import Placeholder
from rules import sms_parts
from rules.message_states import GONE, IN_FLIGHT, Status

_ARRIVED = frozenset({Status.DELIVERED, Status.READ})
_WANTING = frozenset({Status.DUE, Status.FAILED, Status.UNCONFIRMED, Status.EXPIRED})


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the bar: so many, from the one at `start` on."""

    tone: str
    start: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`arrived` are among those `gone`."""

    broadcast: Broadcast
    waiting: int
    leaving: int
    gone: int
    arrived: int
    wanting: int
    called_off: int
    has_begun: bool

    @property
    def total(self) -> int:
        return self.waiting + self.leaving + self.gone + self.wanting + self.called_off

    @property
    def is_stopped(self) -> bool:
        return self.broadcast.stopped_at is not None

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.leaving

    @property
    def is_moving(self) -> bool:
        return self.has_begun and not self.is_over

    @property
    def state(self) -> str:
        """As `pill` knows it."""
        if self.is_stopped:
            return "cancelled"
        if self.is_over:
            return "sent"
        return "sending" if self.has_begun else "upcoming"

    @property
    def done(self) -> int:
        return self.total - self.waiting - self.leaving

    @cached_property
    def bar(self) -> list[Slice]:
        parts = (
            ("done", self.gone),
            ("failed", self.wanting),
            ("over", self.called_off),
            ("upcoming", self.leaving + self.waiting),
        )
        slices, start = [], 0
        for tone, count in parts:
            slices.append(Slice(tone=tone, start=start, count=count))
            start += count
        return [part for part in slices if part.count]


def progress_of(broadcasts: Sequence[Broadcast], now: datetime) -> list[Progress]:
    """One query, however many."""
    counted = (
        MessageSchedule.objects.filter(broadcast__in=list(broadcasts))
        .order_by()
        .values_list("broadcast", "status")
        .annotate(count=Count("pk"))
    )
    found: dict[int, Counter[Status]] = {one.pk: Counter() for one in broadcasts}
    for pk, status, count in counted:
        found[pk][Status(status)] = count
    return [_progress(one, found[one.pk], now) for one in broadcasts]


def _progress(broadcast: Broadcast, counts: Counter[Status], now: datetime) -> Progress:
    return Progress(
        broadcast=broadcast,
        waiting=counts[Status.SCHEDULED],
        leaving=_sum(counts, IN_FLIGHT),
        gone=_sum(counts, GONE),
        arrived=_sum(counts, _ARRIVED),
        wanting=_sum(counts, _WANTING),
        called_off=counts[Status.CANCELLED],
        has_begun=broadcast.begins_at <= now,
    )


def _sum(counts: Counter[Status], states: frozenset[Status]) -> int:
    return sum(counts[state] for state in states)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How many go by a channel, and through which account; None: a person sends each."""

    channel: str
    count: int
    account: ProviderAccount | None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """`parts` is how many SMS one takes, 0 where none goes as SMS."""

    ways: list[Way]
    by_hand: int
    ends_at: datetime
    customer: Customer
    text: str
    parts: int


def summary_of(form: BroadcastForm, number: int) -> Summary:
    """`form` is valid and somebody gets it; `number` says whose text is shown."""
    ways = _ways(form)
    message, found = form.sample(number) or form.to_anybody()
    draft = form.draft
    return Summary(
        ways=ways,
        by_hand=sum(way.count for way in ways if way.account is None),
        ends_at=ends_at(draft.begins_at, len(form.audience.chosen), draft.per_minute),
        customer=message.customer,
        text=found.text,
        parts=sms_parts.measure(found.text).parts if message.message_type == Channel.SMS else 0,
    )


def _ways(form: BroadcastForm) -> list[Way]:
    counts = Counter(form.wanted.channel_for(one) for one in form.audience.chosen)
    return [
        Way(
            channel=str(channel.label),
            count=counts[channel],
            account=ProviderAccount.objects.serving(channel),
        )
        for channel in Channel
        if counts[channel]
    ]


def placeholders(business: Business, now: datetime) -> list[Placeholder]:
    """What can be put in; only what is ours has one value for all."""
    blank = MessageSchedule(customer=Customer(), schedule_date=now, time_zone=business.time_zone)
    values = placeholder_values(blank, business, PLACEHOLDERS)
    of_customers = ("first_name", "name", "company")
    return [
        Placeholder(name=name, label=str(LABELS[name]), value=values[name])
        for name in PLACEHOLDERS
        if name in of_customers or values[name]
    ]
