"""Adding, changing, paying, throwing away and bringing back invoices."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from crm.actions import invoices
from crm.models import Business, Event, HeldReceipt, Invoice, MessageSchedule, Receipt, User
from rules.message_states import Status
from tests.make import NOW, make_customer, make_invoice, make_message, make_reminder

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 17)


@pytest.fixture(autouse=True)
def _business(business: Business) -> None:
    """What messages say needs one."""


def draft(**changes: Any) -> Invoice:
    values = {"amount": Decimal("129.95"), "currency": "EUR", "issued_on": date(2026, 11, 2)}
    return Invoice(customer=make_customer(), **(values | changes))


def kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def held(user: User, **changes: Any) -> HeldReceipt:
    values = {"file": "receipts/aa/a.jpg", "filename": "a.jpg", "content_type": "image/jpeg"}
    return HeldReceipt.objects.create(
        **(values | {"size": 10, "sha256": "a" * 64, "uploaded_by": user} | changes)
    )


def test_a_new_invoice_is_written_down_with_its_receipts(user: User) -> None:
    invoice = invoices.add(draft(), [held(user)], actor=user)
    assert invoice.created_by == user
    assert [receipt.filename for receipt in invoice.receipts.live()] == ["a.jpg"]
    assert not HeldReceipt.objects.exists()
    assert kinds() == ["invoice.added", "receipt.added"]
    assert Event.objects.get(kind="invoice.added").detail["amount"] == "129.950"


def test_a_form_sent_twice_adds_one_invoice(user: User) -> None:
    form_id = uuid4()
    first = invoices.add(draft(form_id=form_id), actor=user)
    again = draft(amount=Decimal(5), form_id=form_id)
    assert invoices.add(again, actor=user) == first
    assert Invoice.objects.get().amount == first.amount


def test_another_fault_of_the_database_is_not_hidden(user: User) -> None:
    wrong = draft(amount=Decimal(-1))
    with pytest.raises(IntegrityError):
        invoices.add(wrong, actor=user)


def test_a_change_keeps_what_it_was(user: User) -> None:
    invoice = make_invoice()
    invoice.amount, invoice.due_on = Decimal(150), None
    assert invoices.change(invoice, actor=user, now=NOW)
    event = Event.objects.get()
    assert event.detail["fields"] == {
        "amount": ["129.950", "150.000"],
        "due_on": ["2026-11-16", ""],
    }
    assert event.detail["worth"] == [["129.950", "EUR"], ["150.000", "EUR"]]
    invoice.refresh_from_db()
    assert (invoice.amount, invoice.due_on) == (Decimal(150), None)


def test_a_change_of_nothing_is_no_event(user: User) -> None:
    assert not invoices.change(make_invoice(), actor=user, now=NOW)
    assert kinds() == []


def test_a_receipt_alone_is_a_change(user: User) -> None:
    assert invoices.change(make_invoice(), [held(user)], actor=user, now=NOW)
    assert kinds() == ["receipt.added"]


def test_paying_is_done_once(user: User) -> None:
    invoice = make_invoice()
    assert invoices.pay(invoice, TODAY, actor=user, now=NOW) == 0
    assert invoices.pay(invoice, TODAY, actor=user, now=NOW) is None
    invoice.refresh_from_db()
    assert invoice.paid_on == TODAY
    assert kinds() == ["invoice.paid"]


def test_a_paid_invoice_is_not_asked_for_any_more(user: User) -> None:
    invoice = make_invoice()
    ahead = make_message(invoice.customer, invoice=invoice)
    due = make_reminder(invoice.customer, invoice=invoice)
    sent = make_message(invoice.customer, invoice=invoice, status=Status.SENT)
    other = make_message(invoice.customer)
    assert invoices.pay(invoice, TODAY, actor=user, now=NOW) == 2
    states = dict(MessageSchedule.objects.values_list("pk", "status"))
    assert states == {
        ahead.pk: Status.CANCELLED,
        due.pk: Status.CANCELLED,
        sent.pk: Status.SENT,
        other.pk: Status.SCHEDULED,
    }


def test_taking_back_a_payment_brings_its_messages_back(user: User) -> None:
    invoice = make_invoice()
    ahead = make_message(invoice.customer, invoice=invoice)
    due = make_reminder(invoice.customer, invoice=invoice)
    called_off = make_message(invoice.customer, invoice=invoice, status=Status.CANCELLED)
    invoices.pay(invoice, TODAY, actor=user, now=NOW)
    assert invoices.unpay(invoice, actor=user, now=NOW)
    states = dict(MessageSchedule.objects.values_list("pk", "status"))
    assert states == {
        ahead.pk: Status.SCHEDULED,
        due.pk: Status.DUE,
        called_off.pk: Status.CANCELLED,
    }
    invoice.refresh_from_db()
    assert invoice.paid_on is None
    assert not invoices.unpay(invoice, actor=user, now=NOW)


def test_a_message_on_its_way_is_left_alone(user: User) -> None:
    invoice = make_invoice()
    make_message(invoice.customer, invoice=invoice, status=Status.SENDING)
    assert invoices.pay(invoice, TODAY, actor=user, now=NOW) == 0
    assert MessageSchedule.objects.get().status == Status.SENDING


def test_an_edit_that_pays_or_takes_back_does_the_same(user: User) -> None:
    invoice = make_invoice()
    message = make_message(invoice.customer, invoice=invoice)
    invoice.paid_on = TODAY
    invoices.change(invoice, actor=user, now=NOW)
    message.refresh_from_db()
    assert message.status == Status.CANCELLED
    invoice.paid_on = None
    invoices.change(invoice, actor=user, now=NOW)
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED


def test_an_invoice_goes_to_the_trash_and_comes_back_with_its_messages(user: User) -> None:
    invoice = make_invoice()
    message = make_message(invoice.customer, invoice=invoice)
    assert invoices.trash(invoice, actor=user, now=NOW) == 1
    assert invoices.trash(invoice, actor=user, now=NOW) is None
    assert not Invoice.objects.live().exists()
    message.refresh_from_db()
    assert message.status == Status.CANCELLED
    assert invoices.restore(invoice, actor=user, now=NOW)
    assert not invoices.restore(invoice, actor=user, now=NOW)
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED
    assert Invoice.objects.live().get() == invoice


def test_history_tells_of_the_invoice_and_its_receipts_only(user: User) -> None:
    customer = make_customer()
    invoice, other = make_invoice(customer), make_invoice(customer)
    invoices.change(invoice, [held(user)], actor=user, now=NOW)
    invoices.pay(invoice, TODAY, actor=user, now=NOW)
    invoices.pay(other, TODAY, actor=user, now=NOW)
    Event.objects.create(customer=customer, kind="message.sent", subject_id=invoice.pk)
    told = [event.kind for event in invoices.history(invoice)]
    assert told == ["invoice.paid", "receipt.added"]
    assert Receipt.objects.get().invoice == invoice


def test_what_somebody_has_just_thrown_away_is_neither_paid_nor_owed_again(user: User) -> None:
    """They had it on their screens, each of them, and the other was faster."""
    unpaid, paid = make_invoice(), make_invoice()
    for invoice in (unpaid, paid):
        make_message(invoice.customer, invoice=invoice)
    invoices.pay(paid, TODAY, actor=user, now=NOW)
    for invoice in (unpaid, paid):
        invoices.trash(invoice, actor=user, now=NOW)

    assert invoices.pay(unpaid, TODAY, actor=user, now=NOW) is None
    assert invoices.unpay(paid, actor=user, now=NOW) is False
    assert not MessageSchedule.objects.exclude(status=Status.CANCELLED).exists()
