"""Every kind of event has its sentence."""

import re
from pathlib import Path

import pytest
import time_machine

from crm.models import Event
from crm.templatetags.happenings import SENTENCES, SHOWN_OTHERWISE, happening, happening_icon
from tests.make import NOW

ROOT = Path(__file__).parents[3]


def test_every_event_about_a_customer_is_told_or_left_out_on_purpose() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("crm/actions", "delivery")
        for path in (ROOT / folder).rglob("*.py")
    )
    kinds = set(re.findall(r'"((?:customer|consent|note|invoice|receipt|message)\.[a-z_]+)"', code))
    assert "customer.added" in kinds
    assert kinds - {"customer.phone_number"} <= SENTENCES.keys() | SHOWN_OTHERWISE


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("customer.added", {}, "Added to the customers"),
        (
            "customer.changed",
            {"fields": {"phone_number": ["", ""], "tags": ["", ""], "gone": []}},
            "Changed: phone number, tags",
        ),
        (
            "invoice.paid",
            {"description": "Cut", "amount": "129.950", "currency": "EUR"},
            "Paid: Cut, €129.95",
        ),
        ("invoice.trashed", {"amount": "5.000", "currency": "EUR"}, "Invoice thrown away: €5.00"),
        ("invoice.unpaid", {}, "Not paid after all: an invoice"),
        ("receipt.added", {"filename": "100%.pdf"}, "Receipt attached: 100%.pdf"),
        (
            "message.edited",
            {
                "was": {"schedule_date": "2026-11-18T08:00:00+00:00", "message_content": "a"},
                "is": {"schedule_date": "2026-11-17T08:00:00+00:00", "message_content": "a"},
            },
            "A message was moved to today 8:00\u202fAM",
        ),
        (
            "message.edited",
            {"was": {"message_content": "a"}, "is": {"message_content": "b"}},
            "A message was changed",
        ),
        ("consent.refused", {"channel": "sms"}, "Asked not to be written to by SMS"),
        ("something.else", {}, ""),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_an_event_is_told_in_a_sentence(kind: str, detail: dict[str, object], said: str) -> None:
    assert happening(Event(kind=kind, detail=detail)) == said


def test_every_event_has_an_icon() -> None:
    assert happening_icon(Event(kind="customer.added")) == "user-plus"
    assert happening_icon(Event(kind="something.else")) == "information-circle"
