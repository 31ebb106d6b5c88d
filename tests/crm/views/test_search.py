"""One box that finds customers, invoices and messages."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.make import NOW, make_customer, make_invoice, make_message

pytestmark = pytest.mark.django_db


def find(client: Client, typed: str, **headers: str) -> tuple[str, Any]:
    response = client.get("/search/", {"q": typed}, headers=headers)
    assert response.status_code == 200
    return response.content.decode(), response.context


def test_the_palette_gets_links_to_follow_with_the_arrow_keys(client: Client) -> None:
    zoe = make_customer()
    page, _context = find(client, "zoe", **{"HX-Request": "true"})
    assert f'<a class="palette-item" href="/customer/{zoe.pk}/">' in page
    assert "<html" not in page


def test_the_page_works_without_a_script(client: Client) -> None:
    make_customer()
    page, context = find(client, "612 345")
    assert "<html" in page
    assert 'value="612 345"' in page
    assert len(context["found"]["customers"]) == 1


def test_who_begins_with_the_words_comes_first(client: Client) -> None:
    for name in ("Susana Gil", "Ana Ruiz"):
        make_customer(name=name)
    _page, context = find(client, "ana")
    assert [one.name for one in context["found"]["customers"]] == ["Ana Ruiz", "Susana Gil"]


@pytest.mark.parametrize("typed", ["129.95", "129,95", "€129.95", "colour", "cut colour"])
def test_an_invoice_is_found_by_its_amount_and_what_it_is_for(client: Client, typed: str) -> None:
    invoice = make_invoice(amount=Decimal("129.95"), description="Cut and colour")
    page, _context = find(client, typed)
    assert f'href="/invoice/{invoice.pk}/"' in page
    assert "129,95\xa0€" in page


def test_a_message_is_found_by_its_words(client: Client) -> None:
    message = make_message(message_content="Your order is ready")
    page, _context = find(client, "order ready")
    assert f'href="/message/{message.pk}/"' in page


def test_nothing_of_somebody_in_the_trash_is_found(client: Client) -> None:
    gone = make_customer(name="Zoë", trashed_at=NOW)
    make_invoice(gone, description="zoe")
    make_message(gone, message_content="zoe")
    page, _context = find(client, "zoe")
    assert "Nothing matches “zoe”." in page
    assert "/customer/create/?name=zoe" in page


@pytest.mark.parametrize("typed", ["", "  ", "\x00"])
def test_nothing_typed_asks_for_something(client: Client, typed: str) -> None:
    page, context = find(client, typed, **{"HX-Request": "true"})
    assert "Type a name" in page
    assert "found" not in context


@pytest.mark.parametrize("typed", ["<script>", "%", "'; --", "x" * 5000, "\u202e", "9" * 150])
def test_hostile_words_are_only_words(client: Client, typed: str) -> None:
    make_customer()
    page, _context = find(client, typed)
    assert "<script>alert" not in page
    assert f"“{typed}”" not in page or "<" not in typed


def test_many_finds_ask_the_database_no_more_than_one(client: Client) -> None:
    asked = []
    find(client, "zoe")
    for count in (1, 40):
        for _ in range(count):
            zoe = make_customer()
            make_invoice(zoe, description="Zoe")
            make_message(zoe, message_content="zoe")
        with CaptureQueriesContext(connection) as queries:
            find(client, "zoe")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 10


def test_a_customer_without_company_and_email_is_told_by_the_phone_alone(client: Client) -> None:
    make_customer(email="", company="")
    page, _context = find(client, "zoe")
    assert '<span class="row-note"><bdi>612 34 56 78</bdi></span>' in page
