"""What is said about an invoice."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from crm.models import Business, Customer, Event, Invoice
from crm.templatetags.display import written_for
from crm.templatetags.invoice_words import invoice_event, invoice_pill, invoice_state
from tests.make import NOW


@pytest.fixture(autouse=True)
def _in_madrid() -> Any:
    with (
        time_machine.travel(NOW, tick=False),
        timezone.override("Europe/Madrid"),
        written_for(Business(country="ES")),
    ):
        yield


def invoice(**changes: Any) -> Invoice:
    values = {"customer": Customer(name="Zoë"), "issued_on": date(2026, 11, 2)}
    return Invoice(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"due_on": date(2026, 11, 16)}, "overdue", "1 day late"),
        ({"due_on": date(2026, 11, 1)}, "overdue", "16 days late"),
        ({"due_on": date(2026, 11, 17)}, "unpaid", "Due today"),
        ({"due_on": date(2026, 11, 27)}, "unpaid", "Due 27 Nov"),
        ({"due_on": None}, "unpaid", "Unpaid"),
        ({"due_on": date(2026, 11, 1), "paid_on": date(2026, 11, 16)}, "paid", "Paid yesterday"),
    ],
)
def test_a_state_is_told_with_its_day(changes: dict[str, Any], state: str, words: str) -> None:
    assert invoice_state(invoice(**changes)) == state
    assert words in invoice_pill(invoice(**changes))


def test_what_is_late_follows_the_business_s_day() -> None:
    due = invoice(due_on=date(2026, 11, 17))
    with time_machine.travel("2026-11-17T22:59:00Z", tick=False):
        assert invoice_state(due) == "unpaid"
    with time_machine.travel("2026-11-17T23:00:00Z", tick=False):
        assert invoice_state(due) == "overdue"


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("invoice.added", {}, "Added"),
        ("invoice.paid", {"messages": []}, "Marked as paid"),
        ("invoice.unpaid", {}, "Marked as unpaid"),
        ("invoice.trashed", {"messages": []}, "Put in the trash"),
        ("invoice.restored", {}, "Brought back from the trash"),
        ("receipt.added", {"filename": "100%.jpg"}, "Receipt “100%.jpg” added"),
        ("receipt.trashed", {"filename": "a.jpg"}, "Receipt “a.jpg” removed"),
        ("receipt.restored", {"filename": "a.jpg"}, "Receipt “a.jpg” brought back"),
        ("customer.added", {}, ""),
    ],
)
def test_each_thing_that_happened_has_its_sentence(
    kind: str, detail: dict[str, Any], said: str
) -> None:
    assert invoice_event(Event(kind=kind, detail=detail)) == said


def test_a_change_tells_what_was_and_what_is() -> None:
    detail = {
        "fields": {
            "amount": ["120.000", "129.950"],
            "description": ["Cut", "Cut and colour"],
            "due_on": ["", "2026-11-27"],
        },
        "worth": [["120.000", "EUR"], ["129.950", "EUR"]],
    }
    said = invoice_event(Event(kind="invoice.changed", detail=detail)).replace("\xa0", " ")
    assert said == (
        "Amount: 120,00 € → 129,95 € · What for: Cut → Cut and colour · Due: – → 27 Nov"
    )


def test_another_currency_is_another_amount() -> None:
    detail = {
        "fields": {"currency": ["EUR", "JPY"]},
        "worth": [["120.000", "EUR"], ["120.000", "JPY"]],
    }
    said = invoice_event(Event(kind="invoice.changed", detail=detail)).replace("\xa0", " ")
    assert said == "Amount: 120,00 € → 120 JP¥"
