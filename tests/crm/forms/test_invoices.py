"""The form of an invoice: what people type, and what it makes of it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import conditional_escape

from crm.forms.invoices import InvoiceForm, first_values
from crm.models import Business, HeldReceipt, Invoice, User
from tests.make import NOW, make_business, make_customer, make_invoice, make_user
from tests.uploads import SCRIPT, jpeg, upload

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 17)
FILLED = {
    "amount": "129,95",
    "currency": "EUR",
    "description": "Cut and colour",
    "issued_on": "2026-11-02",
    "due_on": "2026-11-16",
}


def form(
    business: Business,
    user: User,
    *files: SimpleUploadedFile,
    instance: Invoice | None = None,
    **changes: Any,
) -> InvoiceForm:
    data = QueryDict(mutable=True)
    for name, value in (FILLED | changes).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return InvoiceForm(
        data,
        MultiValueDict({"receipt": list(files)}),
        instance=instance or Invoice(customer=make_customer()),
        business=business,
        user=user,
        now=NOW,
        today=TODAY,
    )


def test_a_filled_form_describes_an_invoice(business: Business, user: User) -> None:
    filled = form(business, user)
    assert filled.is_valid()
    invoice = filled.instance
    assert (invoice.amount, invoice.currency) == (Decimal("129.95"), "EUR")
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 11, 2), date(2026, 11, 16))
    assert not invoice.is_paid


@pytest.mark.parametrize(
    ("country", "currency", "typed", "amount"),
    [
        ("ES", "EUR", "1.234,50", "1234.50"),
        ("ES", "EUR", "129.95", "129.95"),
        ("US", "USD", "$1,234.5", "1234.50"),
        ("JP", "JPY", "12,500", "12500"),
        ("KW", "KWD", "12.345", "12.345"),
        ("IN", "INR", "1,23,456.50", "123456.50"),
        ("CH", "CHF", "1’234.50", "1234.50"),
        ("ES", "EUR", "0", "0"),
        ("ES", "EUR", "99999999999,99", "99999999999.99"),
    ],
)
def test_amounts_are_read_as_people_there_write_them(
    user: User, country: str, currency: str, typed: str, amount: str
) -> None:
    business = make_business(country=country, currency=currency)
    filled = form(business, user, amount=typed, currency=currency)
    assert filled.is_valid(), filled.errors
    assert filled.instance.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "currency", "words"),
    [
        ("", "EUR", "required"),
        ("twelve", "EUR", "Write the amount in digits, such as 1234,50."),
        ("1/2", "EUR", "in digits"),
        ("-5", "EUR", "cannot be less than zero"),
        ("12,345", "EUR", "no such small parts"),
        ("12,5", "JPY", "no such small parts"),
        ("12,3456", "KWD", "no such small parts"),
        ("9" * 13, "EUR", "more than fits"),
        ("9" * 100_000, "EUR", "in digits"),
        ("12 USD", "EUR", "not that of EUR"),
        ("NaN", "EUR", "in digits"),
        ("1e9", "EUR", "in digits"),
        ("١٢x", "EUR", "in digits"),
        ("12\0", "EUR", "Null characters"),
        ("12 \u202e95", "EUR", "in digits"),
        (SCRIPT.decode(), "EUR", "in digits"),
    ],
)
def test_an_amount_that_cannot_be_read_says_why(
    business: Business, user: User, typed: str, currency: str, words: str
) -> None:
    filled = form(business, user, amount=typed, currency=currency)
    assert words in filled.errors["amount"][0]
    assert conditional_escape(typed) in filled["amount"].as_widget()


@pytest.mark.parametrize("code", ["", "XXX", "EURO", "eur", "<b>", "E" * 100_000, "\0", "💶"])
def test_a_currency_is_one_of_those_there_are(business: Business, user: User, code: str) -> None:
    assert form(business, user, currency=code).errors["currency"]


def test_the_business_s_currency_stands_first(user: User) -> None:
    business = make_business(currency="KWD", country="KW")
    choices = form(business, user).fields["currency"].choices  # type: ignore[attr-defined]
    assert next(iter(choices))[0] == "KWD"
    assert len({code for code, _name in choices}) == len(choices) > 100


def test_a_currency_that_is_out_of_use_stays_on_its_invoice(business: Business, user: User) -> None:
    old = make_invoice(currency="HRK")
    filled = form(business, user, instance=old, currency="HRK")
    assert filled.is_valid()
    assert filled.instance.currency == "HRK"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"due_on": "2026-11-01"}, "due_on", "before it was issued"),
        ({"issued_on": ""}, "issued_on", "required"),
        ({"issued_on": "2026-02-31"}, "issued_on", "valid date"),
        ({"issued_on": "yesterday"}, "issued_on", "valid date"),
        ({"issued_on": "0026-11-02"}, "issued_on", "Is the year right?"),
        ({"due_on": "9999-12-31"}, "due_on", "Is the year right?"),
        ({"due_on": "1" * 100_000}, "due_on", "valid date"),
        ({"issued_on": "2026-11-02\0"}, "issued_on", "valid date"),
        ({"paid": "on", "paid_on": "2026-11-18"}, "paid_on", "still to come"),
        ({"paid": "on", "paid_on": "soon"}, "paid_on", "valid date"),
        ({"description": "x" * 301}, "description", "at most 300"),
        ({"description": "x" * 100_000}, "description", "at most 300"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    business: Business, user: User, changes: dict[str, str], field: str, words: str
) -> None:
    filled = form(business, user, **changes)
    assert words in filled.errors[field][0]
    assert filled.errors.keys() == {field}


def test_the_day_of_issue_may_be_the_day_it_is_due(business: Business, user: User) -> None:
    assert form(business, user, due_on="2026-11-02").is_valid()
    assert form(business, user, due_on="").is_valid()


def test_paid_without_a_day_is_paid_today(business: Business, user: User) -> None:
    filled = form(business, user, paid="on", paid_on="")
    assert filled.is_valid()
    assert filled.instance.paid_on == TODAY


def test_a_day_nobody_sees_is_not_read(business: Business, user: User) -> None:
    filled = form(business, user, paid_on="nonsense")
    assert filled.is_valid()
    assert filled.instance.paid_on is None


def test_what_is_for_is_one_line_without_tricks(business: Business, user: User) -> None:
    filled = form(business, user, description="  Cut \u202e and\r\n col\0our 💇 ")
    assert filled.is_valid()
    assert filled.instance.description == "Cut and colour 💇"


def test_a_new_invoice_is_due_in_a_fortnight() -> None:
    assert first_values(TODAY) == {"issued_on": TODAY, "due_on": date(2026, 12, 1)}


def test_an_invoice_is_shown_as_it_would_be_typed(business: Business, user: User) -> None:
    shown = InvoiceForm(
        instance=make_invoice(amount=Decimal("1234.5"), paid_on=date(2026, 11, 12)),
        business=business,
        user=user,
        now=NOW,
        today=TODAY,
    )
    assert 'value="1234,50"' in shown["amount"].as_widget()
    assert 'value="2026-11-16"' in shown["due_on"].as_widget()
    assert 'value="2026-11-12"' in shown["paid_on"].as_widget()
    assert "checked" in shown["paid"].as_widget()


def test_files_are_held_when_the_form_has_errors(business: Business, user: User) -> None:
    wrong = form(business, user, upload(jpeg(), "photo.jpg"), amount="x")
    assert not wrong.is_valid()
    held = HeldReceipt.objects.get()
    assert (held.uploaded_by, held.filename) == (user, "photo.jpg")
    again = wrong["held"].as_widget()
    assert f'value="{held.pk}"' in again
    assert "checked" in again
    assert "photo.jpg · " in again


def test_held_files_come_along_with_the_corrected_form(business: Business, user: User) -> None:
    form(business, user, upload(jpeg(), "photo.jpg"), amount="x").is_valid()
    held = HeldReceipt.objects.get()
    right = form(business, user, held=[str(held.pk)])
    assert right.is_valid()
    assert right.to_attach == [held]


def test_a_held_file_is_not_read_again_when_it_is_chosen_again(
    business: Business, user: User
) -> None:
    form(business, user, upload(jpeg(), "photo.jpg"), amount="x").is_valid()
    held = HeldReceipt.objects.get()
    right = form(business, user, upload(jpeg(), "photo.jpg"), held=[str(held.pk)])
    assert right.is_valid()
    assert right.to_attach == [held]
    assert right.remarks == ["“photo.jpg” is on this invoice already."]


@pytest.mark.parametrize("asked", ["999", "-1", "x", "1 OR 1=1", "9" * 100, "٣", "\0", ""])
def test_a_held_file_that_is_not_there_is_asked_for_again_or_left_alone(
    business: Business, user: User, asked: str
) -> None:
    form(business, user, upload(jpeg(), "photo.jpg"), amount="x").is_valid()
    kept = HeldReceipt.objects.get()
    tried = form(business, user, held=[str(kept.pk), asked])
    assert tried.is_valid() is (asked != "999")
    assert tried.kept == [kept]


def test_nobody_takes_what_somebody_else_uploaded(business: Business, user: User) -> None:
    form(business, make_user("ravi"), upload(jpeg(), "private.jpg"), amount="x").is_valid()
    theirs = HeldReceipt.objects.get()
    tried = form(business, user, held=[str(theirs.pk)])
    assert not tried.is_valid()
    assert "private.jpg" not in tried["held"].as_widget()


def test_one_bad_file_does_not_lose_the_good_ones(business: Business, user: User) -> None:
    tried = form(business, user, upload(jpeg(), "good.jpg"), upload(SCRIPT, "bad.jpg"))
    assert not tried.is_valid()
    assert "“bad.jpg” is a web page" in tried.errors["receipt"][0]
    assert [held.filename for held in tried.kept] == ["good.jpg"]


def test_the_number_of_the_form_goes_with_the_invoice(business: Business, user: User) -> None:
    form_id = uuid4()
    sent = form(business, user, form_id=str(form_id))
    assert sent.is_valid()
    assert sent.instance.form_id == form_id
