"""What lists show of each customer, and in which order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.models import Customer, Invoice, MessageSchedule, Tag
from rules.message_states import Status
from tests.make import NOW, make_customer, make_invoice, make_message

pytestmark = pytest.mark.django_db


def test_who_begins_with_what_was_typed_comes_first() -> None:
    for name in ("Susana Vidal", "Bea Anaya", "Ana Ruiz", "Adriana Gil"):
        make_customer(name=name)
    found = Customer.objects.search("ana").best_first("ana")
    assert [one.name for one in found] == ["Ana Ruiz", "Bea Anaya", "Adriana Gil", "Susana Vidal"]


def test_tags_in_use_come_with_the_most_worn_first() -> None:
    vip, new, trashed = (Tag.objects.create(name=name) for name in ("vip", "new", "unused"))
    make_customer().tags.set([vip])
    make_customer().tags.set([vip, new])
    make_customer(trashed_at=NOW).tags.set([trashed])
    assert [tag.name for tag in Tag.objects.in_use()] == ["vip", "new"]


def test_the_tags_of_many_customers_are_asked_for_at_once() -> None:
    vip, new = (Tag.objects.create(name=name) for name in ("vip", "new"))
    zoe, ravi, _noor = make_customer(), make_customer(), make_customer()
    zoe.tags.set([vip, new])
    ravi.tags.set([vip])
    assert Customer.objects.tag_names() == {zoe.pk: ["new", "vip"], ravi.pk: ["vip"]}


def test_what_is_owed_is_added_up_by_customer_and_currency() -> None:
    zoe, ravi = make_customer(), make_customer(name="Ravi")
    make_invoice(zoe, amount=Decimal(10))
    make_invoice(zoe, amount=Decimal(5))
    make_invoice(zoe, amount=Decimal(7), currency="USD")
    make_invoice(ravi, paid_on=NOW.date())
    make_invoice(ravi, trashed_at=NOW)
    owed = Invoice.objects.live().owed_by_customer()
    assert owed == {zoe.pk: {"EUR": Decimal(15), "USD": Decimal(7)}}


def test_the_next_message_is_the_first_that_is_still_to_go() -> None:
    zoe, ravi = make_customer(), make_customer(name="Ravi")
    make_message(zoe, at=NOW + timedelta(days=2))
    first = make_message(zoe, at=NOW + timedelta(days=1))
    make_message(zoe, at=NOW + timedelta(hours=1), status=Status.CANCELLED)
    make_message(ravi, at=NOW - timedelta(days=1), status=Status.SENT)
    assert MessageSchedule.objects.next_by_customer(NOW) == {zoe.pk: first.due_at}


def test_invoices_are_found_by_what_for_and_by_amount() -> None:
    cut = make_invoice(description="Cut and colour", amount=Decimal(50))
    wash = make_invoice(description="Wash", amount=Decimal("129.95"))
    assert list(Invoice.objects.search("colour")) == [cut]
    assert list(Invoice.objects.search("129,95", amount=Decimal("129.95"))) == [wash]
    assert not Invoice.objects.search("shampoo").exists()


def test_messages_are_found_by_every_word_of_their_text() -> None:
    found = make_message(message_content="Your order is ready")
    make_message(message_content="Your table is ready")
    assert list(MessageSchedule.objects.search("READY order")) == [found]
