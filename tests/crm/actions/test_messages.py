"""Scheduling, editing, calling off and bringing back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from crm.actions import messages
from crm.actions.message_changes import NotPossibleError, OnItsWayError, OvertakenError
from crm.models import Customer, DeliveryEvent, Event, MessageSchedule, User
from rules.message_states import EDITABLE, IN_FLIGHT, Status
from rules.reasons import Reason
from tests.make import NOW, make_account, make_customer, make_message, make_reminder

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)


def draft(customer: Customer | None = None, **changes: Any) -> MessageSchedule:
    values: dict[str, Any] = {"message_type": "sms", "message_content": "Your table is ready."}
    at = changes.pop("at", datetime(2026, 11, 20, 9, 0))
    message = MessageSchedule(customer=customer or make_customer(), **(values | changes))
    message.set_time(at, "Europe/Madrid")
    return message


def fresh(message: MessageSchedule) -> MessageSchedule:
    return MessageSchedule.objects.get(pk=message.pk)


def test_a_scheduled_message_waits_for_its_time_and_says_who_promised_it(user: User) -> None:
    message = fresh(messages.schedule(draft(), actor=user, now=NOW))
    assert message.status == Status.SCHEDULED
    assert message.schedule_date == message.due_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert (message.created_by, message.created_at) == (user, NOW)
    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.actor) == ("message.scheduled", message.pk, user)
    logged = DeliveryEvent.objects.get()
    assert (logged.status, logged.source) == (Status.SCHEDULED, "person")


def test_a_form_sent_twice_makes_one_message(user: User) -> None:
    form_id, zoe = uuid4(), make_customer()
    first = messages.schedule(draft(zoe, form_id=form_id), actor=user, now=NOW)
    again = messages.schedule(draft(zoe, form_id=form_id), actor=user, now=LATER)
    assert again == first
    assert MessageSchedule.objects.count() == Event.objects.count() == 1


def test_sent_by_hand_and_now_is_a_reminder_at_once_without_any_sender(user: User) -> None:
    message = draft()
    message.schedule_date = message.due_at = NOW
    saved = fresh(messages.schedule(message, actor=user, now=NOW))
    assert (saved.status, saved.reason, saved.wants_since) == (Status.DUE, Reason.BY_HAND, NOW)
    assert DeliveryEvent.objects.get().status == Status.DUE
    assert saved in MessageSchedule.objects.reminders(NOW)


def test_sent_now_through_an_account_is_left_to_the_sender(user: User) -> None:
    make_account(channel="sms")
    message = draft()
    message.schedule_date = message.due_at = NOW
    assert messages.schedule(message, actor=user, now=NOW).status == Status.SCHEDULED


@pytest.mark.parametrize("status", sorted(EDITABLE))
def test_what_has_not_left_may_be_promised_anew(user: User, status: Status) -> None:
    message = make_reminder(
        status=status,
        reason="refused",
        reason_code="131026",
        reason_words="Undeliverable",
        first_tried_at=NOW,
        snoozed_until=LATER,
        acknowledged_at=None if status is Status.SCHEDULED else NOW,
    )
    messages.edit(message, draft(message_content="New words."), actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.message_content) == (Status.SCHEDULED, "New words.")
    assert saved.due_at == saved.schedule_date == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert (saved.wall_time, saved.time_zone) == ("2026-11-20T09:00", "Europe/Madrid")
    assert (saved.reason, saved.reason_code, saved.reason_words) == ("", "", "")
    cleared = (saved.first_tried_at, saved.wants_since, saved.snoozed_until, saved.acknowledged_at)
    assert cleared == (None,) * 4


def test_an_edit_keeps_what_the_message_said_before(user: User) -> None:
    message = make_message()
    event = messages.edit(message, draft(message_content="New."), actor=user, now=NOW)
    assert event.detail["was"]["message_content"] == "Hello {first_name}, see you tomorrow at nine."
    assert event.detail["is"]["message_content"] == "New."


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "cancelled", "unconfirmed"])
def test_what_has_gone_or_may_have_gone_is_not_edited(user: User, status: str) -> None:
    message = make_message(status=status)
    with pytest.raises(NotPossibleError):
        messages.edit(message, draft(), actor=user, now=NOW)
    assert fresh(message).message_content == message.message_content


@pytest.mark.parametrize("status", sorted(IN_FLIGHT))
def test_nobody_touches_what_is_on_its_way(user: User, status: Status) -> None:
    message = make_message(status=status, lease_until=LATER)
    with pytest.raises(OnItsWayError):
        messages.edit(message, draft(), actor=user, now=NOW)
    with pytest.raises(OnItsWayError):
        messages.cancel(message, actor=user, now=NOW)
    assert fresh(message).status == status


def test_a_claim_between_reading_and_writing_wins(user: User) -> None:
    message = make_message()
    MessageSchedule.objects.update(status=Status.CLAIMED, claim_token=1, lease_until=NOW)
    with pytest.raises(OvertakenError):
        messages.cancel(message, actor=user, now=NOW)
    assert fresh(message).status == Status.CLAIMED
    assert not Event.objects.exists()


def test_of_two_people_who_edit_at_once_one_is_told(user: User) -> None:
    message = make_message()
    same = fresh(message)
    messages.edit(message, draft(message_content="Hers."), actor=user, now=NOW)
    with pytest.raises(OvertakenError):
        messages.edit(same, draft(message_content="His."), actor=user, now=LATER)
    assert fresh(message).message_content == "Hers."


@pytest.mark.parametrize("status", ["scheduled", "due", "failed", "expired", "unconfirmed"])
def test_calling_off_and_undo_leave_everything_as_it_was(user: User, status: str) -> None:
    message = make_reminder(
        at=NOW + timedelta(days=1), status=status, reason="refused", snoozed_until=LATER
    )
    before = MessageSchedule.objects.values().get()
    messages.cancel(message, actor=user, now=NOW)
    assert fresh(message).status == Status.CANCELLED
    messages.uncancel(fresh(message), actor=user, now=LATER)
    after = MessageSchedule.objects.values().get()
    assert {**after, "updated_at": 0} == {**before, "updated_at": 0}


def test_calling_off_twice_is_once(user: User) -> None:
    message = make_message()
    assert messages.cancel(message, actor=user, now=NOW)
    assert messages.cancel(fresh(message), actor=user, now=NOW) is None
    assert Event.objects.count() == 1


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
def test_what_has_gone_cannot_be_called_off(user: User, status: str) -> None:
    message = make_message(status=status)
    with pytest.raises(NotPossibleError):
        messages.cancel(message, actor=user, now=NOW)


def test_what_should_have_gone_while_it_was_called_off_asks_a_person(user: User) -> None:
    message = make_message(at=NOW + timedelta(minutes=1))
    messages.cancel(message, actor=user, now=NOW)
    messages.uncancel(message, actor=user, now=LATER)
    saved = fresh(message)
    assert (saved.status, saved.reason) == (Status.EXPIRED, Reason.TOO_LATE)
    assert saved in MessageSchedule.objects.reminders(LATER)


def test_one_called_off_before_events_were_kept_comes_back_too(user: User) -> None:
    message = make_message(status="cancelled")
    messages.uncancel(message, actor=user, now=NOW)
    assert fresh(message).status == Status.SCHEDULED


def test_bringing_back_what_is_not_called_off_does_nothing(user: User) -> None:
    message = make_message()
    with pytest.raises(OvertakenError):
        messages.uncancel(message, actor=user, now=NOW)
