"""What a person does about a customer's message."""

from datetime import datetime

from django.db import transaction

from crm.actions import consents
from crm.actions.events import record
from crm.models import Event, InboundMessage, User

Meant = InboundMessage.Meant


def acknowledge(reply: InboundMessage, *, actor: User, now: datetime) -> bool:
    """It is answered, or needs no answer; False where somebody had said so already."""
    return _set(reply, "reply.done", actor, acknowledged_at=now, acknowledged_by=actor)


def reopen(reply: InboundMessage, *, actor: User) -> bool:
    return _set(reply, "reply.reopened", actor, acknowledged_at=None, acknowledged_by=None)


def take_as_opt_out(reply: InboundMessage, *, actor: User, now: datetime) -> Event | None:
    """What came near "no more messages" meant that; None where it was known.

    The event is of the consent, and is undone with it.
    """
    if reply.customer is None:
        return None
    with transaction.atomic():
        event = consents.record(
            reply.customer, reply.channel, False, actor=actor, now=now, words=reply.text
        )
        acknowledge(reply, actor=actor, now=now)
    return event


def take_as_message(reply: InboundMessage) -> None:
    """It only sounded like "no more messages": it waits for an answer like any other."""
    InboundMessage.objects.filter(pk=reply.pk, meant=Meant.NEAR_OPT_OUT).update(meant=Meant.NOTHING)


def _set(reply: InboundMessage, kind: str, actor: User, **fields: object) -> bool:
    """Once: who comes second changes nothing."""
    was_open = fields["acknowledged_at"] is not None
    rows = InboundMessage.objects.filter(pk=reply.pk, acknowledged_at__isnull=was_open)
    with transaction.atomic():
        if not rows.update(**fields):
            return False
        record(kind, customer=reply.customer, subject=reply, actor=actor)
    return True
