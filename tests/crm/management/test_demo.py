"""Making up the business: where it may be, and that it is always the same."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import Settings

from crm.actions import setup_token
from crm.management.demo import talk
from crm.management.demo.people import PEOPLE
from crm.management.demo.plan import INVOICES, MESSAGES
from crm.models import (
    Broadcast,
    Business,
    Customer,
    Event,
    InboundMessage,
    Invoice,
    MessageSchedule,
    OptOut,
    ProviderAccount,
    Receipt,
    Tag,
    User,
)
from rules.message_states import Status
from tests.make import make_business, make_customer, make_user

pytestmark = pytest.mark.django_db

MADE = (
    Event,
    Receipt,
    InboundMessage,
    OptOut,
    MessageSchedule,
    Broadcast,
    Invoice,
    Customer,
    ProviderAccount,
)


@pytest.fixture(autouse=True)
def _data_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def test_receipts_of_every_kind_went_through_the_door_all_receipts_go_through() -> None:
    demo()
    drawn = sum(len(billed.receipts) for billed in INVOICES)
    assert Receipt.objects.count() == drawn
    kinds = set(Receipt.objects.values_list("content_type", flat=True))
    assert kinds == {"image/jpeg", "image/png", "application/pdf"}
    for receipt in Receipt.objects.all():
        assert Path(receipt.file.path).stat().st_size == receipt.size
        assert receipt.thumbnail


def test_the_same_day_makes_the_same_business() -> None:
    def snapshot() -> list[object]:
        with time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False):
            demo(force=True)
        rows = MessageSchedule.objects.order_by("pk")
        told = [(row.message_content, row.status, row.due_at, row.sent_at) for row in rows]
        sums = list(Receipt.objects.order_by("pk").values_list("sha256", flat=True))
        events = list(Event.objects.order_by("pk").values_list("kind", "at"))
        for model in MADE:
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
    assert not any(message.is_stuck(moment) for message in MessageSchedule.objects.all())
    assert not MessageSchedule.objects.filter(status=Status.SCHEDULED, due_at__lte=moment).exists()
    assert not MessageSchedule.objects.exclude(status=Status.SCHEDULED).filter(due_at__gt=moment)


def test_it_does_not_mix_with_customers_who_are_there() -> None:
    make_customer()
    with pytest.raises(CommandError, match="does not mix"):
        demo()
    assert Customer.objects.count() == 1


def test_beside_real_customers_it_writes_to_none_of_them() -> None:
    make_customer().tags.add(Tag.objects.create(name=talk.TAG))
    demo(force=True)
    assert not MessageSchedule.objects.filter(customer__name="Zoë O'Neill").exists()
    assert Broadcast.objects.get().recipients == Broadcast.objects.get().messages.count()


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
