"""What goes with a message, on its page and in the conversation."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client

from crm.models import Business, DeliveryEvent, MessageSchedule, Receipt
from rules.message_states import Status
from tests.make import NOW, make_account, make_customer, make_invoice, make_message
from tests.make_templates import make_template

pytestmark = pytest.mark.django_db

#: 21:40 on Friday in New York.
LATE = datetime(2026, 11, 21, 2, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_the_same_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def _quiet_nights(business: Business) -> None:
    Business.objects.update(quiet_from=time(21), quiet_until=time(8))


def pages(client: Client, message: MessageSchedule) -> list[str]:
    urls = (f"/message/{message.pk}/", f"/customer/{message.customer_id}/")
    return [" ".join(client.get(url).text.split()) for url in urls]


def late_message(**changes: Any) -> MessageSchedule:
    return make_message(make_customer(time_zone="America/New_York"), at=LATE, **changes)


def test_the_template_and_the_file_are_named(client: Client) -> None:
    invoice = make_invoice()
    receipt = Receipt.objects.create(
        invoice=invoice,
        filename="till.jpg",
        content_type="image/jpeg",
        size=3,
        sha256="a",
        file=ContentFile(b"jpg", name="till.jpg"),
    )
    template = make_template(make_account(provider="whatsapp_cloud"))
    message = make_message(invoice.customer, template=template, receipt=receipt)
    for page in pages(client, message):
        assert "Template reminder (en)" in page
        assert f'<a href="/receipt/{receipt.pk}/">till.jpg</a>' in page
    Receipt.objects.update(trashed_at=NOW)
    for page in pages(client, message):
        assert "till.jpg" not in page


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.SENT, "WhatsApp refused it; sent as SMS"),
        (Status.SCHEDULED, "WhatsApp refused it; it goes as SMS"),
    ],
)
def test_what_went_another_way_says_so(client: Client, status: Status, said: str) -> None:
    template = make_template(make_account(provider="whatsapp_cloud"))
    message = make_message(
        message_type="sms", status=status, template=template, text_sent="Hello", sent_at=NOW
    )
    fell = {"reason": "fell_back", "channel": "sms", "because": "recipient"}
    DeliveryEvent.objects.create(
        message=message, status="scheduled", source="worker", detail=fell, at=NOW
    )
    for page in pages(client, message):
        assert said in page
        assert "Template reminder" not in page


@pytest.mark.usefixtures("_quiet_nights")
def test_what_quiet_hours_hold_says_until_when(client: Client) -> None:
    make_account()
    message = late_message()
    for page in pages(client, message):
        assert "Waits for Sat 14:00: quiet hours" in page
    # The sender has looked at it and put it off.
    put_off = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    MessageSchedule.objects.update(reason="quiet_hours", due_at=put_off)
    for page in pages(client, message):
        assert "Waits for Sat 14:00: quiet hours" in page


@pytest.mark.usefixtures("_quiet_nights")
@pytest.mark.parametrize(
    "changes",
    [{"also_in_quiet_hours": True}, {"status": Status.CANCELLED}, {"message_type": "sms"}],
)
def test_what_they_do_not_hold_does_not_say_so(client: Client, changes: dict[str, Any]) -> None:
    make_account()
    for page in pages(client, late_message(**changes)):
        assert "quiet hours" not in page
