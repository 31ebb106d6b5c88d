"""The story: every state is there, and each is one the engine could have reached."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from crm.forms import message_templates
from crm.management.demo import talk
from crm.management.demo.people import PEOPLE
from crm.management.demo.plan import INVOICES, MESSAGES, NOTES
from crm.management.demo.receipts import KINDS
from crm.models import (
    Attempt,
    Broadcast,
    Consent,
    Customer,
    DeliveryEvent,
    Event,
    InboundMessage,
    Invoice,
    MessageSchedule,
    MessageSeries,
    OptOut,
)
from rules import phone
from rules.message_states import Status

pytestmark = pytest.mark.django_db


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def told(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[datetime]:
    """The moment at which the demo was made, once for all who only look at it: a Sunday."""
    now = datetime(2026, 11, 22, 15, 40, 12, tzinfo=UTC)
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic():
        with (
            override_settings(DATA_DIR=folder, MEDIA_ROOT=folder),
            time_machine.travel(now, tick=False),
        ):
            demo()
        yield now
        transaction.set_rollback(True)


def test_every_state_a_person_can_meet_is_there(told: datetime) -> None:
    states = set(MessageSchedule.objects.values_list("status", flat=True))
    assert states == set(Status) - {Status.CLAIMED, Status.SENDING}
    assert MessageSchedule.objects.reminders(told).count() == 7
    assert MessageSchedule.objects.snoozed(told).count() == 1
    assert not any(message.is_stuck(told) for message in MessageSchedule.objects.all())
    assert MessageSchedule.objects.upcoming(told).filter(due_at__date=told.date()).exists()


def test_invoices_are_paid_unpaid_and_overdue(told: datetime) -> None:
    assert Invoice.objects.count() == len(INVOICES)
    assert Invoice.objects.paid().exists()
    assert Invoice.objects.overdue(told.date()).count() >= 3
    assert Invoice.objects.unpaid().filter(due_on__gt=told.date()).exists()


def test_what_was_sent_has_an_attempt_and_a_history_that_agrees(told: datetime) -> None:
    gone = MessageSchedule.objects.filter(
        status__in=[Status.SENT, Status.DELIVERED, Status.READ], sent_by=None
    )
    assert gone.filter(text_sent="").count() == 0
    assert gone.annotate(tried=Count("tries")).exclude(tried=F("attempts")).count() == 0
    for message in MessageSchedule.objects.all():
        steps = list(message.delivery_events.order_by("at", "pk"))
        assert steps[0].status == Status.SCHEDULED
        assert steps[-1].status == message.status
        assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert not Attempt.objects.filter(finished_at__lt=F("started_at")).exists()
    assert not DeliveryEvent.objects.filter(at__gt=told).exists()
    assert not Event.objects.filter(at__gt=told).exists()


def test_customers_answer_and_some_of_it_waits_for_a_person(told: datetime) -> None:
    waiting = InboundMessage.objects.unanswered()
    assert [one.meant for one in waiting] == ["", "", "near_opt_out"]
    assert waiting.filter(customer=None).count() == 1
    assert waiting.exclude(answers=None).count() == 2
    assert not InboundMessage.objects.filter(received_at__gt=told).exists()
    refused = OptOut.objects.get()
    charlotte = Customer.objects.get(phone_number=refused.phone_number)
    assert charlotte.consents.get().given is False
    assert Consent.objects.filter(given=True).count() == len(talk.AGREED)


def test_some_messages_come_again_and_one_goes_to_many(told: datetime) -> None:
    for series in MessageSeries.objects.all():
        assert series.messages.filter(status=Status.SCHEDULED).count() >= 3
    assert MessageSeries.objects.count() == len(talk.REPEATED)
    assert MessageSchedule.objects.filter(anchor="due", schedule_date__gt=told).count() == 1
    many = Broadcast.objects.get()
    assert many.recipients == many.messages.filter(status=Status.SCHEDULED).count() >= 5
    assert many.left_out == {"opted_out": 1}


def test_what_went_as_a_template_says_what_the_template_says(told: datetime) -> None:
    sent = MessageSchedule.objects.exclude(template=None)
    assert sent.count() >= 4
    for message in sent.select_related("template"):
        assert message.template
        text = message_templates.whole_text(message.template, message.template_values)
        assert text == message.message_content


def test_no_text_has_a_hole(told: datetime) -> None:
    for message in MessageSchedule.objects.exclude(text_sent=""):
        assert "{" not in message.text_sent
    reminding = MessageSchedule.objects.filter(message_content__contains="{invoice")
    assert reminding.exists()
    assert not reminding.filter(invoice=None).exists()


def test_nobody_rings(told: datetime) -> None:
    for customer in Customer.objects.exclude(phone_number=""):
        assert phone.parse(customer.phone_number, country="GB").e164 == customer.phone_number
    assert (
        not Customer.objects.exclude(email="").exclude(email__regex=r"[@.]example[.a-z]*$").exists()
    )


def test_the_plan_speaks_only_of_people_who_are_there() -> None:
    names = {person.name for person in PEOPLE}
    known = [one for one in talk.HEARD if not one.number]
    spoken_of = (*MESSAGES, *INVOICES, *NOTES, *talk.REPEATED, *known)
    assert {entry.who for entry in spoken_of} | {*talk.AGREED, talk.REMINDED} <= names
    assert len(names) == len(PEOPLE)
    assert {kind for billed in INVOICES for kind in billed.receipts} == set(KINDS)
