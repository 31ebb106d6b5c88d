"""How a person changes a message: one conditional update, written down so that it can be undone.

MessageError
├ OnItsWayError      the sender holds it: nobody may touch it until the outcome is known
├ NotPossibleError   what it has become does not allow it
└ OvertakenError     somebody else, or the sender, was faster
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.actions.events import record
from crm.actions.wake import wake_sender
from crm.models import Attempt, DeliveryEvent, Event, MessageSchedule, User
from crm.models.ledger import Outcome, Source
from rules.message_states import IN_FLIGHT, MoveNotAllowedError, Status, require_move
from rules.reasons import Reason


class MessageError(Exception):
    pass


class OnItsWayError(MessageError):
    pass


class NotPossibleError(MessageError):
    pass


class OvertakenError(MessageError):
    pass


def change(
    message: MessageSchedule, kind: str, *, actor: User, now: datetime, **fields: Any
) -> Event:
    """Write `fields` where the row still is what `message` was read as; `message` is kept in step.

    The event keeps what the fields were and became, for `undo`. Raises MessageError.
    """
    state = Status(fields.get("status", message.status))
    moved = state is not message.state
    if moved:
        _require_move(message, state, now)
    was = _written(message, fields)
    with transaction.atomic():
        _update(message, now, **fields)
        written = {"was": was, "is": _written(message, fields)}
        event = record(kind, customer=message.customer, subject=message, actor=actor, **written)
        if moved:
            _log(message, Source.PERSON, now, person=actor.pk)
        if state is Status.SCHEDULED:
            wake_sender()
    return event


def change_many(
    messages: Sequence[MessageSchedule], kind: str, *, actor: User, now: datetime, **fields: Any
) -> int:
    """The same of each, which this very transaction has locked; how many. Raises MessageError."""
    state = Status(fields["status"])
    for message in messages:
        _require_move(message, state, now)
    was = [_written(message, fields) for message in messages]
    pks = [message.pk for message in messages]
    MessageSchedule.objects.filter(pk__in=pks).update(**fields, updated_at=now)
    became = _written(MessageSchedule(**fields), fields)
    Event.objects.bulk_create(
        Event(
            kind=kind,
            customer_id=message.customer_id,
            subject_id=message.pk,
            actor=actor,
            detail={"was": before, "is": became},
        )
        for message, before in zip(messages, was, strict=True)
    )
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(
            message_id=pk, status=state, source=Source.PERSON, detail={"person": actor.pk}, at=now
        )
        for pk in pks
    )
    if state is Status.SCHEDULED:
        wake_sender()
    return len(pks)


def undo(message: MessageSchedule, event: Event, *, actor: User, now: datetime) -> Event:
    """Put back exactly what `event` changed.

    Raises OvertakenError where one of those fields has been changed once more.
    """
    was, became = event.detail["was"], event.detail["is"]
    if event.subject_id != message.pk or _written(message, became) != became:
        raise OvertakenError
    fields = {name: _field(name).to_python(value) for name, value in was.items()}
    return change(message, "message.undone", actor=actor, now=now, **fields)


def take_over(message: MessageSchedule, *, now: datetime) -> None:
    """Take a message back from a worker that has not been heard of since its lease ran out.

    Nothing of a claimed one had left, one being sent may have gone. The new fencing token keeps
    the worker, should it wake up, from writing over what a person decides now.
    Raises OnItsWayError where a worker does hold it.
    """
    if message.state not in IN_FLIGHT:
        return
    if not message.is_stuck(now):
        raise OnItsWayError
    fields: dict[str, Any] = {"status": Status.SCHEDULED}
    if message.state is Status.SENDING:
        fields = {
            "status": Status.UNCONFIRMED,
            "reason": Reason.WORKER_DIED,
            "wants_since": message.wants_since or now,
        }
    require_move(message.state, fields["status"])
    token = message.claim_token + 1
    with transaction.atomic():
        _update(message, now, claimed_by="", lease_until=None, claim_token=token, **fields)
        Attempt.objects.filter(message=message, outcome=Outcome.PENDING).update(
            outcome=Outcome.UNCERTAIN, finished_at=now
        )
        _log(message, Source.PERSON, now, reason=message.reason)


def log_state(message: MessageSchedule, *, actor: User, now: datetime) -> None:
    """Add the state a person has put a new message into to its ledger."""
    _log(message, Source.PERSON, now, person=actor.pk)


def _require_move(message: MessageSchedule, state: Status, now: datetime) -> None:
    if message.state in IN_FLIGHT or message.is_being_looked_up(now):
        raise OnItsWayError
    try:
        require_move(message.state, state, by_person=True)
    except MoveNotAllowedError as error:
        raise NotPossibleError from error


def _update(message: MessageSchedule, now: datetime, **fields: Any) -> None:
    seen = {"status": message.status, "claim_token": message.claim_token}
    row = MessageSchedule.objects.filter(pk=message.pk, updated_at=message.updated_at, **seen)
    fields["updated_at"] = now
    if row.update(**fields) != 1:
        raise OvertakenError
    for name, value in fields.items():
        setattr(message, name, value)


def _log(message: MessageSchedule, source: Source, now: datetime, **detail: Any) -> None:
    DeliveryEvent.objects.create(
        message=message, status=message.status, source=source, detail=detail, at=now
    )


def _written(message: MessageSchedule, names: Iterable[str]) -> dict[str, Any]:
    """The columns' present values as JSON can hold them."""
    values = {name: getattr(message, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _field(name: str) -> Any:
    return MessageSchedule._meta.get_field(name)
