"""What goes with a message besides its words: a template, a file, another way, a later hour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.actions.message_times import zone_of_customer
from crm.models import Business, DeliveryEvent, MessageSchedule, ProviderAccount, Receipt
from crm.models.customers import Channel
from rules import quiet_hours
from rules.message_states import Status
from rules.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """`refused_by` is the channel that refused it before this one took over, "" where none did.

    `waits_until` is when quiet hours let it go, None where they do not hold it.
    """

    template: str = ""
    receipt: Receipt | None = None
    refused_by: str = ""
    waits_until: datetime | None = None


def circumstances(
    messages: Sequence[MessageSchedule], business: Business
) -> Mapping[int, Circumstances]:
    """By message, of which `customer`, `template` and `receipt` are read."""
    fallen = _fallen_back(messages)
    held = _held(messages, business)
    return {
        one.pk: Circumstances(
            template=str(one.template) if one.template and one.pk not in fallen else "",
            receipt=one.receipt if one.receipt and not one.receipt.is_trashed else None,
            refused_by=fallen.get(one.pk, ""),
            waits_until=held.get(one.pk),
        )
        for one in messages
    }


def _fallen_back(messages: Iterable[MessageSchedule]) -> dict[int, str]:
    """By message, the label of the channel that refused it for good."""
    told = DeliveryEvent.objects.filter(
        message__in=[one.pk for one in messages], detail__reason=Reason.FELL_BACK
    )
    took_over = dict(told.values_list("message_id", "detail__channel"))
    others = {Channel.SMS.value: Channel.WHATSAPP.label, Channel.WHATSAPP.value: Channel.SMS.label}
    return {number: str(others[channel]) for number, channel in took_over.items()}


def _held(messages: Iterable[MessageSchedule], business: Business) -> dict[int, datetime]:
    later = [(one, at) for one in messages if (at := _waits_until(one, business))]
    if not later:
        return {}
    served = {account.channel for account in ProviderAccount.objects.in_use()}
    return {one.pk: at for one, at in later if one.message_type in served}


def _waits_until(message: MessageSchedule, business: Business) -> datetime | None:
    """What the sender has held back already, it takes up again at `due_at`."""
    if message.state is not Status.SCHEDULED or message.also_in_quiet_hours:
        return None
    if message.reason == Reason.QUIET_HOURS:
        return message.due_at
    zone = zone_of_customer(message.customer, business)
    begin, end = business.quiet_from, business.quiet_until
    allowed_at = quiet_hours.next_allowed(message.due_at, zone, begin, end)
    return allowed_at if allowed_at > message.due_at else None
