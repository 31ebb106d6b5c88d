"""What a person does about a message whose time has come and which has not gone by itself."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from django.db import transaction

from crm.actions.message_changes import (
    NotPossibleError,
    OvertakenError,
    change,
    change_many,
    take_over,
    undo,
)
from crm.actions.messages import AFRESH, cancel, rendered, uncancel
from crm.models import Business, Event, MessageSchedule, User
from rules.message_states import WANTS_A_PERSON, Status
from rules.reasons import Reason

#: Rows of one transaction: the sender is let in between.
_AT_ONCE = 500


def mark_sent(
    message: MessageSchedule, business: Business, *, actor: User, now: datetime
) -> Event | None:
    """A person has sent it by hand, with the text as it reads now; None where it had gone already.

    Raises MessageError.
    """
    if message.is_sent:
        return None
    take_over(message, now=now)
    return change(
        message,
        "message.sent_by_hand",
        actor=actor,
        now=now,
        status=Status.SENT,
        reason="",
        reason_code="",
        reason_words="",
        sent_at=now,
        sent_by_id=actor.pk,
        sent_to=message.customer.phone_number,
        text_sent=rendered(message, business).text,
        snoozed_until=None,
        acknowledged_at=now,
        acknowledged_by_id=actor.pk,
    )


def dismiss(message: MessageSchedule, *, actor: User, now: datetime) -> Event | None:
    """Seen, and nothing more is done about it: it is not sent. None where that had been said.

    One that only waits for a sender that is off is called off, else it would go when that is back.
    Raises MessageError.
    """
    if message.acknowledged_at is not None or message.state is Status.CANCELLED:
        return None
    if not message.wants_a_person(now):
        raise NotPossibleError
    take_over(message, now=now)
    if message.state is Status.SCHEDULED:
        return cancel(message, actor=actor, now=now)
    return change(
        message,
        "message.dismissed",
        actor=actor,
        now=now,
        snoozed_until=None,
        acknowledged_at=now,
        acknowledged_by_id=actor.pk,
    )


def take(message: MessageSchedule, *, actor: User, now: datetime) -> Event | None:
    """A person sends it by hand, and no sender takes it up meanwhile; None where that was said.

    Raises MessageError.
    """
    if message.state is Status.DUE:
        return None
    if not message.wants_a_person(now):
        raise NotPossibleError
    take_over(message, now=now)
    if message.state is not Status.SCHEDULED:
        raise NotPossibleError
    return change(
        message,
        "message.taken",
        actor=actor,
        now=now,
        status=Status.DUE,
        reason=Reason.TAKEN,
        reason_code="",
        reason_words="",
        wants_since=min(message.first_tried_at or message.due_at, now),
        snoozed_until=None,
    )


def tell_whether_it_arrived(
    message: MessageSchedule, *, arrived: bool, actor: User, now: datetime
) -> Event:
    """A person knows what became of one that may have gone. Raises MessageError.

    What did not arrive stays a reminder: it was promised and has not been kept.
    """
    take_over(message, now=now)
    if message.state is not Status.UNCONFIRMED:
        raise NotPossibleError
    if not arrived:
        return change(
            message,
            "message.lost",
            actor=actor,
            now=now,
            status=Status.FAILED,
            acknowledged_at=None,
            acknowledged_by_id=None,
        )
    return change(
        message,
        "message.arrived",
        actor=actor,
        now=now,
        status=Status.SENT,
        sent_at=message.first_tried_at or now,
        snoozed_until=None,
        acknowledged_at=now,
        acknowledged_by_id=actor.pk,
    )


def try_again(message: MessageSchedule, *, actor: User, now: datetime) -> Event:
    """Put it in the queue for now. Raises MessageError.

    A limit that has passed is lifted: the person has just said that it is still of use.
    """
    take_over(message, now=now)
    if message.is_tried_in_vain(now):  # stays on the list until it goes
        status = Status.SCHEDULED
        return change(message, "message.retried", actor=actor, now=now, due_at=now, status=status)
    if message.state not in WANTS_A_PERSON:
        raise NotPossibleError
    send_by = message.send_by if message.send_by and message.send_by > now else None
    return change(
        message,
        "message.retried",
        actor=actor,
        now=now,
        due_at=now,
        send_by=send_by,
        **AFRESH,
    )


def try_all_again(channel: str, *, actor: User, now: datetime) -> int:
    """Try what waits only because its account was stopped, in the order it was due; how many.

    What a person has put off stays with them, and so does what is past its limit.
    """
    waiting = MessageSchedule.objects.stopped_with_account(now).filter(message_type=channel)
    pks = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True))
    return sum(_try_some(some, actor=actor, now=now) for some in batched(pks, _AT_ONCE))


def _try_some(pks: Sequence[int], *, actor: User, now: datetime) -> int:
    with transaction.atomic():
        still = MessageSchedule.objects.stopped_with_account(now).filter(pk__in=pks)
        rows = list(still.order_by("pk").select_for_update(of=("self",)))
        return change_many(rows, "message.retried", actor=actor, now=now, due_at=now, **AFRESH)


def snooze(message: MessageSchedule, until: datetime, *, actor: User, now: datetime) -> Event:
    """Show it again at the instant `until`. Raises MessageError."""
    if not message.wants_a_person(now):
        raise NotPossibleError
    return change(message, "message.snoozed", actor=actor, now=now, snoozed_until=until)


def wake(message: MessageSchedule, *, actor: User, now: datetime) -> Event | None:
    """Show it now; None where it was awake."""
    if message.snoozed_until is None or not message.wants_a_person(now):
        return None
    return change(message, "message.woken", actor=actor, now=now, snoozed_until=None)


def reopen(message: MessageSchedule, event_id: int | None, *, actor: User, now: datetime) -> Event:
    """Take back one deed, by default the last one: everything is again exactly as it was before.

    Only what was called off does not go late by itself then: a person decides.
    Raises MessageError, OvertakenError where something else has happened to it since.
    """
    told = Event.objects.of(message.customer).about("message", message.pk)
    event = told.filter(pk=event_id).first() if event_id else told.first()
    if event is None or event.kind not in UNDOABLE:
        raise OvertakenError
    if event.kind == "message.cancelled":  # what only waited for a sender, dismissed
        return uncancel(message, actor=actor, now=now)
    return undo(message, event, actor=actor, now=now)


UNDOABLE = frozenset(
    {
        "message.arrived",
        "message.cancelled",
        "message.dismissed",
        "message.lost",
        "message.retried",
        "message.sent_by_hand",
        "message.snoozed",
        "message.taken",
        "message.woken",
    }
)
