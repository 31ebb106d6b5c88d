"""Many more customers, quickly: for looking at long lists."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched, islice
from random import Random

from crm.management.demo.people import Person, crowd
from crm.management.demo.plan import APPOINTMENT
from crm.management.demo.story import Story, as_customer
from crm.models import Customer, DeliveryEvent, Event, Invoice, MessageSchedule, Tag
from crm.models.ledger import Source
from rules.message_states import Status
from rules.money import quantise

BATCH = 1000


def add_crowd(number: int, story: Story) -> None:
    """An invoice for every second, a planned message for every tenth."""
    tags = {tag.name: tag for tag in Tag.objects.all()}
    for people in batched(islice(crowd(story.rng), number), BATCH):
        _add(people, story, tags)


def _add(people: tuple[Person, ...], story: Story, tags: dict[str, Tag]) -> None:
    met = story.now - timedelta(days=story.rng.randrange(30, 700))
    rows = [as_customer(person, met) for person in people]
    for row in rows:
        row.created_by = story.owner
    customers = Customer.objects.bulk_create(rows)
    through = Customer.tags.through
    through.objects.bulk_create(
        through(customer=customer, tag=tags[name])
        for customer, person in zip(customers, people, strict=True)
        for name in person.tags
    )
    invoices = [_invoice(customer, story, story.rng) for customer in customers[::2]]
    Invoice.objects.bulk_create(invoices)
    messages = [_message(customer, story, met) for customer in customers[::10]]
    MessageSchedule.objects.bulk_create(messages)
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(message=one, status=Status.SCHEDULED, source=Source.PERSON, at=met)
        for one in messages
    )
    _record(story, met, customers, invoices, messages)


def _invoice(customer: Customer, story: Story, rng: Random) -> Invoice:
    issued = story.now.date() - timedelta(days=rng.randrange(1, 360))
    return Invoice(
        customer=customer,
        amount=quantise(Decimal(rng.randrange(2_000, 24_000)) / 100, story.business.currency),
        currency=story.business.currency,
        description="Cut and finish",
        issued_on=issued,
        due_on=issued + timedelta(days=14),
        paid_on=issued if rng.random() < 0.9 else None,
        created_by=story.owner,
    )


def _message(customer: Customer, story: Story, met: datetime) -> MessageSchedule:
    day = story.now.date() + timedelta(days=story.rng.randrange(1, 60))
    message = MessageSchedule(
        customer=customer,
        message_type=customer.preferred_channel,
        message_content=APPOINTMENT,
        created_by=story.owner,
        created_at=met,
    )
    wall = datetime(day.year, day.month, day.day, story.rng.randrange(9, 18))  # noqa: DTZ001
    message.set_time(wall, story.business.time_zone)
    return message


def _record(
    story: Story,
    met: datetime,
    customers: list[Customer],
    invoices: list[Invoice],
    messages: list[MessageSchedule],
) -> None:
    happened = [("customer.added", one, one.pk) for one in customers]
    happened += [("invoice.added", one.customer, one.pk) for one in invoices]
    happened += [("message.scheduled", one.customer, one.pk) for one in messages]
    Event.objects.bulk_create(
        Event(kind=kind, customer=customer, subject_id=pk, actor=story.owner, at=met)
        for kind, customer, pk in happened
    )
