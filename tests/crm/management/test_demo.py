"""The made-up business: every state is there, and each is one the engine could have reached."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Count, F
from pytest_django import Settings

from crm.actions import setup_token
from crm.management.demo.people import PEOPLE
from crm.management.demo.plan import INVOICES, MESSAGES, NOTES
from crm.management.demo.receipts import KINDS
from crm.models import (
    Attempt,
    Business,
    Customer,
    DeliveryEvent,
    Event,
    Invoice,
    MessageSchedule,
    ProviderAccount,
    Receipt,
    User,
)
from rules import phone
from rules.message_states import Status
from tests.make import make_business, make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def told() -> datetime:
    """The moment at which the demo was made: a Sunday afternoon."""
    now = datetime(2026, 11, 22, 15, 40, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        demo()
    return now


def test_every_state_a_person_can_meet_is_there(told: datetime) -> None:
    states = set(MessageSchedule.objects.values_list("status", flat=True))
    assert states == set(Status) - {Status.CLAIMED, Status.SENDING}
    assert MessageSchedule.objects.reminders(told).count() == 7
    assert MessageSchedule.objects.snoozed(told).count() == 1
    assert not MessageSchedule.objects.stuck(told).exists()
    assert MessageSchedule.objects.upcoming(told).filter(due_at__date=told.date()).exists()


def test_invoices_are_paid_unpaid_and_overdue(told: datetime) -> None:
    assert Invoice.objects.count() == len(INVOICES)
    assert Invoice.objects.paid().exists()
    assert Invoice.objects.overdue(told.date()).count() >= 3
    assert Invoice.objects.unpaid().filter(due_on__gt=told.date()).exists()


def test_receipts_of_every_kind_went_through_the_door_all_receipts_go_through(
    told: datetime,
) -> None:
    drawn = sum(len(billed.receipts) for billed in INVOICES)
    assert Receipt.objects.count() == drawn
    kinds = set(Receipt.objects.values_list("content_type", flat=True))
    assert kinds == {"image/jpeg", "image/png", "application/pdf"}
    for receipt in Receipt.objects.all():
        assert Path(receipt.file.path).stat().st_size == receipt.size
        assert receipt.thumbnail


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


def test_the_same_day_makes_the_same_business() -> None:
    def snapshot() -> list[object]:
        with time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False):
            demo(force=True)
        rows = MessageSchedule.objects.order_by("pk")
        told = [(row.message_content, row.status, row.due_at, row.sent_at) for row in rows]
        sums = list(Receipt.objects.order_by("pk").values_list("sha256", flat=True))
        events = list(Event.objects.order_by("pk").values_list("kind", "at"))
        for model in (Event, Receipt, MessageSchedule, Invoice, Customer, ProviderAccount):
            model.objects.all().delete()
        return [told, sums, events]

    assert snapshot() == snapshot()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC),  # the clocks of London go forward at 1:00
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # the hour that London has twice
        datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, tzinfo=UTC),
    ],
)
def test_it_can_be_made_at_any_moment(moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        demo()
    assert not MessageSchedule.objects.stuck(moment).exists()
    assert not MessageSchedule.objects.filter(status=Status.SCHEDULED, due_at__lte=moment).exists()
    assert not MessageSchedule.objects.exclude(status=Status.SCHEDULED).filter(due_at__gt=moment)


def test_it_does_not_mix_with_customers_who_are_there() -> None:
    make_customer()
    with pytest.raises(CommandError, match="does not mix"):
        demo()
    assert Customer.objects.count() == 1


def test_an_owner_who_is_there_stays_the_only_one_and_the_business_keeps_its_name() -> None:
    make_business(name="Peluquería Sol")
    make_user("sol")
    said = demo()
    assert "Sign in" not in said
    assert User.objects.get().username == "sol"
    assert Business.objects.get().name == "Peluquería Sol"
    assert set(Invoice.objects.values_list("currency", flat=True)) == {"EUR"}


def test_on_an_empty_installation_it_makes_a_user_and_shuts_the_first_visit(
    settings: Settings,
) -> None:
    setup_token.ensure(settings.DATA_DIR)
    assert "Sign in as demo with the password demo." in demo()
    assert User.objects.get().check_password("demo")
    assert setup_token.read(settings.DATA_DIR) == ""


def test_many_customers_come_with_invoices_and_planned_messages() -> None:
    demo(customers=300)
    assert Customer.objects.count() == 300
    assert Invoice.objects.count() == len(INVOICES) + (300 - len(PEOPLE)) // 2
    assert MessageSchedule.objects.count() > len(MESSAGES) + 20
    found = Customer.objects.search(Customer.objects.latest("pk").phone_number[-7:])
    assert found.exists()


def test_the_plan_speaks_only_of_people_who_are_there() -> None:
    names = {person.name for person in PEOPLE}
    assert {entry.who for entry in (*MESSAGES, *INVOICES, *NOTES)} <= names
    assert len(names) == len(PEOPLE)
    assert {kind for billed in INVOICES for kind in billed.receipts} == set(KINDS)
