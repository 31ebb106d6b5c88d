"""Tells the plan through the same actions as the pages, at the moments it happened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max

from crm.actions import customers, invoices, messages, notes, receipt_uploads, reminders
from crm.management.demo import outcomes
from crm.management.demo.people import PEOPLE, Person
from crm.management.demo.plan import INVOICES, MESSAGES, NOTES, Billed, Ending, Noted, Planned
from crm.management.demo.receipts import Sale, draw
from crm.models import (
    Business,
    Customer,
    DeliveryEvent,
    Event,
    HeldReceipt,
    Invoice,
    MessageSchedule,
    Note,
    Receipt,
    User,
)
from rules.money import quantise


class Story:
    """`now` is aware; everything else follows from it, so that a day's demo is always the same."""

    def __init__(self, business: Business, owner: User, *, now: datetime) -> None:
        self.business = business
        self.owner = owner
        self.now = now.astimezone(ZoneInfo(business.time_zone)).replace(second=0, microsecond=0)
        self.rng = Random(self.now.date().isoformat())  # noqa: S311 (a story, not a secret)
        self.yesterday = self.now - timedelta(days=1)
        self.known: dict[str, Customer] = {}

    def tell(self, say: Callable[[str], None]) -> None:
        for place, person in enumerate(PEOPLE):
            self._meet(person, place)
        say(f"{len(PEOPLE)} customers")
        for number, billed in enumerate(INVOICES, start=1):
            self._bill(billed, number)
        say(f"{len(INVOICES)} invoices, {Receipt.objects.count()} receipts")
        for noted in NOTES:
            self._note(noted)
        for planned in MESSAGES:
            self._promise(planned)
        say(f"{len(MESSAGES)} messages")

    @cached_property
    def accounts(self) -> outcomes.Accounts:
        return outcomes.connect()

    def _meet(self, person: Person, place: int) -> None:
        met = self.now - timedelta(days=400 - 7 * place, hours=self.rng.randrange(8))
        customer = as_customer(person, met)
        with happened(met):
            self.known[person.name] = customers.add(customer, person.tags, actor=self.owner)

    def _bill(self, billed: Billed, number: int) -> None:
        issued = self._afternoon(billed.issued)
        invoice = Invoice(
            customer=self.known[billed.who],
            amount=quantise(billed.amount, self.business.currency),
            currency=self.business.currency,
            description=billed.what,
            issued_on=issued.date(),
            due_on=self._afternoon(billed.due).date() if billed.due is not None else None,
            created_at=issued,
        )
        with happened(issued):
            held = self._uploads(billed, invoice, number, issued)
            invoices.add(invoice, held, actor=self.owner)
        if billed.paid is not None:
            paid = self._afternoon(billed.paid) + timedelta(minutes=20)
            with happened(paid):
                invoices.pay(invoice, paid.date(), actor=self.owner, now=paid)

    def _uploads(
        self, billed: Billed, invoice: Invoice, number: int, issued: datetime
    ) -> list[HeldReceipt]:
        sale = Sale(
            business=self.business.display_name,
            what=billed.what,
            amount=invoice.amount,
            currency=invoice.currency,
            at=issued,
            number=200 + number,
        )
        files = [SimpleUploadedFile(*draw(kind, sale, self.rng)) for kind in billed.receipts]
        return receipt_uploads.receive(files, user=self.owner, now=issued).held

    def _afternoon(self, day: int) -> datetime:
        """A moment in opening hours, so many days from today and never ahead of now."""
        then = self.now + timedelta(days=day)
        then = then.replace(hour=self.rng.randrange(10, 18), minute=self.rng.randrange(60))
        return then if day > 0 else min(then, self.now - timedelta(hours=1))

    def _note(self, noted: Noted) -> None:
        then = noted.at(self.now)
        note = Note(customer=self.known[noted.who], text=noted.text, created_at=then)
        with happened(then):
            notes.write(note, actor=self.owner)

    def _promise(self, planned: Planned) -> None:
        customer = self.known[planned.who]
        moment = planned.at(self.now)
        draft = MessageSchedule(
            customer=customer,
            message_type=customer.preferred_channel,
            message_content=planned.text,
        )
        if "{invoice" in planned.text:
            draft.invoice = customer.invoices.unpaid().order_by("due_on").first()
        draft.set_time(moment.replace(tzinfo=None), self.business.time_zone)
        written = self._afternoon(
            (min(moment, self.now) - self.now).days - self.rng.randrange(1, 6)
        )
        with happened(written):
            message = messages.schedule(draft, actor=self.owner, now=written.astimezone(UTC))
        self._end(message, planned)

    def _end(self, message: MessageSchedule, planned: Planned) -> None:
        due = message.due_at
        match planned.ending:
            case Ending.UPCOMING:
                return
            case Ending.CANCELLED:
                with happened(due - timedelta(hours=20)):
                    messages.cancel(message, actor=self.owner, now=due - timedelta(hours=20))
            case Ending.BY_HAND | Ending.DUE | Ending.SNOOZED | Ending.EXPIRED:
                outcomes.come_due(message, expired=planned.ending is Ending.EXPIRED)
            case _:
                text = messages.rendered(message, self.business).text
                outcomes.go_out(message, planned, text, self.accounts, self.rng)
        self._answer(message, planned.ending, due + timedelta(minutes=self.rng.randrange(3, 50)))

    def _answer(self, message: MessageSchedule, ending: Ending, then: datetime) -> None:
        """What the owner did about a reminder."""
        with happened(then):
            if ending is Ending.BY_HAND:
                reminders.mark_sent(message, self.business, actor=self.owner, now=then)
            if ending is Ending.DISMISSED:
                reminders.dismiss(message, actor=self.owner, now=then)
            if ending is Ending.SNOOZED:
                until = self.now.replace(hour=9, minute=0) + timedelta(days=1)
                reminders.snooze(message, until, actor=self.owner, now=then)


def as_customer(person: Person, met: datetime) -> Customer:
    customer = Customer(
        name=person.name,
        company=person.company,
        email=person.email,
        phone_number=person.mobile,
        address=person.address,
        notes=person.notes,
        preferred_channel=person.channel,
        time_zone=person.zone,
        created_at=met,
    )
    customer.refresh_search()
    return customer


@contextmanager
def happened(moment: datetime) -> Iterator[None]:
    """What is recorded within happened then, not now."""
    last_event = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    last_step = DeliveryEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    yield
    Event.objects.filter(pk__gt=last_event).update(at=moment)
    DeliveryEvent.objects.filter(pk__gt=last_step).update(at=moment)
