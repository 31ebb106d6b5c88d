"""What has been thrown away and can still be had back."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import Invoice, Receipt, User
from crm.views import trash
from tests.make import NOW, make_customer, make_invoice, make_note

pytestmark = pytest.mark.django_db


def thrown(days_ago: int = 0) -> dict[str, Any]:
    return {"trashed_at": NOW - timedelta(days=days_ago)}


def make_receipt(invoice: Invoice, **changes: Any) -> Receipt:
    return Receipt.objects.create(
        invoice=invoice,
        filename="till.pdf",
        content_type="application/pdf",
        size=3,
        sha256=str(invoice.pk),
        file=ContentFile(b"pdf", name="till.pdf"),
        **changes,
    )


@time_machine.travel(NOW, tick=False)
def test_everything_thrown_away_is_listed_with_the_way_back(client: Client, user: User) -> None:
    zoe = make_customer(name="Zoë")
    gone = make_customer(name="Ravi", trashed_by=user, **thrown(3))
    invoice = make_invoice(zoe, **thrown(29))
    receipt = make_receipt(make_invoice(zoe), **thrown())
    note = make_note(zoe, text="Likes tea.", **thrown(30))
    page = client.get("/trash/").content.decode()
    for kind, thing in (
        ("customer", gone),
        ("invoice", invoice),
        ("receipt", receipt),
        ("note", note),
    ):
        assert f'action="/{kind}/{thing.pk}/restore/"' in page
    for words in ("27 days left", "1 day left", "0 days left", "30 days left", "till.pdf", "Ana"):
        assert words in page


def test_what_went_with_a_customer_or_an_invoice_comes_back_with_them(client: Client) -> None:
    gone = make_customer(**thrown())
    make_note(gone, **thrown())
    make_receipt(make_invoice(gone, **thrown()), **thrown())
    make_receipt(make_invoice(make_customer(), **thrown()), **thrown())
    kinds = [section.kind for section in client.get("/trash/").context["sections"]]
    assert kinds == ["customer", "invoice"]


def test_an_empty_trash_says_what_it_is_for(client: Client) -> None:
    assert "The trash is empty" in client.get("/trash/").content.decode()


def test_of_very_much_the_last_thrown_away_are_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "SHOWN_OF_EACH", 2)
    for days_ago in (3, 1, 2):
        make_customer(name=f"Thrown {days_ago}", **thrown(days_ago))
    page = client.get("/trash/").content.decode()
    assert "The 2 thrown away last are shown." in page
    assert "Thrown 3" not in page


def test_a_full_trash_asks_the_database_no_more_than_one_thing_in_it(client: Client) -> None:
    client.get("/trash/")
    asked = []
    for count in (1, 40):
        for _ in range(count):
            zoe = make_customer()
            make_customer(**thrown())
            make_note(zoe, **thrown())
            make_invoice(zoe, **thrown())
            make_receipt(make_invoice(zoe), **thrown())
        with CaptureQueriesContext(connection) as queries:
            client.get("/trash/")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 11
