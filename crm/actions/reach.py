"""Whether a customer can be written to on each channel, as far as anybody knows beforehand.

The sender asks again when the moment comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from crm.actions.consents import Standing, standings
from crm.models import Customer, InboundMessage, MessageSchedule, ProviderAccount
from crm.models.customers import Channel
from providers import registry
from providers.errors import UnknownProviderError
from providers.registry import Entry
from rules.message_states import Status
from rules.phone_variants import number_variants
from rules.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Reach:
    """`account` sends there by itself, paused for now or not; None: a person sends by hand.

    `refusal` is the message that this number could not receive. `heard_at` is when the customer
    last wrote to us, where that counts for the provider.
    """

    channel: Channel
    standing: Standing
    account: ProviderAccount | None = None
    entry: Entry | None = None
    refusal: MessageSchedule | None = None
    heard_at: datetime | None = None

    @property
    def has_window(self) -> bool:
        """Whether freeform text goes only for a while after the customer has written."""
        return _has_window(self.channel, self.entry)

    @property
    def has_templates(self) -> bool:
        return self.entry is not None and self.entry.templates

    @property
    def takes_files(self) -> bool:
        return self.entry is not None and self.channel in self.entry.attachments

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


def _entry(account: ProviderAccount | None) -> Entry | None:
    try:
        return registry.entry(account.provider) if account else None
    except UnknownProviderError:
        return None


def _has_window(channel: str, entry: Entry | None) -> bool:
    return channel == Channel.WHATSAPP and entry is not None and entry.templates


def _refusals(customer: Customer) -> dict[str, MessageSchedule]:
    """The latest for each channel, but for those after which something did arrive."""
    arrived = MessageSchedule.objects.filter(
        customer=OuterRef("customer"),
        message_type=OuterRef("message_type"),
        sent_to=OuterRef("sent_to"),
        status__in=[Status.DELIVERED, Status.READ],
        sent_at__gt=OuterRef("wants_since"),
    )
    refused = MessageSchedule.objects.filter(
        ~Exists(arrived),
        customer__phone_number=customer.phone_number,
        sent_to=customer.phone_number,
        status=Status.FAILED,
        reason=Reason.RECIPIENT,
    )
    if not customer.phone_number:
        return {}
    return {one.message_type: one for one in refused.order_by("wants_since")}


def _heard_at(customer: Customer, channel: str) -> datetime | None:
    senders = number_variants(customer.phone_number) if customer.phone_number else ()
    heard = InboundMessage.objects.filter(sender__in=senders, channel=channel)
    return heard.order_by("-received_at").values_list("received_at", flat=True).first()
