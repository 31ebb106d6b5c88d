"""The one promise: whatever becomes of a message, it went, or somebody is told."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from crm.models import MessageSchedule, User
from crm.models.message_querysets import LONGEST_REST
from crm.models.messages import GRACE
from rules.message_states import GONE, IN_FLIGHT, WANTS_A_PERSON, Status
from tests.make import NOW, make_account, make_customer, make_message

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MOMENTS = (
    NOW - timedelta(days=400),
    NOW - LONGEST_REST,
    NOW - GRACE - SECOND,
    NOW - GRACE,
    NOW,
    NOW + GRACE,
)
#: What keeps the account that is to send: nothing, others before it, a pause, both.
KEPT: tuple[dict[str, datetime], ...] = (
    {"next_slot_at": NOW - timedelta(hours=1)},
    {"next_slot_at": NOW},
    {"next_slot_at": NOW - timedelta(hours=1), "held_until": NOW + SECOND},
    {"next_slot_at": NOW, "held_until": NOW},
)


def places_of(now: datetime) -> dict[str, set[int]]:
    """Where a person finds messages that are not settled."""
    at_work = MessageSchedule.objects.filter(status__in=IN_FLIGHT, lease_until__gte=now - GRACE)
    found = {
        "reminders": MessageSchedule.objects.reminders(now),
        "snoozed": MessageSchedule.objects.snoozed(now),
        "upcoming": MessageSchedule.objects.upcoming(now),
        "in flight": at_work,
    }
    return {place: {message.pk for message in messages} for place, messages in found.items()}


def is_settled(message: MessageSchedule) -> bool:
    """Gone, called off, or seen by somebody who decided."""
    seen = message.state in WANTS_A_PERSON and message.acknowledged_at is not None
    return seen or message.state in GONE | {Status.CANCELLED}


@pytest.mark.parametrize("kept", [None, *KEPT])
def test_every_message_is_in_one_place_until_it_is_settled(
    user: User, kept: dict[str, datetime] | None
) -> None:
    """In whatever state, seen or not, asleep or not, whenever due, whoever holds it."""
    if kept is not None:
        make_account(**kept)
    customer = make_customer()
    asleep_until, tried = (None, NOW - SECOND, NOW + SECOND), (None, NOW - LONGEST_REST - SECOND)
    everything = product(Status, (None, NOW), asleep_until, MOMENTS, MOMENTS, tried)
    messages = [
        make_message(
            customer,
            at=due_at,
            status=status,
            acknowledged_at=seen,
            snoozed_until=asleep,
            lease_until=lease if status in IN_FLIGHT else None,
            first_tried_at=first_try,
        )
        for status, seen, asleep, due_at, lease, first_try in everything
        if not (status is Status.SCHEDULED and seen)  # the database refuses it
        if status in IN_FLIGHT or lease is NOW  # only those have one
    ]
    places = places_of(NOW)
    for message in messages:
        found = [place for place, there in places.items() if message.pk in there]
        assert len(found) == (0 if is_settled(message) else 1), vars(message)
        assert message.wants_a_person(NOW) == (found in (["reminders"], ["snoozed"]))
