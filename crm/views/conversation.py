"""One customer's story: messages, notes, invoices and what else happened, in the order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from operator import attrgetter
from typing import Literal

from django.db.models import Prefetch
from django.utils import timezone

from crm.actions.messages import rendered
from crm.models import Customer, Event, InboundMessage, Invoice, MessageSchedule, Note, Receipt
from crm.models.invoices import InvoiceQuerySet
from crm.models.message_querysets import know_accounts_of_late
from crm.templatetags.happenings import SHOWN_OTHERWISE
from crm.views.circumstances import Circumstances, circumstances
from crm.views.reminder_cards import Reminder, cards
from crm.views.reply_cards import Reply
from crm.views.reply_cards import cards as reply_cards
from crm.views.requests import AuthenticatedRequest

SHOWN_AT_FIRST = 12
EARLIER_STEP = 40
SHOWN_AT_MOST = 2000
AHEAD_AT_MOST = 50
#: What comes again has a page of its own for the rest.
AHEAD_OF_SERIES = 2

type Thing = Event | InboundMessage | Invoice | MessageSchedule | Note
type Kind = Literal["event", "invoice", "message", "note", "reply"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`at` is aware, in the zone in force. `text` is what a message says to this customer, `card`
    what a person is asked to do about it.
    """

    kind: Kind
    at: datetime
    thing: Thing
    is_ahead: bool = False
    text: str = ""
    card: Reminder | Reply | None = None
    about: Circumstances | None = None

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def template(self) -> str:
        return f"crm/components/_entry_{self.kind}.html"

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.thing.pk}"


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """In the order of time; `show` is how many to ask for to see earlier ones, 0 where all are."""

    past: Sequence[Entry]
    ahead: Sequence[Entry]
    show: int


def conversation(
    request: AuthenticatedRequest, customer: Customer, *, now: datetime, shown: int
) -> Conversation:
    """The newest `shown` entries of the past, and what is still to come."""
    shown = min(max(shown, SHOWN_AT_FIRST), SHOWN_AT_MOST)
    zone = timezone.get_current_timezone()
    entries = sorted(
        (
            *_messages(request, customer, now, zone, shown),
            *_replies(customer, zone, shown),
            *_invoices(customer, now, zone, shown),
            *_notes(customer, zone, shown),
            *_events(customer, zone, shown),
        ),
        # Providers tell whole seconds: of two that come at once, the one we heard of first.
        key=attrgetter("at", "thing.pk"),
    )
    past = [entry for entry in entries if not entry.is_ahead]
    has_earlier = len(past) > shown < SHOWN_AT_MOST
    return Conversation(
        past=past[-shown:],
        ahead=[entry for entry in entries if entry.is_ahead],
        show=shown + EARLIER_STEP if has_earlier else 0,
    )


def asked_for(shown: str | None) -> int:
    """How many entries the address asks for."""
    return int(shown[:6]) if shown and shown.isascii() and shown.isdecimal() else SHOWN_AT_FIRST


def with_receipts(invoices: InvoiceQuerySet) -> InvoiceQuerySet:
    """Each with its `shown_receipts`."""
    receipts = Prefetch("receipts", queryset=Receipt.objects.live(), to_attr="shown_receipts")
    return invoices.prefetch_related(receipts)


def _messages(
    request: AuthenticatedRequest, customer: Customer, now: datetime, zone: tzinfo, shown: int
) -> Iterator[Entry]:
    messages = customer.messages.select_related(
        "invoice", "sent_by", "account", "series", "template", "receipt"
    )
    to_come = messages.to_come(now).next_of_series(AHEAD_OF_SERIES)
    found = [*messages.so_far(now)[: shown + 1], *to_come[:AHEAD_AT_MOST]]
    for message in found:
        message.customer = customer
    know_accounts_of_late(found, now)
    known = circumstances(found, request.business)
    wanting = [message for message in found if message.wants_a_person(now)]
    asked = {card.message.pk: card for card in cards(request, wanting, now)}
    for message in found:
        yield Entry(
            kind="message",
            at=message.at.astimezone(zone),
            thing=message,
            is_ahead=message.at > now,
            text=message.text_sent or rendered(message, request.business).text,
            card=asked.get(message.pk),
            about=known[message.pk],
        )


def _replies(customer: Customer, zone: tzinfo, shown: int) -> Iterator[Entry]:
    found = customer.inbound.select_related("customer", "answers").prefetch_related("media")
    messages = list(found[: shown + 1])
    asked = {card.message.pk: card for card in reply_cards(messages)}
    for message in messages:
        card = asked[message.pk] if message.acknowledged_at is None else None
        at = message.received_at.astimezone(zone)
        yield Entry(kind="reply", at=at, thing=message, card=card)


def _invoices(customer: Customer, now: datetime, zone: tzinfo, shown: int) -> Iterator[Entry]:
    for invoice in with_receipts(customer.invoices.live())[: shown + 1]:
        at = _issued(invoice, zone)
        yield Entry(kind="invoice", at=at, thing=invoice, is_ahead=at > now)


def _issued(invoice: Invoice, zone: tzinfo) -> datetime:
    """When it was entered, if that was on the day of its issue; else the beginning of that day."""
    entered = invoice.created_at.astimezone(zone)
    is_of_the_day = entered.date() == invoice.issued_on
    return entered if is_of_the_day else datetime.combine(invoice.issued_on, time(), zone)


def _notes(customer: Customer, zone: tzinfo, shown: int) -> Iterator[Entry]:
    for note in customer.written_notes.live().select_related("author")[: shown + 1]:
        yield Entry(kind="note", at=note.created_at.astimezone(zone), thing=note)


def _events(customer: Customer, zone: tzinfo, shown: int) -> Iterator[Entry]:
    events = Event.objects.of(customer).exclude(kind__in=SHOWN_OTHERWISE).select_related("actor")
    for event in events[: shown + 1]:
        yield Entry(kind="event", at=event.at.astimezone(zone), thing=event)
