"""What the delivery engine would have written, along the same table of allowed moves."""

import hashlib
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from crm.management.demo.plan import (
    ITS_PLACES,
    TOMORROW,
    TOMORROW_AS_TEMPLATE,
    Ending,
    Planned,
)
from crm.models import Attempt, DeliveryEvent, MessageSchedule, MessageTemplate, ProviderAccount
from crm.models.customers import Channel
from crm.models.ledger import Outcome, Source
from providers.templates import TemplateState
from rules.message_states import Status, require_move
from rules.reasons import Reason

type Accounts = dict[str, ProviderAccount]

WORKER = "demo"
_ANSWERS_AFTER = timedelta(milliseconds=420)
#: How far it got, the states it passed, and how the attempt ended.
_WAYS: dict[Ending, tuple[tuple[Status, ...], Outcome]] = {
    Ending.SENT: ((Status.SENT,), Outcome.ACCEPTED),
    Ending.DELIVERED: ((Status.SENT, Status.DELIVERED), Outcome.ACCEPTED),
    Ending.READ: ((Status.SENT, Status.DELIVERED, Status.READ), Outcome.ACCEPTED),
    Ending.FAILED: ((Status.FAILED,), Outcome.REFUSED),
    Ending.DISMISSED: ((Status.FAILED,), Outcome.REFUSED),
    Ending.UNCONFIRMED: ((Status.UNCONFIRMED,), Outcome.UNCERTAIN),
}
_WANTS = frozenset({Status.FAILED, Status.UNCONFIRMED})


def connect() -> Accounts:
    """The test provider on both channels: it sent what is past, and SMS from now on."""
    made = {}
    for channel in Channel:
        serving = ProviderAccount.objects.filter(channel=channel, enabled=True).exists()
        made[channel.value] = ProviderAccount.objects.create(
            provider="console",
            channel=channel,
            label="Test run",
            enabled=channel is Channel.SMS and not serving,
        )
    _approve(made[Channel.WHATSAPP])
    return made


def _approve(account: ProviderAccount) -> None:
    MessageTemplate.objects.create(
        account=account,
        reference="demo",
        name="appointment_tomorrow",
        language="en_GB",
        category="utility",
        state=TemplateState.APPROVED,
        body=TOMORROW_AS_TEMPLATE,
        slots=[
            {"key": f"body.{place}", "mark": mark, "part": "body", "example": ""}
            for place, mark in enumerate(ITS_PLACES, start=1)
        ],
        synced_at=account.created_at,
    )


def come_due(message: MessageSchedule, *, expired: bool) -> None:
    """Its time came and nobody but a person may send it, or it was too late for that."""
    status = Status.EXPIRED if expired else Status.DUE
    message.reason = Reason.TOO_LATE if expired else Reason.BY_HAND
    message.send_by = message.due_at + timedelta(minutes=30) if expired else None
    at = message.send_by or message.due_at
    message.wants_since = at
    _move(message, status, at)
    message.save()


def go_out(
    message: MessageSchedule, planned: Planned, text: str, accounts: Accounts, rng: Random
) -> None:
    states, outcome = _WAYS[planned.ending]
    began = message.due_at + timedelta(milliseconds=rng.randrange(200, 900))
    message.account = accounts[message.message_type]
    if message.message_type == Channel.WHATSAPP and planned.text == TOMORROW:
        _use_template(message, message.account.templates.get())
    message.text_sent, message.sent_to = text, message.customer.phone_number
    message.attempts, message.claim_token, message.first_tried_at = 1, 1, began
    message.reason, message.reason_words = planned.reason or "", planned.words
    if outcome is Outcome.ACCEPTED:
        message.provider_message_id = f"demo-{rng.getrandbits(64):016x}"
    attempt = _attempt(message, UUID(int=rng.getrandbits(128), version=4), outcome)
    _move_through_the_wire(message)
    at = began + _ANSWERS_AFTER
    for state in states:
        _move(message, state, at, attempt)
        _stamp(message, state, at)
        at += timedelta(seconds=rng.randrange(2, 90) if state is Status.SENT else 1800)
    message.save()


def _use_template(message: MessageSchedule, template: MessageTemplate) -> None:
    message.template = template
    message.template_values = {slot["key"]: ITS_PLACES[slot["mark"]] for slot in template.slots}


def _attempt(message: MessageSchedule, attempt_id: UUID, outcome: Outcome) -> Attempt:
    began = message.first_tried_at or message.due_at
    return Attempt.objects.create(
        id=attempt_id,
        message=message,
        number=message.attempts,
        account=message.account,
        worker=WORKER,
        body_sha256=hashlib.sha256(message.text_sent.encode()).hexdigest(),
        started_at=began,
        finished_at=began + _ANSWERS_AFTER,
        outcome=outcome,
        provider_message_id=message.provider_message_id,
        words=message.reason_words,
    )


def _move_through_the_wire(message: MessageSchedule) -> None:
    """Claimed and sending leave no trace in the history: they last milliseconds."""
    for state in (Status.CLAIMED, Status.SENDING):
        require_move(message.state, state)
        message.status = state


def _move(
    message: MessageSchedule, state: Status, at: datetime, attempt: Attempt | None = None
) -> None:
    require_move(message.state, state)
    message.status = state
    source = Source.RECEIPT if state in {Status.DELIVERED, Status.READ} else Source.WORKER
    DeliveryEvent.objects.create(
        message=message, attempt=attempt, status=state, source=source, at=at
    )


def _stamp(message: MessageSchedule, state: Status, at: datetime) -> None:
    if state in _WANTS:
        message.wants_since = at
    else:
        setattr(message, f"{state}_at", at)
