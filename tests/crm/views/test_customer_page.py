"""One customer's page: the conversation on the left, the facts on the right."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.actions import customers, notes
from crm.models import Customer, Event, Invoice, MessageSchedule, Note, Receipt, Tag, User
from crm.models.message_choices import ZoneOf
from crm.views import conversation
from crm.views.conversation import Entry
from rules.message_states import Status
from tests.make import (
    NOW,
    make_account,
    make_customer,
    make_invoice,
    make_message,
    make_note,
    make_reminder,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_now")]


@pytest.fixture
def _at_now() -> Iterator[None]:
    """Tuesday, 17 November 2026, 10:30 in Madrid."""
    with time_machine.travel(NOW, tick=False):
        yield


def open_page(client: Client, customer: Customer, query: str = "") -> tuple[str, Any]:
    response = client.get(f"/customer/{customer.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode(), response.context


def told(entries: list[Entry]) -> list[tuple[str, int]]:
    return [(entry.kind, entry.thing.pk) for entry in entries]


def make_receipt(invoice: Invoice, **changes: Any) -> Receipt:
    return Receipt.objects.create(
        invoice=invoice,
        filename="till.jpg",
        content_type="image/jpeg",
        size=3,
        sha256=str(invoice.pk),
        file=ContentFile(b"jpg", name="till.jpg"),
        thumbnail=ContentFile(b"jpg", name="small.jpg"),
        **changes,
    )


def test_the_past_is_above_now_and_the_future_below(client: Client, user: User) -> None:
    zoe = make_customer()
    sent = make_message(zoe, status=Status.SENT, sent_at=NOW - timedelta(days=3))
    note = make_note(zoe, created_at=NOW - timedelta(days=2))
    invoice = make_invoice(zoe, issued_on=date(2026, 11, 16), due_on=None)
    event = Event.objects.create(
        customer=zoe, kind="customer.changed", actor=user, detail={"fields": {"name": ["", ""]}}
    )
    due = make_reminder(zoe)
    later = make_message(zoe, at=NOW + timedelta(days=3))
    soon = make_message(zoe, at=NOW + timedelta(days=1))
    page, context = open_page(client, zoe)
    shown = context["conversation"]
    assert told(shown.past) == [
        ("message", sent.pk),
        ("note", note.pk),
        ("invoice", invoice.pk),
        ("message", due.pk),
        ("event", event.pk),
    ]
    assert told(shown.ahead) == [("message", soon.pk), ("message", later.pk)]
    places = [page.index(f'id="message-{pk}"') for pk in (due.pk, soon.pk)]
    assert places[0] < page.index('id="now"') < places[1]


def test_an_invoice_entered_on_the_day_of_its_issue_stands_where_it_was_entered(
    client: Client,
) -> None:
    zoe = make_customer()
    added, today = NOW - timedelta(hours=2), NOW.date()
    event = Event.objects.create(customer=zoe, kind="customer.added", at=added)
    entered = make_invoice(zoe, issued_on=today, due_on=None, created_at=NOW - timedelta(hours=1))
    earlier = make_invoice(zoe, issued_on=today - timedelta(days=1), due_on=None, created_at=NOW)
    _page, context = open_page(client, zoe)
    assert told(context["conversation"].past) == [
        ("invoice", earlier.pk),
        ("event", event.pk),
        ("invoice", entered.pk),
    ]


def test_a_message_says_what_this_customer_reads(client: Client) -> None:
    zoe = make_customer()
    make_message(zoe, message_content="Hello {first_name}, see you at {business}.")
    was = "Hello Zoë, as it was sent."
    make_message(zoe, status=Status.READ, sent_at=NOW - timedelta(days=1), text_sent=was)
    page, _context = open_page(client, zoe)
    assert "Hello Zoë, see you at Salón Luz." in page
    assert was in page


def test_what_wants_a_person_can_be_done_right_here(client: Client) -> None:
    zoe = make_customer()
    reminder = make_reminder(zoe)
    page, context = open_page(client, zoe)
    assert "https://wa.me/34612345678?text=" in page
    assert f'action="/mark-reminder-sent/{reminder.pk}/"' in page
    assert f'<input type="hidden" name="next" value="/customer/{zoe.pk}/">' in page
    assert [entry.card is not None for entry in context["conversation"].past] == [True]


def test_a_promise_in_the_customers_own_time_is_told_in_it(client: Client) -> None:
    zoe = make_customer(time_zone="America/New_York")
    message = make_message(zoe)
    message.set_time(datetime(2026, 11, 19, 9), "America/New_York", ZoneOf.CUSTOMER)
    message.save()
    page, _context = open_page(client, zoe)
    assert "Thu 09:00 (New York time)" in page
    assert "04:30, New York" in page


def test_only_the_newest_are_shown_at_first_and_earlier_ones_on_demand(client: Client) -> None:
    zoe = make_customer()
    for number in range(30):
        make_note(zoe, text=f"Note {number}.", created_at=NOW - timedelta(days=number))
    page, context = open_page(client, zoe)
    shown = context["conversation"].past
    assert len(shown) == conversation.SHOWN_AT_FIRST
    assert shown[-1].thing.text == "Note 0."
    assert f'href="?shown=52#{shown[0].anchor}"' in page
    page, context = open_page(client, zoe, "?shown=52")
    assert len(context["conversation"].past) == 30
    assert "Show earlier" not in page


@pytest.mark.parametrize("shown", ["", "x", "-5", "0", "9" * 40, "²", "%00"])
def test_no_number_in_the_address_shows_too_little_or_too_much(client: Client, shown: str) -> None:
    zoe = make_customer()
    make_note(zoe)
    _page, context = open_page(client, zoe, f"?shown={shown}")
    assert len(context["conversation"].past) == 1


def test_what_is_in_the_trash_is_not_shown(client: Client) -> None:
    zoe = make_customer()
    make_note(zoe, text="Gone.", trashed_at=NOW)
    make_invoice(zoe, description="Gone too", trashed_at=NOW)
    make_receipt(make_invoice(zoe), trashed_at=NOW)
    page, _context = open_page(client, zoe)
    assert "Gone" not in page
    assert "/thumbnail/" not in page


def test_the_facts_tell_how_to_reach_them(client: Client) -> None:
    zoe = make_customer(address="Calle Mayor 1", notes="Allergic to ammonia.")
    zoe.tags.add(Tag.objects.create(name="new client"))
    page, _context = open_page(client, zoe)
    for part in (
        'href="tel:+34612345678"',
        'href="https://wa.me/34612345678"',
        'href="sms:+34612345678"',
        'href="mailto:zoe@example.com"',
        "612 34 56 78",
        "Calle Mayor 1",
        "Allergic to ammonia.",
        'href="/customers/?tag=new%20client"',
    ):
        assert part in page


def test_somebody_without_a_number_is_not_written_to(client: Client) -> None:
    zoe = make_customer(phone_number="")
    page, context = open_page(client, zoe)
    assert "No telephone number" in page
    assert "wa.me" not in page
    assert context["writes"] == "note"


def test_what_they_owe_is_added_up_by_currency(client: Client) -> None:
    zoe = make_customer()
    make_invoice(zoe, amount=Decimal(100))
    make_invoice(zoe, amount=Decimal("29.95"))
    make_invoice(zoe, amount=Decimal(5), currency="GBP")
    make_invoice(zoe, amount=Decimal(1000), paid_on=date(2026, 11, 3))
    page, _context = open_page(client, zoe)
    assert "129,95\xa0€ + 5,00\xa0£" in page


def test_invoices_come_with_their_state_and_their_receipts(client: Client) -> None:
    zoe = make_customer()
    receipt = make_receipt(make_invoice(zoe, due_on=date(2026, 11, 16)))
    page, _context = open_page(client, zoe)
    assert "1 day late" in page
    assert f'src="/receipt/{receipt.pk}/thumbnail/"' in page


def test_more_invoices_than_fit_have_a_page_of_their_own(client: Client) -> None:
    zoe = make_customer()
    for _ in range(6):
        make_invoice(zoe, paid_on=date(2026, 11, 3))
    page, context = open_page(client, zoe)
    assert len(context["invoices"]) == 5
    assert "All invoices" in page
    assert "Everything is paid." in page


@pytest.mark.parametrize(
    ("number", "zone", "suggested"),
    [
        ("+12125550123", "", "America/New_York"),
        ("+12125550123", "America/Chicago", ""),
        ("+33612345678", "", ""),  # another country, the same clock
        ("+34612345678", "", ""),
        ("+18005550123", "", ""),  # anywhere in America
        ("", "", ""),
    ],
)
def test_the_zone_of_a_number_is_offered_only_where_it_says_something(
    client: Client, number: str, zone: str, suggested: str
) -> None:
    zoe = make_customer(phone_number=number, time_zone=zone)
    page, context = open_page(client, zoe)
    assert context["suggested_zone"] == suggested
    assert ("Use that time" in page) == bool(suggested)


def test_hostile_words_stay_words_everywhere(client: Client, user: User) -> None:
    evil = "<script>alert(1)</script>\u202e"
    zoe = customers.add(Customer(name=evil, company=evil, notes=evil), [evil[:20]], actor=user)
    notes.write(Note(customer=zoe, text=evil), actor=user)
    make_invoice(zoe, description=evil)
    make_message(zoe, message_content=evil)
    page, _context = open_page(client, zoe)
    assert "<script>alert" not in page


def test_a_long_story_asks_the_database_no_more_than_a_short_one(
    client: Client, user: User
) -> None:
    zoe = make_customer()
    open_page(client, zoe)
    account = make_account()
    gone: dict[str, Any] = {"status": "sent", "sent_at": NOW - timedelta(days=1)}
    asked = []
    for count in (1, 60):
        for number in range(count):
            make_note(zoe, author=user)
            make_receipt(make_invoice(zoe))
            make_message(zoe, **gone, sent_by=user)
            make_message(zoe, **gone, account=account)
            make_message(zoe)
            make_reminder(zoe)
            zoe.tags.add(Tag.objects.get_or_create(name=f"tag {number}")[0])
            Event.objects.create(customer=zoe, kind="invoice.paid", actor=user)
        with CaptureQueriesContext(connection) as queries:
            open_page(client, zoe, "?shown=500")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 30
    assert MessageSchedule.objects.count() == 244
