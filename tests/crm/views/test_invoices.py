"""The list of invoices, the page of each, and every deed on it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Business, Customer, HeldReceipt, Invoice, MessageSchedule, Receipt
from rules.message_states import Status
from tests.make import NOW, make_customer, make_invoice, make_message
from tests.uploads import SCRIPT, jpeg, pdf, upload

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 17)
FILLED = {"amount": "129,95", "currency": "EUR", "issued_on": "2026-11-17", "due_on": ""}


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, name: str, *args: int, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode().replace("\xa0", " ")


def listed(client: Client, **query: str) -> list[int]:
    answer = client.get(reverse("invoice_list"), query)
    return [invoice.pk for invoice in answer.context["page"].rows]


def create(client: Client, customer: Customer, **sent: Any) -> Any:
    return client.post(reverse("invoice_create", args=[customer.pk]), FILLED | sent)


@pytest.mark.parametrize(
    "name", ["invoice_detail", "invoice_edit", "invoice_paid", "invoice_unpaid", "invoice_delete"]
)
def test_a_stranger_is_asked_to_sign_in(stranger: Client, client: Client, name: str) -> None:
    url = reverse(name, args=[make_invoice().pk])
    for answer in (stranger.get(url), stranger.post(url)):
        assert answer["Location"].startswith(reverse("account_login"))
    assert Invoice.objects.live().unpaid().exists()


# --- entering one ---------------------------------------------------------------------------------


def test_a_new_form_is_filled_in_with_what_is_likely(client: Client) -> None:
    form = page(client, "invoice_create", make_customer().pk)
    assert 'name="issued_on" value="2026-11-17"' in form
    assert 'name="due_on" value="2026-12-01"' in form
    assert "multipart/form-data" in form
    assert 'name="receipt"' in form
    assert "multiple" in form
    assert 'capture="environment"' in form


def test_an_invoice_is_entered_with_several_receipts(client: Client) -> None:
    customer = make_customer()
    files = [upload(jpeg(), "one.jpg"), upload(pdf(), "two.pdf")]
    answer = create(client, customer, description="Cut", receipt=files)
    invoice = Invoice.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("invoice_detail", args=[invoice.pk])
    assert (invoice.customer, invoice.amount) == (customer, Decimal("129.95"))
    assert invoice.receipts.count() == 2
    shown = page(client, "invoice_detail", invoice.pk)
    assert "The invoice is saved." in shown
    assert "129,95 €" in shown
    assert "two.pdf" in shown


def test_a_form_with_errors_keeps_what_was_typed_and_uploaded(client: Client) -> None:
    customer = make_customer()
    typed = {"amount": "12x", "description": "Cut & <b>colour</b>"}
    answer = create(client, customer, **typed, receipt=[upload(jpeg(), "one.jpg")])
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert 'value="12x"' in shown
    assert "Cut &amp; &lt;b&gt;colour" in shown
    assert "one.jpg" in shown
    assert not Invoice.objects.exists()

    held = HeldReceipt.objects.get()
    create(client, customer, held=[held.pk])
    assert Receipt.objects.get().filename == "one.jpg"
    assert not HeldReceipt.objects.exists()


def test_a_held_file_that_is_unticked_is_not_added(client: Client) -> None:
    customer = make_customer()
    create(client, customer, amount="", receipt=[upload(jpeg(), "one.jpg")])
    create(client, customer)
    assert Invoice.objects.get().receipts.count() == 0


def test_a_form_sent_twice_makes_one_invoice(client: Client) -> None:
    customer, form_id = make_customer(), str(uuid4())
    first = create(client, customer, form_id=form_id, receipt=[upload(jpeg(), "one.jpg")])
    again = create(client, customer, form_id=form_id, receipt=[upload(jpeg(), "one.jpg")])
    assert again["Location"] == first["Location"]
    assert Invoice.objects.count() == Receipt.objects.count() == 1


@pytest.mark.parametrize("form_id", ["", "x", "\0", "1" * 100_000])
def test_a_broken_number_of_the_form_is_no_obstacle(client: Client, form_id: str) -> None:
    assert create(client, make_customer(), form_id=form_id).status_code == 302


def test_there_is_no_invoice_for_nobody(client: Client) -> None:
    gone = make_customer(trashed_at=NOW)
    for customer_id in (gone.pk, 999):
        url = reverse("invoice_create", args=[customer_id])
        assert client.get(url).status_code == 404
        assert client.post(url, FILLED).status_code == 404


# --- changing one ---------------------------------------------------------------------------------


def test_an_invoice_is_changed_and_says_so(client: Client) -> None:
    invoice = make_invoice()
    url = reverse("invoice_edit", args=[invoice.pk])
    assert 'value="129,95"' in page(client, "invoice_edit", invoice.pk)
    changed = FILLED | {"amount": "150", "issued_on": "2026-11-02", "due_on": "2026-11-16"}
    answer = client.post(url, changed | {"description": "Cut", "receipt": [upload(pdf(), "a.pdf")]})
    assert answer["Location"] == reverse("invoice_detail", args=[invoice.pk])
    shown = page(client, "invoice_detail", invoice.pk)
    assert "150,00 €" in shown
    assert "Amount: 129,95 € → 150,00 € · What for: Cut and colour → Cut" in shown
    assert "a.pdf" in shown


def test_nothing_changed_is_said_and_not_written_down(client: Client) -> None:
    invoice = make_invoice(description="", due_on=None, issued_on=TODAY)
    answer = client.post(reverse("invoice_edit", args=[invoice.pk]), FILLED, follow=True)
    assert "Nothing was changed." in answer.content.decode()


def test_a_wrong_change_changes_nothing(client: Client) -> None:
    invoice = make_invoice()
    url = reverse("invoice_edit", args=[invoice.pk])
    answer = client.post(url, FILLED | {"due_on": "2026-01-01"})
    assert answer.status_code == 422
    assert "It is due before it was issued." in answer.content.decode()
    invoice.refresh_from_db()
    assert invoice.description == "Cut and colour"


# --- deeds ----------------------------------------------------------------------------------------


def deed(client: Client, name: str, invoice: Invoice, query: str = "", **sent: str) -> str:
    url = reverse(name, args=[invoice.pk]) + query
    answer = client.post(url, sent, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_invoice_is_marked_as_paid_and_that_is_taken_back(client: Client) -> None:
    invoice = make_invoice()
    shown = deed(client, "invoice_paid", invoice)
    assert "Marked as paid." in shown
    assert f'action="{reverse("invoice_unpaid", args=[invoice.pk])}?' in shown
    invoice.refresh_from_db()
    assert invoice.paid_on == TODAY
    assert "It was marked as paid already." in deed(client, "invoice_paid", invoice)
    assert "Marked as unpaid." in deed(client, "invoice_unpaid", invoice)
    assert "It was marked as unpaid already." in deed(client, "invoice_unpaid", invoice)
    invoice.refresh_from_db()
    assert invoice.paid_on is None


def test_messages_that_are_called_off_are_told(client: Client) -> None:
    invoice = make_invoice()
    make_message(invoice.customer, invoice=invoice)
    assert "A message about it was called off." in deed(client, "invoice_paid", invoice)
    assert MessageSchedule.objects.get().status == Status.CANCELLED
    deed(client, "invoice_unpaid", invoice)
    make_message(invoice.customer, invoice=invoice)
    assert "2 messages about it were called off." in deed(client, "invoice_delete", invoice)


def test_taking_back_unpaid_keeps_the_day_it_was_paid(client: Client) -> None:
    invoice = make_invoice(paid_on=date(2026, 11, 5))
    shown = deed(client, "invoice_unpaid", invoice)
    assert "on=2026-11-05" in shown
    deed(client, "invoice_paid", invoice, "?on=2026-11-05")
    invoice.refresh_from_db()
    assert invoice.paid_on == date(2026, 11, 5)


@pytest.mark.parametrize("on", ["", "x", "2026-02-31", "2099-01-01", "\0"])
def test_a_day_that_cannot_be_is_today(client: Client, on: str) -> None:
    invoice = make_invoice()
    client.post(reverse("invoice_paid", args=[invoice.pk]), query_params={"on": on})
    invoice.refresh_from_db()
    assert invoice.paid_on == TODAY


def test_an_invoice_is_deleted_and_brought_back(client: Client) -> None:
    invoice = make_invoice()
    url = reverse("invoice_delete", args=[invoice.pk])
    answer = client.post(url)
    assert answer["Location"] == reverse("customer_detail", args=[invoice.customer_id])
    shown = page(client, "invoice_list")
    assert "The invoice is in the trash." in shown
    assert f'action="{reverse("invoice_restore", args=[invoice.pk])}"' in shown
    assert client.get(reverse("invoice_detail", args=[invoice.pk])).status_code == 404
    client.post(url)
    assert "The invoice is in the trash already." in page(client, "invoice_list")
    assert "The invoice is back." in deed(client, "invoice_restore", invoice)
    deed(client, "invoice_restore", invoice)
    assert Invoice.objects.live().get() == invoice


def test_a_deed_leads_back_to_where_it_was_done_and_nowhere_else(client: Client) -> None:
    invoice = make_invoice()
    back = reverse("customer_detail", args=[invoice.customer_id])
    url = reverse("invoice_paid", args=[invoice.pk])
    assert client.post(url, {"next": back})["Location"] == back
    own = reverse("invoice_detail", args=[invoice.pk])
    assert client.post(url, {"next": "https://evil.example/"})["Location"] == own


@pytest.mark.parametrize(
    "name", ["invoice_paid", "invoice_unpaid", "invoice_delete", "invoice_restore"]
)
def test_deeds_are_posted(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[make_invoice().pk])).status_code == 405


# --- the page of one ------------------------------------------------------------------------------


def test_the_page_offers_what_comes_next(client: Client) -> None:
    invoice = make_invoice()
    shown = page(client, "invoice_detail", invoice.pk)
    message = reverse("message_schedule", args=[invoice.customer_id])
    assert f'href="{message}?invoice={invoice.pk}"' in shown
    assert "1 day late" in shown
    assert "Mark as paid" in shown
    assert "Mark as unpaid" not in shown


def test_the_page_of_a_paid_invoice_does_not_ask_for_money(client: Client) -> None:
    shown = page(client, "invoice_detail", make_invoice(paid_on=TODAY).pk)
    assert "Paid today" in shown
    assert "Mark as paid" not in shown
    assert "Mark as unpaid" in shown


def test_words_of_people_are_never_markup(client: Client) -> None:
    customer = make_customer(name=SCRIPT.decode())
    invoice = make_invoice(customer, description=SCRIPT.decode())
    for name in ("invoice_detail", "invoice_edit"):
        assert SCRIPT.decode() not in page(client, name, invoice.pk)
    assert SCRIPT.decode() not in page(client, "invoice_list")


def test_the_page_asks_as_much_for_a_lot_as_for_a_little(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    invoice = make_invoice()
    url = reverse("invoice_detail", args=[invoice.pk])
    client.get(url)
    with django_assert_num_queries(11):
        client.get(url)
    for number in range(60):
        make_message(invoice.customer, invoice=invoice, at=NOW + timedelta(hours=number))
        Receipt.objects.create(
            invoice=invoice, filename=f"{number}.jpg", size=1, sha256=str(number), file="a.jpg"
        )
    with django_assert_num_queries(11):
        client.get(url)


# --- the list -------------------------------------------------------------------------------------


@pytest.fixture
def four(business: Business) -> dict[str, Invoice]:
    zoe = make_customer()
    return {
        "late": make_invoice(zoe, due_on=TODAY - timedelta(1)),
        "later": make_invoice(
            zoe, issued_on=date(2026, 10, 1), due_on=date(2026, 10, 2), currency="USD"
        ),
        "owed": make_invoice(make_customer(name="Ravi Patel"), amount=Decimal(80), due_on=None),
        "paid": make_invoice(zoe, amount=Decimal(45), paid_on=date(2026, 11, 1)),
    }


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("", ["paid", "owed", "late", "later"]),
        ("unpaid", ["later", "late", "owed"]),
        ("overdue", ["later", "late"]),
        ("paid", ["paid"]),
        ("nonsense", ["paid", "owed", "late", "later"]),
    ],
)
def test_each_way_of_showing_has_its_order(
    client: Client, four: dict[str, Invoice], show: str, expected: list[str]
) -> None:
    assert listed(client, show=show) == [four[name].pk for name in expected]


def test_what_is_paid_last_stands_first(client: Client, four: dict[str, Invoice]) -> None:
    newer = make_invoice(issued_on=date(2026, 1, 1), due_on=None, paid_on=TODAY)
    assert listed(client, show="paid") == [newer.pk, four["paid"].pk]


def test_currencies_are_not_added_up(client: Client, four: dict[str, Invoice]) -> None:
    tiles = client.get(reverse("invoice_list")).context["tiles"]
    told = {str(tile.name): (tile.amounts, tile.count) for tile in tiles}
    euros, dollars = (Decimal("129.95"), "EUR"), (Decimal("129.95"), "USD")
    assert told == {
        "Overdue": ([euros, dollars], 2),
        "Unpaid": ([(Decimal("209.95"), "EUR"), dollars], 3),
        "Paid this month": ([(Decimal(45), "EUR")], 1),
    }


def test_paid_this_month_begins_with_the_business_s_month(
    client: Client, business: Business
) -> None:
    make_invoice(paid_on=date(2026, 10, 31))
    tiles = client.get(reverse("invoice_list")).context["tiles"]
    assert tiles[2].amounts == [(Decimal(0), "EUR")]
    assert tiles[2].count == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ravi", ["owed"]),
        ("RAVI cut", ["owed"]),
        ("ravi shampoo", []),
        ("80", ["owed"]),
        ("80,00 €", ["owed"]),
        ("129.95", ["late", "later"]),
        ("129", []),
        ("oneill", []),
        ("o'neill", ["paid", "late", "later"]),
        ("'; DROP TABLE", []),
        ("%", []),
        ("\0", ["paid", "owed", "late", "later"]),
        ("x" * 100_000, []),
        ("😀", []),
    ],
)
def test_a_search_finds_customers_words_and_amounts(
    client: Client, four: dict[str, Invoice], query: str, expected: list[str]
) -> None:
    assert listed(client, q=query) == [four[name].pk for name in expected]


def test_a_search_stays_within_what_is_shown(client: Client, four: dict[str, Invoice]) -> None:
    assert listed(client, q="zoë", show="paid") == [four["paid"].pk]
    shown = page(client, "invoice_list", q="zoë", show="paid")
    assert '?show=overdue&amp;q=zo%C3%AB"' in shown
    assert '<input type="hidden" name="show" value="paid">' in shown


def test_what_is_late_offers_a_reminder(client: Client, four: dict[str, Invoice]) -> None:
    shown = page(client, "invoice_list", show="overdue")
    message = reverse("message_schedule", args=[four["late"].customer_id])
    assert f'href="{message}?invoice={four["late"].pk}"' in shown
    assert "46 days late" in shown


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    assert "No invoices yet" in page(client, "invoice_list")
    make_invoice(paid_on=TODAY)
    assert "Nothing is overdue" in page(client, "invoice_list", show="overdue")
    assert "None of these" in page(client, "invoice_list", show="unpaid")
    assert "No such invoice" in page(client, "invoice_list", q="nobody")


def test_the_trash_is_not_listed(client: Client) -> None:
    make_invoice(trashed_at=NOW)
    make_invoice(make_customer(trashed_at=NOW))
    assert listed(client) == []


def many(number: int) -> None:
    customer = make_customer()
    Invoice.objects.bulk_create(
        Invoice(
            customer=customer,
            amount=Decimal(number),
            currency="EUR",
            issued_on=TODAY - timedelta(days=number % 300),
            due_on=TODAY,
        )
        for number in range(number)
    )


def test_the_list_is_turned_page_by_page(client: Client) -> None:
    many(120)
    first, second, third = (listed(client, page=str(number)) for number in (1, 2, 3))
    assert [len(rows) for rows in (first, second, third)] == [50, 50, 20]
    assert len({*first, *second, *third}) == 120
    assert listed(client, page="99") == third
    assert listed(client, page="x") == listed(client, page="-1") == first
    assert "page=2" in page(client, "invoice_list", show="unpaid")


def test_the_list_asks_as_much_for_a_lot_as_for_a_little(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_invoice()
    client.get(reverse("invoice_list"))
    with django_assert_num_queries(10):
        client.get(reverse("invoice_list"))
    many(200)
    with django_assert_num_queries(10):
        client.get(reverse("invoice_list"))
