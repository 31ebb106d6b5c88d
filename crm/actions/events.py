"""Writing down what happened."""

from typing import Any

from django.db.models import Model

from crm.models import Customer, Event, User


def record(
    kind: str,
    *,
    customer: Customer | None = None,
    subject: Model | None = None,
    actor: User | None,
    **detail: Any,
) -> Event:
    """Add one event to the timeline; call it inside the transaction of the deed itself."""
    return Event.objects.create(
        kind=kind,
        customer=customer,
        subject_id=subject.pk if subject else None,
        actor=actor,
        detail=detail,
    )
