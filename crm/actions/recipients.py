"""Who of the customers with some tags can be written to, and who is left out, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crm.actions.reach import accounts_with_window
from crm.models import (
    Business,
    Consent,
    Customer,
    InboundMessage,
    MessageTemplate,
    OptOut,
    Tag,
)
from crm.models.broadcasts import Matching
from crm.models.customers import CustomerQuerySet
from rules import message_text, service_window
from rules.phone_variants import number_variants


class LeftOut(StrEnum):
    TRASHED = "trashed"
    NO_PHONE = "no_phone"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    WINDOW_CLOSED = "window_closed"  # WhatsApp takes only a template now
    NO_COMPANY = "no_company"  # and the text speaks of it
    SAME_NUMBER = "same_number"  # as somebody who does get it


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`channel` is empty where each is written to by the one they prefer."""

    tags: Sequence[Tag]
    matching: str = Matching.ANY
    channel: str = ""
    content: str = ""
    template: MessageTemplate | None = None
    begins_at: datetime | None = None

    def customers(self) -> CustomerQuerySet:
        names = [tag.pk for tag in self.tags]
        return Customer.objects.with_tags(names, every=self.matching == Matching.ALL)

    def channel_for(self, customer: Customer) -> str:
        return self.channel or customer.preferred_channel


@dataclass(frozen=True, kw_only=True)
class Audience:
    """In the order of their names."""

    chosen: Sequence[Customer]
    left_out: dict[LeftOut, list[Customer]] = field(default_factory=dict)

    @property
    def left_out_count(self) -> int:
        return sum(map(len, self.left_out.values()))


def audience(wanted: Wanted, business: Business) -> Audience:
    """A few queries, however many customers."""
    if not wanted.tags:
        return Audience(chosen=())
    refusals = _Refusals(wanted, business)
    chosen: list[Customer] = []
    left_out: dict[LeftOut, list[Customer]] = {}
    for customer in wanted.customers().for_lists().order_by("sort_name", "pk"):
        if reason := refusals.of(customer):
            left_out.setdefault(reason, []).append(customer)
        else:
            chosen.append(customer)
    in_order = {why: left_out[why] for why in LeftOut if why in left_out}
    return Audience(chosen=chosen, left_out=in_order)


class _Refusals:
    """Asked once about each customer, in the order in which they are to be served."""

    def __init__(self, wanted: Wanted, business: Business) -> None:
        self._wanted = wanted
        self._only_with_consent = business.only_with_consent
        self._speaks_of_company = "company" in message_text.used(wanted.content)
        theirs = wanted.customers().order_by()
        self._opted_out = set(
            OptOut.objects.filter(phone_number__in=theirs.values("phone_number")).values_list(
                "phone_number", "channel"
            )
        )
        consents = Consent.objects.filter(customer__in=theirs)
        self._given = {
            (customer_id, channel): given
            for customer_id, channel, given in consents.values_list(
                "customer_id", "channel", "given"
            )
        }
        self._heard = _heard(wanted)
        self._served: set[str] = set()

    def of(self, customer: Customer) -> LeftOut | None:
        reason = next(self._reasons(customer), None)
        if reason is None:
            self._served.add(customer.phone_number)
        return reason

    def _reasons(self, customer: Customer) -> Iterator[LeftOut]:
        channel = self._wanted.channel_for(customer)
        given = self._given.get((customer.pk, channel))
        if customer.is_trashed:
            yield LeftOut.TRASHED
        if not customer.phone_number:
            yield LeftOut.NO_PHONE
        if given is False or (customer.phone_number, channel) in self._opted_out:
            yield LeftOut.OPTED_OUT
        if self._only_with_consent and not given:
            yield LeftOut.NO_CONSENT
        if customer.phone_number not in self._heard.get(channel, {customer.phone_number}):
            yield LeftOut.WINDOW_CLOSED
        if self._speaks_of_company and not customer.company:
            yield LeftOut.NO_COMPANY
        if customer.phone_number in self._served:
            yield LeftOut.SAME_NUMBER


def _heard(wanted: Wanted) -> dict[str, set[str]]:
    """Where it matters, the numbers that have written to us lately, under all their forms."""
    if wanted.template or wanted.begins_at is None:
        return {}
    since = wanted.begins_at - service_window.LASTS
    return {account.channel: _senders(account.channel, since) for account in accounts_with_window()}


def _senders(channel: str, since: datetime) -> set[str]:
    heard = InboundMessage.objects.filter(channel=channel, received_at__gt=since)
    senders = heard.exclude(sender="").values_list("sender", flat=True).distinct()
    return {form for sender in senders for form in number_variants(sender)}
