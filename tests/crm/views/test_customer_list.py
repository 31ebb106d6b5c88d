"""The list of customers, on its own page and on Today."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Customer, Tag
from tests.make import NOW, make_customer, make_invoice, make_message, make_reminder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_now")]

INDEX = "/customers/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def _at_now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def names(client: Client, address: str, **headers: str) -> list[str]:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return [row.customer.name for row in response.context["rows"]]


def text(client: Client, address: str, **headers: str) -> str:
    return client.get(address, headers=headers).content.decode()


def fill(count: int) -> None:
    tag = Tag.objects.get_or_create(name="vip")[0]
    for number in range(count):
        customer = make_customer(name=f"Customer {number:03}")
        customer.tags.add(tag)
        make_invoice(customer)
        make_message(customer)


def test_a_row_tells_what_they_owe_and_when_they_hear_from_us(client: Client) -> None:
    zoe = make_customer(company="Café Luna")
    zoe.tags.add(Tag.objects.create(name="vip"))
    make_invoice(zoe, amount=Decimal("129.95"))
    make_invoice(zoe, amount=Decimal(10), currency="USD")
    make_message(zoe, at=NOW + timedelta(days=1))
    page = text(client, INDEX)
    assert "Café Luna" in page
    assert "612 34 56 78" in page
    assert ">vip<" in page
    assert "owes 129,95\xa0€ + 10,00\xa0US$" in page
    assert "tomorrow 10:30" in page


@pytest.mark.parametrize("address", [INDEX, "/"])
def test_searching_answers_with_the_list_alone(client: Client, address: str) -> None:
    make_customer(name="Zoë O'Neill")
    make_customer(name="Ravi Patel", email="", phone_number="")
    response = client.get(f"{address}?q=zoe", headers=HTMX)
    page = response.content.decode()
    assert "Zoë O&#x27;Neill" in page
    assert "Ravi" not in page
    assert "<html" not in page
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("typed", ["345 678", "612-34", "+34 612", "neill", "ZOE"])
def test_any_part_is_enough(client: Client, typed: str) -> None:
    make_customer(name="Zoë O'Neill", phone_number="+34612345678")
    make_customer(name="Ravi Patel", email="", phone_number="+447911123456")
    response = client.get(INDEX, {"q": typed})
    assert [row.customer.name for row in response.context["rows"]] == ["Zoë O'Neill"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [("Noor", "name"), ("600 11 22 33", "phone_number"), ("noor@example.com", "email")],
)
def test_who_is_not_found_can_be_added_with_what_was_typed(
    client: Client, typed: str, field: str
) -> None:
    page = client.get(INDEX, {"q": typed}).content.decode()
    assert f"Nobody matches “{typed}”" in page
    link = next(part for part in page.split('"') if part.startswith("/customer/create/?"))
    form = client.get(link).context["form"]
    assert form[field].value() == typed


def test_an_empty_book_invites(client: Client) -> None:
    assert "Nobody here yet" in text(client, INDEX)
    assert "Nobody here yet" in text(client, "/")


def test_tags_filter_and_an_unknown_tag_shows_the_way_back(client: Client) -> None:
    make_customer(name="Zoë").tags.add(Tag.objects.create(name="new client"))
    make_customer(name="Ravi")
    assert names(client, f"{INDEX}?tag=New+Client") == ["Zoë"]
    assert names(client, f"{INDEX}?tag=gone") == []
    assert "Show everybody" in text(client, f"{INDEX}?tag=gone")


def test_the_order_is_by_name_or_the_newest_first(client: Client) -> None:
    make_customer(name="Zoë", created_at=NOW)
    make_customer(name="Ana", created_at=NOW - timedelta(days=1))
    make_customer(name="Ben", created_at=NOW + timedelta(days=1))
    assert names(client, INDEX) == ["Ana", "Ben", "Zoë"]
    assert names(client, f"{INDEX}?by=added") == ["Ben", "Zoë", "Ana"]


def test_links_between_pages_keep_the_search(client: Client) -> None:
    fill(51)
    page = text(client, f"{INDEX}?q=customer&tag=vip")
    assert 'rel="next" href="?q=customer&amp;tag=vip&amp;page=2"' in page
    assert "51 customers" in page
    assert names(client, f"{INDEX}?q=customer&tag=vip&page=2") == ["Customer 050"]


def test_today_shows_an_excerpt_and_the_way_to_all(client: Client) -> None:
    fill(21)
    page = text(client, "/?by=added")
    assert 'href="/customers/?by=added&amp;page=2"' in page
    assert len(names(client, "/")) == 20


def test_today_puts_what_wants_a_person_before_the_customers(client: Client) -> None:
    make_reminder()
    page = text(client, "/")
    assert page.index("WhatsApp to") < page.index('id="customers-title"')
    assert page.index("(1) Today") < page.index("</title>")


def test_who_is_in_the_trash_is_not_listed(client: Client) -> None:
    make_customer(trashed_at=NOW)
    assert names(client, INDEX) == []


@pytest.mark.parametrize(
    "query",
    [
        "?q=%00",
        "?q=%27%22%3Cscript%3E",
        "?tag=%00&page=-1",
        "?page=99999999999999999999",
        "?page=%C2%B2",
        "?by=nonsense&q=%25_",
        "?q=%E2%80%AE",
        "?q=" + "x" * 100_000,
        "?q=" + "1" * 5_000,
        "?q=" + "a%20" * 3_000,
    ],
)
def test_nothing_typed_into_the_address_breaks_the_list(client: Client, query: str) -> None:
    make_customer()
    page = text(client, INDEX + query)
    assert "<script>" not in page


def test_what_customers_are_called_is_never_markup(client: Client) -> None:
    make_customer(name="<script>alert(1)</script>", company="<img src=x onerror=alert(1)>")
    page = text(client, INDEX)
    assert "<script>alert" not in page
    assert "<img" not in page


@pytest.mark.parametrize(("address", "most"), [(INDEX, 13), ("/", 18)])
def test_a_long_list_asks_the_database_no_more_than_a_short_one(
    client: Client, address: str, most: int
) -> None:
    client.get(address)
    asked = []
    for count in (1, 60):
        fill(count)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= most


def test_pages_want_somebody_signed_in(stranger: Client, user: object) -> None:
    for name in ("customer_list", "customer_index", "search", "trash", "customer_create"):
        response = stranger.get(reverse(name))
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")
    assert Customer.objects.count() == 0
