"""What the customer reads."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.actions.messages import placeholder_values, rendered
from crm.models import Business
from rules import sms_parts
from rules.message_text import PLACEHOLDERS
from tests.make import NOW, make_business, make_customer, make_invoice, make_message

pytestmark = pytest.mark.django_db

SPRING = datetime(2026, 4, 7, 7, 5, tzinfo=UTC)


def text(content: str, business: Business, **changes: Any) -> str:
    return rendered(make_message(message_content=content, **changes), business).text


def test_every_placeholder_has_a_value_or_is_empty(business: Business) -> None:
    assert set(placeholder_values(make_message(), business)) == set(PLACEHOLDERS)


def test_the_customer_and_the_business_are_named(business: Business) -> None:
    ravi = make_customer(name="Ravi Patel", company="Patel & Sons")
    said = "{first_name}|{name}|{company}|{business}|{business_phone}"
    assert text(said, business, customer=ravi) == (
        "Ravi|Ravi Patel|Patel & Sons|Salón Luz|+34 910 00 00 00"
    )


@pytest.mark.parametrize(
    ("country", "currency", "said"),
    [
        ("ES", "EUR", "129,95 €, 16 November 2026, Cut and colour"),
        ("GB", "GBP", "£129.95, 16 November 2026, Cut and colour"),
        ("US", "USD", "$129.95, November 16, 2026, Cut and colour"),
        ("JP", "JPY", "¥130, November 16, 2026, Cut and colour"),
        ("IN", "INR", "₹129.95, 16 November 2026, Cut and colour"),
    ],
)
def test_money_and_dates_are_written_as_the_country_does(
    country: str, currency: str, said: str
) -> None:
    business = make_business(country=country)
    invoice = make_invoice(currency=currency)
    found = text("{invoice_amount}, {invoice_due}, {invoice_for}", business, invoice=invoice)
    assert found == said


def test_date_and_time_are_the_promised_moment_in_its_own_zone() -> None:
    business = make_business(country="GB", time_zone="Europe/London")
    message = make_message(message_content="{date}, {time}")
    message.set_time(datetime(2026, 4, 7, 9, 5), "America/New_York", "customer")
    assert rendered(message, business).text == "Tuesday 7 April, 09:05"


def test_a_time_the_clocks_skip_is_told_as_the_one_that_exists(business: Business) -> None:
    message = make_message(message_content="{time}")
    message.set_time(datetime(2026, 3, 29, 2, 30), "Europe/Madrid")
    assert rendered(message, business).text == "03:00"


@pytest.mark.parametrize("country", ["US", "CA", "AU", "FR", "IN", "ES", "CH"])
def test_no_value_makes_an_sms_dearer_by_its_spaces(country: str) -> None:
    """babel writes `9:05 AM` with a space outside the alphabet of SMS."""
    business = make_business(country=country)
    invoice = make_invoice(amount=Decimal("12345.67"), currency="EUR")
    said = text("{date} {time} {invoice_amount} {invoice_due}", business, invoice=invoice)
    assert sms_parts.measure(said).first_unicode is None


def test_an_invoice_in_the_trash_is_not_told(business: Business) -> None:
    invoice = make_invoice(trashed_at=NOW)
    message = make_message(message_content="Owed {invoice_amount}.", invoice=invoice)
    found = rendered(message, business)
    assert found.missing == ("invoice_amount",)
    assert found.text == "Owed."


def test_what_is_missing_or_unknown_is_named(business: Business) -> None:
    message = make_message(message_content="{company} {invoice_due} {colour}", invoice=None)
    found = rendered(message, business)
    assert found.missing == ("company", "invoice_due")
    assert found.unknown == ("colour",)


def test_an_invoice_without_a_due_date_has_none_to_tell(business: Business) -> None:
    invoice = make_invoice(due_on=None, issued_on=date(2026, 11, 2))
    found = rendered(make_message(message_content="{invoice_due}", invoice=invoice), business)
    assert found.missing == ("invoice_due",)


def test_a_business_without_a_name_is_not_called_my_business() -> None:
    found = rendered(make_message(message_content="{business}"), make_business(name=""))
    assert found.missing == ("business",)
