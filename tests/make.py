"""Rows with realistic, fixed data; a keyword changes only what the test is about."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.models import (
    Business,
    Customer,
    InboundMessage,
    Invoice,
    MessageSchedule,
    Note,
    ProviderAccount,
    Receipt,
    User,
)
from rules.message_states import IN_FLIGHT, Status

#: A Tuesday, mid-morning in Madrid, far from any change of the clocks.
NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


def make_business(**changes: Any) -> Business:
    values: dict[str, Any] = {
        "name": "Salón Luz",
        "country": "ES",
        "time_zone": "Europe/Madrid",
        "currency": "EUR",
        "phone_number": "+34910000000",
    }
    return Business.objects.update_or_create(pk=1, defaults=values | changes)[0]


def make_user(username: str = "ana", **changes: Any) -> User:
    values = {"email": f"{username}@example.com", "password": PASSWORD, "first_name": "Ana"}
    return User.objects.create_user(username, **(values | changes))


def make_customer(**changes: Any) -> Customer:
    values: dict[str, Any] = {
        "name": "Zoë O'Neill",
        "email": "zoe@example.com",
        "phone_number": "+34612345678",
        "phone_as_typed": "612 34 56 78",
    }
    customer = Customer(**(values | changes))
    customer.refresh_search()
    customer.save()
    return customer


def make_invoice(customer: Customer | None = None, **changes: Any) -> Invoice:
    values: dict[str, Any] = {
        "amount": Decimal("129.95"),
        "currency": "EUR",
        "description": "Cut and colour",
        "issued_on": date(2026, 11, 2),
        "due_on": date(2026, 11, 16),
    }
    return Invoice.objects.create(customer=customer or make_customer(), **(values | changes))


def make_receipt(invoice: Invoice | None = None, **changes: Any) -> Receipt:
    """The row alone: no file lies in the storage."""
    values: dict[str, Any] = {
        "file": "receipts/any.pdf",
        "filename": "Invoice 7.pdf",
        "content_type": "application/pdf",
        "size": 8,
        "sha256": "0" * 64,
    }
    return Receipt.objects.create(invoice=invoice or make_invoice(), **(values | changes))


def make_note(customer: Customer | None = None, **changes: Any) -> Note:
    values: dict[str, Any] = {"text": "Prefers mornings."}
    return Note.objects.create(customer=customer or make_customer(), **(values | changes))


def make_message(
    customer: Customer | None = None, *, at: datetime = NOW + timedelta(days=1), **changes: Any
) -> MessageSchedule:
    """A WhatsApp message scheduled for the UTC instant `at`, written down in UTC.

    In flight it is held until a minute after NOW.
    """
    values: dict[str, Any] = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}, see you tomorrow at nine.",
    }
    if changes.get("status") in IN_FLIGHT:
        values["lease_until"] = NOW + timedelta(minutes=1)
    message = MessageSchedule(customer=customer or make_customer(), **(values | changes))
    message.set_time(at.astimezone(UTC).replace(tzinfo=None), "UTC")
    if "due_at" in changes:
        message.due_at = changes["due_at"]
    message.save()
    return message


def make_reminder(customer: Customer | None = None, **changes: Any) -> MessageSchedule:
    """A message whose time came ten minutes before NOW and which a person has to send."""
    values: dict[str, Any] = {
        "at": NOW - timedelta(minutes=10),
        "status": Status.DUE,
        "reason": "by_hand",
        "wants_since": NOW - timedelta(minutes=10),
    }
    return make_message(customer, **(values | changes))


def make_account(**changes: Any) -> ProviderAccount:
    values: dict[str, Any] = {"provider": "console", "channel": "whatsapp", "label": "Console"}
    return ProviderAccount.objects.create(**(values | changes))


def make_reply(customer: Customer | None, **changes: Any) -> InboundMessage:
    """What the customer, or a stranger, wrote by WhatsApp five minutes before NOW."""
    values: dict[str, Any] = {
        "channel": "whatsapp",
        "customer": customer,
        "provider_message_id": f"in.{InboundMessage.objects.count()}",
        "sender": "+34612345678",
        "text": "Can I come at ten?",
        "received_at": NOW - timedelta(minutes=5),
    }
    return InboundMessage.objects.create(**(values | changes))
