"""What the form of a message shows while it is filled in, with and without scripts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import (
    Business,
    Customer,
    InboundMessage,
    MessageSchedule,
    OptOut,
    ProviderAccount,
    Receipt,
)
from crm.views.sms_preview import shown
from rules.message_states import Status
from tests.make import NOW, make_account, make_customer, make_invoice, make_message
from tests.make_templates import make_template

pytestmark = pytest.mark.django_db

#: 03:40 in Madrid is 21:40 in New York.
LATE_THERE = "2026-11-21T03:40"


@pytest.fixture(autouse=True)
def _at_the_same_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _quiet_nights(business: Business) -> None:
    Business.objects.update(quiet_from=time(21), quiet_until=time(8))


@pytest.fixture
def whatsapp() -> ProviderAccount:
    return make_account(provider="whatsapp_cloud", label="Our WhatsApp")


def typed(**changes: Any) -> dict[str, Any]:
    values = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}",
        "schedule_date": "2026-11-20T10:00",
    }
    return {**values, **changes}


def read(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def preview(client: Client, customer: Customer, *, target: str = "", **changes: Any) -> str:
    """What htmx gets for the element `target`; without one, the page without scripts."""
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    return read(client.post(f"/message/preview/{customer.pk}/", typed(**changes), headers=headers))


def form_of(client: Client, customer: Customer) -> str:
    return read(client.get(f"/message/schedule/{customer.pk}/"))


def notices(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def schedule(client: Client, customer: Customer, **changes: Any) -> list[str]:
    url = f"/message/schedule/{customer.pk}/"
    return notices(client.post(url, typed(**changes), follow=True))


def new_yorker() -> Customer:
    return make_customer(time_zone="America/New_York")


# --- quiet hours ----------------------------------------------------------------------------


@pytest.mark.usefixtures("whatsapp")
@pytest.mark.parametrize("target", ["message-preview", ""])
def test_quiet_hours_are_told_beside_the_time_with_a_way_round_them(
    client: Client, target: str
) -> None:
    page = preview(client, new_yorker(), target=target, schedule_date=LATE_THERE)
    assert "21:40 is within quiet hours (21:00–08:00 in New York)." in page
    assert "It will go Sat 08:00 (New York time)." in page
    assert "Send it at 21:40 all the same" in page
    assert ('<div id="quiet-note" hx-swap-oob="true">' in page) is bool(target)


@pytest.mark.usefixtures("whatsapp")
def test_once_it_is_to_go_all_the_same_nothing_else_is_said(client: Client) -> None:
    changes = {"schedule_date": LATE_THERE, "also_in_quiet_hours": "on"}
    page = preview(client, new_yorker(), target="message-preview", **changes)
    assert "It will go Sat 08:00" not in page
    assert re.search(r'name="also_in_quiet_hours"[^>]* checked', page)


def test_by_hand_one_is_reminded_all_the_same(client: Client) -> None:
    page = preview(client, new_yorker(), target="message-preview", schedule_date=LATE_THERE)
    assert "You are reminded then all the same." in page
    assert "also_in_quiet_hours" not in page


def test_a_business_without_quiet_hours_hears_nothing_of_them(client: Client) -> None:
    Business.objects.update(quiet_from=None, quiet_until=None)
    page = preview(client, new_yorker(), target="message-preview", schedule_date=LATE_THERE)
    assert "quiet" not in page


@pytest.mark.usefixtures("whatsapp")
def test_what_waits_is_promised_for_the_hour_it_goes(client: Client) -> None:
    told = schedule(client, new_yorker(), schedule_date=LATE_THERE)
    assert told[0] == "Scheduled for Sat 03:40. Those are quiet hours: it goes Sat 14:00."
    message = MessageSchedule.objects.get()
    assert message.schedule_date == datetime(2026, 11, 21, 2, 40, tzinfo=UTC)
    assert not message.also_in_quiet_hours
    url = f"/message/{message.pk}/edit/"
    values = typed(schedule_date=LATE_THERE, also_in_quiet_hours="on", seen=message.promise)
    assert notices(client.post(url, values, follow=True))[0] == "Saved: it goes Sat 03:40."
    message.refresh_from_db()
    assert message.also_in_quiet_hours


@pytest.mark.usefixtures("whatsapp")
def test_now_in_somebodys_night_asks_first(client: Client) -> None:
    ravi = make_customer(time_zone="America/Los_Angeles")
    url = f"/message/schedule/{ravi.pk}/"
    page = read(client.post(url, typed(send_now="1", schedule_date="")))
    assert "Send it at 01:30 all the same" in page
    assert not MessageSchedule.objects.exists()
    again = {"send_now": "1", "schedule_date": "", "also_in_quiet_hours": "on"}
    assert schedule(client, ravi, **again)[0] == "It goes now."


# --- WhatsApp's window and its templates -----------------------------------------------------


@pytest.mark.usefixtures("whatsapp")
def test_the_form_tells_until_when_free_words_reach_them(client: Client) -> None:
    zoe = make_customer()
    assert "has not written in the last 24 hours" in form_of(client, zoe)
    InboundMessage.objects.create(
        channel="whatsapp",
        sender=zoe.phone_number,
        received_at=NOW - timedelta(hours=3),
        provider_message_id="1",
    )
    assert "What you write freely reaches <bdi>Zoë</bdi> until tomorrow 07:30." in form_of(
        client, zoe
    )


@pytest.mark.usefixtures("whatsapp")
def test_nothing_is_said_of_the_24_hours_to_who_may_not_be_written_to(client: Client) -> None:
    zoe = make_customer()
    said = {"phone_number": zoe.phone_number, "channel": "whatsapp", "at": NOW}
    OptOut.objects.create(**said, known_from="reply", words="STOP")
    page = form_of(client, zoe)
    assert "asked not to be written to by WhatsApp" in page
    assert "in the last 24 hours" not in page


def test_a_moment_after_the_window_asks_for_a_template(
    client: Client, whatsapp: ProviderAccount
) -> None:
    zoe = make_customer()
    without = preview(client, zoe, target="message-preview")
    assert "No template is approved yet" in without
    make_template(whatsapp)
    page = preview(client, zoe, target="message-preview")
    assert "For Fri 10:00 choose a template." in page
    told = schedule(client, zoe)
    assert told[0] == "Scheduled for Fri 10:00."
    assert told[1].startswith("At that moment WhatsApp takes only a template from you")


def test_another_template_fetches_what_it_asks_for(
    client: Client, whatsapp: ProviderAccount
) -> None:
    template = make_template(whatsapp)
    page = preview(client, make_customer(), target="template-slots", template=template.pk)
    assert page.startswith('<div class="template-slots" id="template-slots"')
    assert 'name="slot_body.1"' in page
    assert "For example: tomorrow" in page
    assert "Write what stands here" not in page
    assert "bubble" not in page


def test_without_scripts_a_button_shows_what_the_template_asks_for(
    client: Client, whatsapp: ProviderAccount
) -> None:
    template = make_template(whatsapp)
    assert "Show what it asks for</button>" in form_of(client, make_customer())
    page = preview(client, make_customer(), template=template.pk)
    assert 'name="slot_body.1"' in page
    assert "Write what stands here" not in page
    assert f'<option value="{template.pk}" selected>' in page


def test_a_message_with_a_template_is_promised_with_its_whole_text(
    client: Client, whatsapp: ProviderAccount
) -> None:
    template = make_template(whatsapp)
    slots = {"slot_body.1": "{first_name}", "slot_body.2": "on Friday"}
    zoe = make_customer()
    page = preview(client, zoe, target="message-preview", template=template.pk, **slots)
    assert "Hello Zoë, see you on Friday." in page
    assert "The approved template reminder (en)." in page
    assert schedule(client, zoe, template=template.pk, **slots) == ["Scheduled for Fri 10:00."]
    message = MessageSchedule.objects.get()
    assert message.template == template
    assert message.template_values == {"body.1": "{first_name}", "body.2": "on Friday"}
    assert message.message_content == "Hello {first_name}, see you on Friday."
    edit = read(client.get(f"/message/{message.pk}/edit/"))
    assert 'name="slot_body.2" value="on Friday"' in edit


def test_an_edit_may_leave_the_template_and_be_undone(
    client: Client, whatsapp: ProviderAccount
) -> None:
    values = {"body.1": "Zoë", "body.2": "now"}
    message = make_message(template=make_template(whatsapp), template_values=values)
    client.post(f"/message/{message.pk}/edit/", typed(message_content="Free words"))
    message.refresh_from_db()
    assert (message.template, message.template_values) == (None, {})
    assert message.message_content == "Free words"


# --- what is known against a channel --------------------------------------------------------


def test_what_is_known_against_a_channel_stands_beside_it(client: Client) -> None:
    zoe = make_customer()
    OptOut.objects.create(
        phone_number=zoe.phone_number, channel="sms", known_from="reply", words="STOP", at=NOW
    )
    page = form_of(client, zoe)
    note = page[page.index("only-sms") :]
    assert "Zoë asked not to be written to by SMS." in note
    assert "Since today, in their own message: <q>STOP</q>." in note


def test_whom_one_may_not_write_to_is_refused_with_what_to_do(client: Client) -> None:
    zoe = make_customer()
    OptOut.objects.create(phone_number=zoe.phone_number, channel="whatsapp", known_from="reply")
    page = read(client.post(f"/message/schedule/{zoe.pk}/", typed()))
    assert page.count("Zoë asked not to be written to by WhatsApp.") == 2  # summary and field
    assert "Choose another way, or record on their page" in page
    assert not MessageSchedule.objects.exists()


def test_a_number_that_could_not_receive_names_the_other_channel(
    client: Client, whatsapp: ProviderAccount
) -> None:
    zoe = make_customer()
    make_message(
        zoe,
        status=Status.FAILED,
        reason="recipient",
        reason_words="Message undeliverable",
        sent_to=zoe.phone_number,
        wants_since=NOW - timedelta(days=3),
    )
    page = form_of(client, zoe)
    assert "This number could not receive WhatsApp messages (14 Nov)." in page
    assert "Our WhatsApp: <q>Message undeliverable</q>." in page
    assert "SMS may reach them." in page
    OptOut.objects.create(phone_number=zoe.phone_number, channel="sms", known_from="reply")
    assert "SMS may reach them." not in form_of(client, zoe)


# --- the SMS instead, and a receipt ---------------------------------------------------------


@pytest.mark.usefixtures("whatsapp")
def test_the_sms_instead_is_explained_and_counted(client: Client) -> None:
    zoe = make_customer(name="Ravi")
    assert "send it as SMS instead" not in form_of(client, zoe)
    make_account(provider="twilio", channel="sms")
    page = form_of(client, zoe)
    assert "If WhatsApp refuses it for good, send it as SMS instead" in page
    assert "One or the other goes out, never both." in page
    text = {"message_content": "a" * 161}
    assert "2 SMS" not in preview(client, zoe, target="message-preview", **text)
    page = preview(client, zoe, target="message-preview", fallback="on", **text)
    assert "If WhatsApp refuses it for good, it goes as SMS:</span>" in page
    assert "2 SMS (plain letters)" in page
    told = schedule(client, zoe, fallback="on")
    assert told[1] == ("Unless Ravi writes to you before, WhatsApp refuses it and it goes as SMS.")
    assert MessageSchedule.objects.get().fallback_channel == "sms"


@pytest.mark.usefixtures("whatsapp")
def test_a_receipt_is_offered_once_its_invoice_is_chosen(client: Client) -> None:
    invoice = make_invoice()
    receipt = Receipt.objects.create(
        invoice=invoice,
        filename="till.jpg",
        content_type="image/jpeg",
        size=3,
        sha256="a",
        file=ContentFile(b"jpg", name="till.jpg"),
    )
    assert "Send along" not in form_of(client, invoice.customer)
    chosen = {"invoice": invoice.pk}
    page = preview(client, invoice.customer, target="receipt-choice", **chosen)
    assert page.startswith('<div id="receipt-choice" class="only-whatsapp "')
    assert f'<option value="{receipt.pk}">till.jpg</option>' in page
    chosen["receipt"] = receipt.pk
    page = preview(client, invoice.customer, target="message-preview", **chosen)
    assert "With it goes till.jpg." in page
    schedule(client, invoice.customer, **chosen)
    assert MessageSchedule.objects.get().receipt == receipt


def test_no_use_after_is_told_in_the_preview(client: Client) -> None:
    limit = {"send_by": "2026-11-20T12:00"}
    page = preview(client, make_customer(), target="message-preview", **limit)
    assert "No use after Fri 12:00: then it does not go, and you are told." in page
    schedule(client, make_customer(), **limit)
    message = MessageSchedule.objects.get()
    assert "No use after" in read(client.get(f"/message/{message.pk}/"))


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ("ë", "ë"),
        ("\u00a0", "a special space"),
        ("\t", "a special space"),
        ("\u200b", "an invisible sign"),
        ("\u0301", "◌\u0301"),
        ("", ""),
    ],
)
def test_a_sign_is_named_so_that_one_finds_it(sign: str, said: str) -> None:
    assert shown(sign) == said


def test_the_form_costs_as_many_queries_for_much_as_for_little(
    client: Client, whatsapp: ProviderAccount
) -> None:
    zoe = make_invoice().customer
    make_account(provider="twilio", channel="sms")
    asked = []
    for count in (1, 20):
        for number in range(count):
            name = f"{count} {number}"
            make_template(whatsapp, name=name, reference=name)
            make_message(
                zoe,
                status=Status.FAILED,
                reason="recipient",
                sent_to=zoe.phone_number,
                wants_since=NOW,
            )
            make_invoice(zoe)
        form_of(client, zoe)
        with CaptureQueriesContext(connection) as queries:
            form_of(client, zoe)
        asked.append(len(queries))
    assert asked[0] == asked[1]
