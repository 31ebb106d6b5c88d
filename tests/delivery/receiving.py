"""Messages that have gone, and what their provider tells of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from crm.models import Attempt, MessageSchedule, ProviderAccount, ProviderCallback
from delivery.database import Database
from delivery.inbox import Inbox
from providers.callbacks import Event, Receipt
from rules.message_states import Status
from tests.bell import said
from tests.make import NOW, make_message

SENT_AT = NOW - timedelta(minutes=5)


def make_attempt(message: MessageSchedule, number: int = 1, **changes: Any) -> Attempt:
    values: dict[str, Any] = {
        "id": uuid4(),
        "account": message.account,
        "worker": "front desk",
        "started_at": SENT_AT,
        "finished_at": SENT_AT,
        "outcome": "accepted",
        "provider_message_id": message.provider_message_id,
    }
    MessageSchedule.objects.filter(pk=message.pk, attempts__lt=number).update(attempts=number)
    return Attempt.objects.create(message=message, number=number, **(values | changes))


def make_sent(account: ProviderAccount, **changes: Any) -> MessageSchedule:
    """A message the provider has taken as "bell.1", five minutes before NOW."""
    values: dict[str, Any] = {
        "at": SENT_AT,
        "account": account,
        "status": Status.SENT,
        "sent_at": SENT_AT,
        "sent_to": "+34612345678",
        "text_sent": "Hello Zoë.",
        "provider_message_id": "bell.1",
    }
    message = make_message(**(values | changes))
    make_attempt(message)
    message.refresh_from_db()
    return message


def make_unconfirmed(account: ProviderAccount, **changes: Any) -> MessageSchedule:
    """One whose answer nobody heard; its try is the only one it has."""
    values: dict[str, Any] = {
        "status": Status.UNCONFIRMED,
        "reason": "timed_out",
        "wants_since": SENT_AT,
        "sent_at": None,
        "provider_message_id": "",
    }
    message = make_sent(account, **(values | changes))
    message.tries.update(outcome="uncertain")
    return message


def receipt(status: Status, provider_message_id: str = "bell.1", **changes: Any) -> Receipt:
    values: dict[str, Any] = {"at": NOW - timedelta(minutes=1)}
    return Receipt(provider_message_id=provider_message_id, status=status, **(values | changes))


def keep(account: ProviderAccount, *events: Event, body: bytes | None = None) -> ProviderCallback:
    """What the web has written down: one callback that tells all of them."""
    body = said(*events) if body is None else body
    return ProviderCallback.objects.create(
        account=account,
        fingerprint=uuid4().hex,
        method="POST",
        url="https://shop.example/webhooks/bell/x/",
        headers={"content-type": "application/json"},
        body=body,
        received_at=NOW,
    )


def apply(database: Database, now: datetime = NOW) -> int:
    return Inbox(database).apply(now)
