"""Whether a customer can be written to on each channel, as far as anybody knows beforehand.

The sender asks again when the moment comes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from crm.actions.consents import Standing, standings
from crm.models import (
    Customer,
    DeliveryEvent,
    InboundMessage,
    MessageSchedule,
    ProviderAccount,
)
from crm.models.customers import Channel
from crm.models.message_querysets import MessageQuerySet
from providers import registry
from providers.errors import UnknownProviderError
from providers.registry import Entry
from rules import service_window
from rules.message_states import Status
from rules.phone_variants import number_variants
from rules.reasons import Reason

_OTHER = {Channel.SMS.value: Channel.WHATSAPP.value, Channel.WHATSAPP.value: Channel.SMS.value}
#: The newest that are looked at, so that a long story costs no more than a short one.
_LOOKED_AT = 20


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A number could not receive on a channel; `words` are the provider's."""

    channel: str
    at: datetime
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """`account` sends there by itself, paused for now or not; None: a person sends by hand.

    `refusal` is the last of this number. `heard_at` is when the customer
    last wrote to us, where that counts for the provider.
    """

    channel: Channel
    standing: Standing
    account: ProviderAccount | None = None
    entry: Entry | None = None
    refusal: Refusal | None = None
    heard_at: datetime | None = None

    @property
    def has_window(self) -> bool:
        """Whether freeform text goes only for a while after they wrote, else a template."""
        return _has_window(self.channel, self.entry)

    @property
    def takes_files(self) -> bool:
        return self.entry is not None and self.channel in self.entry.attachments

    def longest_text(self, *, with_file: bool = False) -> int:
        """How many characters go in one message."""
        return longest_text(self.channel, self.entry, with_file=with_file)

    @property
    def is_open(self) -> bool:
        """By itself, and to somebody who did not ask us not to."""
        return self.account is not None and not self.standing.refused and self.refusal is None


def reach_of(customer: Customer) -> Mapping[str, Reach]:
    """On each channel; always the same few queries."""
    said = standings(customer)
    accounts = {one.channel: one for one in ProviderAccount.objects.in_use()}
    refusals = _refusals(customer)
    reach: dict[str, Reach] = {}
    for channel in Channel:
        account = accounts.get(channel)
        entry = _entry(account)
        reach[channel] = Reach(
            channel=channel,
            standing=said[channel],
            account=account,
            entry=entry,
            refusal=refusals.get(channel),
            heard_at=_heard_at(customer, channel) if _has_window(channel, entry) else None,
        )
    return reach


def entries_in_use() -> dict[str, Entry]:
    """The provider that serves each channel by itself."""
    found = ((one.channel, _entry(one)) for one in ProviderAccount.objects.in_use())
    return {channel: entry for channel, entry in found if entry}


def longest_text(channel: str, entry: Entry | None, *, with_file: bool = False) -> int:
    """How many characters go in one message; by hand (None), what a phone's own app takes."""
    if entry is None:
        return registry.LONGEST_TEXT[channel]
    return entry.longest(channel, with_file=with_file)


def accounts_with_window() -> list[ProviderAccount]:
    """Those in use through which freeform text goes only after the customer has written."""
    accounts = ProviderAccount.objects.in_use()
    return [one for one in accounts if _has_window(one.channel, _entry(one))]


def _entry(account: ProviderAccount | None) -> Entry | None:
    try:
        return registry.entry(account.provider) if account else None
    except UnknownProviderError:
        return None


def _has_window(channel: str, entry: Entry | None) -> bool:
    return channel == Channel.WHATSAPP and entry is not None and entry.templates


def _refusals(customer: Customer) -> dict[str, Refusal]:
    """The latest for each channel, but for those after which something did arrive."""
    if not customer.phone_number:
        return {}
    found = [*_failed(customer), *_fallen_back(customer)]
    latest = {one.channel: one for one in sorted(found, key=attrgetter("at"))}
    return {
        channel: one
        for channel, one in latest.items()
        if not _theirs(customer).filter(message_type=channel).arrived_since(one.at).exists()
    }


def _theirs(customer: Customer) -> MessageQuerySet:
    """All to this number, whoever has it."""
    number = customer.phone_number
    return MessageSchedule.objects.filter(customer__phone_number=number, sent_to=number)


def _failed(customer: Customer) -> Iterator[Refusal]:
    failed = _theirs(customer).filter(status=Status.FAILED, reason=Reason.RECIPIENT)
    for one in failed.order_by("-wants_since")[:_LOOKED_AT]:
        if one.wants_since:
            yield Refusal(channel=one.message_type, at=one.wants_since, words=one.reason_words)


def _fallen_back(customer: Customer) -> Iterator[Refusal]:
    """Refused on the one channel, they went out on the other."""
    fell = DeliveryEvent.objects.filter(
        message__customer__phone_number=customer.phone_number,
        detail__reason=Reason.FELL_BACK,
        detail__because=Reason.RECIPIENT,
    )
    for one in fell.order_by("-at")[:_LOOKED_AT]:
        words = one.detail.get("words", "")
        yield Refusal(channel=_OTHER[one.detail["channel"]], at=one.at, words=words)


def _heard_at(customer: Customer, channel: str) -> datetime | None:
    senders = number_variants(customer.phone_number) if customer.phone_number else ()
    heard = InboundMessage.objects.filter(sender__in=senders, channel=channel).exclude(
        kind__in=service_window.NOT_WRITTEN
    )
    return heard.order_by("-received_at").values_list("received_at", flat=True).first()
