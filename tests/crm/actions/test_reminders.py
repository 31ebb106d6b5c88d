"""What a person does about a reminder, and takes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.actions import reminders
from crm.actions.message_changes import MessageError, NotPossibleError, OvertakenError
from crm.models import Attempt, Business, DeliveryEvent, Event, MessageSchedule, User
from rules.message_states import WANTS_A_PERSON, Status
from rules.reasons import Reason
from tests.make import NOW, make_message, make_reminder, make_user

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)
LONG_AGO = NOW - timedelta(hours=2)


def fresh(message: MessageSchedule) -> MessageSchedule:
    return MessageSchedule.objects.get(pk=message.pk)


def columns(message: MessageSchedule) -> dict[str, Any]:
    row = MessageSchedule.objects.values().get(pk=message.pk)
    return {name: value for name, value in row.items() if name != "updated_at"}


def wanting(message: MessageSchedule) -> bool:
    return MessageSchedule.objects.reminders(NOW).filter(pk=message.pk).exists()


def stuck(status: Status, **changes: Any) -> MessageSchedule:
    return make_message(
        at=LONG_AGO, status=status, lease_until=LONG_AGO, claimed_by="w1", claim_token=3, **changes
    )


@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_done_by_hand_keeps_who_when_what_and_to_whom(
    user: User, business: Business, status: Status
) -> None:
    message = make_reminder(status=status, reason="refused", snoozed_until=LATER)
    reminders.mark_sent(message, business, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.sent_at, saved.sent_by) == (Status.SENT, NOW, user)
    assert (saved.acknowledged_at, saved.acknowledged_by) == (NOW, user)
    assert saved.text_sent == "Hello Zoë, see you tomorrow at nine."
    assert (saved.sent_to, saved.reason, saved.snoozed_until) == ("+34612345678", "", None)
    assert DeliveryEvent.objects.get().source == "person"
    assert not wanting(message)


def test_done_twice_is_done_once_by_the_first(user: User, business: Business) -> None:
    message, bea = make_reminder(), make_user("bea")
    reminders.mark_sent(message, business, actor=user, now=NOW)
    assert reminders.mark_sent(fresh(message), business, actor=bea, now=LATER) is None
    assert (fresh(message).sent_by, Event.objects.count()) == (user, 1)


def test_of_two_at_once_the_second_is_told(user: User, business: Business) -> None:
    message = make_reminder()
    same = fresh(message)
    reminders.mark_sent(message, business, actor=user, now=NOW)
    with pytest.raises(OvertakenError):
        reminders.mark_sent(same, business, actor=make_user("bea"), now=LATER)
    assert fresh(message).sent_by == user


def test_a_cancelled_one_is_not_marked(user: User, business: Business) -> None:
    message = make_message(status="cancelled")
    with pytest.raises(NotPossibleError):
        reminders.mark_sent(message, business, actor=user, now=NOW)
    assert fresh(message).status == Status.CANCELLED


def test_one_that_waits_for_a_sender_that_is_off_may_be_sent_by_hand(
    user: User, business: Business
) -> None:
    message = make_message(at=LONG_AGO)
    reminders.mark_sent(message, business, actor=user, now=NOW)
    assert fresh(message).status == Status.SENT


@pytest.mark.parametrize("status", [Status.CLAIMED, Status.SENDING])
def test_one_that_a_dead_sender_holds_may_be_sent_by_hand(
    user: User, business: Business, status: Status
) -> None:
    message = stuck(status)
    Attempt.objects.create(message=message, number=1, worker="w1", started_at=LONG_AGO)
    reminders.mark_sent(message, business, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.claim_token, saved.claimed_by) == (Status.SENT, 4, "")
    assert saved.lease_until is None
    assert Attempt.objects.get().outcome == "uncertain"


def test_what_a_sender_died_with_is_unconfirmed_as_soon_as_a_person_looks_after_it(
    user: User,
) -> None:
    message = stuck(Status.SENDING)
    reminders.dismiss(message, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.reason) == (Status.UNCONFIRMED, Reason.WORKER_DIED)
    assert saved.acknowledged_by == user


IN_VAIN: dict[str, Any] = {"at": LATER, "first_tried_at": LONG_AGO, "attempts": 5}


def test_taken_from_the_sender_it_is_a_persons(user: User) -> None:
    message = make_message(**IN_VAIN, reason_words="connection refused", snoozed_until=LATER)
    assert reminders.take(message, actor=user, now=NOW) is not None
    saved = fresh(message)
    assert (saved.status, saved.reason, saved.reason_words) == (Status.DUE, Reason.TAKEN, "")
    assert (saved.wants_since, saved.snoozed_until) == (LONG_AGO, None)
    assert wanting(message)
    assert reminders.take(saved, actor=user, now=NOW) is None
    assert DeliveryEvent.objects.get().status == Status.DUE


def test_what_a_dead_sender_had_only_claimed_may_be_taken(user: User) -> None:
    message = stuck(Status.CLAIMED)
    reminders.take(message, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.claim_token) == (Status.DUE, 4)


@pytest.mark.parametrize("status", ["sent", "failed", "unconfirmed", "cancelled"])
def test_only_what_still_waits_is_taken(user: User, status: str) -> None:
    message = make_reminder(status=status)
    with pytest.raises(NotPossibleError):
        reminders.take(message, actor=user, now=NOW)
    assert fresh(message).status == status


def test_what_waits_for_its_time_is_not_taken(user: User) -> None:
    message = make_message(at=LATER)
    with pytest.raises(NotPossibleError):
        reminders.take(message, actor=user, now=NOW)


def test_what_a_dead_sender_may_have_sent_is_unconfirmed_and_not_taken(user: User) -> None:
    message = stuck(Status.SENDING)
    with pytest.raises(NotPossibleError):
        reminders.take(message, actor=user, now=NOW)
    assert fresh(message).status == Status.UNCONFIRMED


def test_of_a_person_and_a_sender_at_once_the_first_has_it(user: User) -> None:
    message = make_message(**IN_VAIN)
    lease = NOW + timedelta(minutes=1)
    MessageSchedule.objects.update(status=Status.SENDING, lease_until=lease, claim_token=1)
    with pytest.raises(OvertakenError):
        reminders.take(message, actor=user, now=NOW)
    assert fresh(message).status == Status.SENDING


def test_taking_it_may_be_taken_back(user: User) -> None:
    message = make_message(**IN_VAIN)
    before = columns(message)
    reminders.take(message, actor=user, now=NOW)
    reminders.reopen(fresh(message), None, actor=user, now=NOW)
    assert columns(message) == before


def test_what_is_tried_in_vain_may_be_tried_at_once_and_stays_on_the_list(user: User) -> None:
    message = make_message(**IN_VAIN)
    reminders.try_again(message, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.due_at) == (Status.SCHEDULED, NOW)
    assert (saved.first_tried_at, wanting(message)) == (LONG_AGO, True)


def test_once_it_has_gone_trying_again_cannot_be_taken_back(user: User) -> None:
    message = make_message(**IN_VAIN)
    reminders.try_again(message, actor=user, now=NOW)
    MessageSchedule.objects.update(status=Status.SENT)
    with pytest.raises(OvertakenError):
        reminders.reopen(fresh(message), None, actor=user, now=NOW)


@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_dismissed_is_seen_and_not_sent(user: User, status: Status) -> None:
    message = make_reminder(status=status)
    reminders.dismiss(message, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.acknowledged_by, saved.sent_at) == (status, user, None)
    assert not wanting(message)


def test_dismissing_what_waits_for_a_sender_calls_it_off(user: User) -> None:
    """Else it would go out after all when the sender is back."""
    message = make_message(at=LONG_AGO)
    reminders.dismiss(message, actor=user, now=NOW)
    assert fresh(message).status == Status.CANCELLED


def test_taking_that_back_leaves_it_to_a_person(user: User) -> None:
    message = make_message(at=LONG_AGO)
    done = reminders.dismiss(message, actor=user, now=NOW)
    assert done is not None
    reminders.reopen(fresh(message), done.pk, actor=user, now=LATER)
    assert fresh(message).status == Status.EXPIRED
    assert list(MessageSchedule.objects.reminders(LATER)) == [message]


def test_dismissing_from_a_stale_page_does_not_touch_what_is_promised_anew(user: User) -> None:
    message = make_message()
    with pytest.raises(NotPossibleError):
        reminders.dismiss(message, actor=user, now=NOW)
    assert fresh(message).status == Status.SCHEDULED


@pytest.mark.parametrize("status", ["cancelled", "due"])
def test_dismissing_twice_is_once(user: User, status: str) -> None:
    message = make_reminder(status=status, acknowledged_at=NOW)
    assert reminders.dismiss(message, actor=user, now=LATER) is None
    assert not Event.objects.exists()


def test_it_did_arrive(user: User) -> None:
    message = make_reminder(status="unconfirmed", reason="timed_out", first_tried_at=LONG_AGO)
    reminders.tell_whether_it_arrived(message, arrived=True, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.sent_at, saved.sent_by) == (Status.SENT, LONG_AGO, None)
    assert saved.acknowledged_by == user
    assert not wanting(message)


def test_it_did_not_arrive_and_still_wants_a_person(user: User) -> None:
    message = make_reminder(status="unconfirmed", reason="timed_out")
    reminders.tell_whether_it_arrived(message, arrived=False, actor=user, now=NOW)
    assert fresh(message).status == Status.FAILED
    assert wanting(message)


def test_what_did_not_arrive_wants_a_person_although_somebody_had_dismissed_it(user: User) -> None:
    message = make_reminder(status="unconfirmed", reason="timed_out", acknowledged_at=LONG_AGO)
    reminders.tell_whether_it_arrived(message, arrived=False, actor=user, now=NOW)
    assert wanting(message)


def test_whether_it_arrived_is_only_said_of_what_may_have_gone(user: User) -> None:
    with pytest.raises(NotPossibleError):
        reminders.tell_whether_it_arrived(make_reminder(), arrived=True, actor=user, now=NOW)


@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_try_again_puts_it_in_the_queue_for_now(user: User, status: Status) -> None:
    message = make_reminder(
        status=status, reason="gave_up", first_tried_at=LONG_AGO, send_by=LONG_AGO
    )
    reminders.try_again(message, actor=user, now=NOW)
    saved = fresh(message)
    assert (saved.status, saved.due_at, saved.reason) == (Status.SCHEDULED, NOW, "")
    assert (saved.first_tried_at, saved.send_by) == (None, None)
    assert saved.schedule_date == message.schedule_date


def test_trying_again_keeps_a_limit_that_is_still_ahead(user: User) -> None:
    message = make_reminder(status="failed", send_by=LATER)
    reminders.try_again(message, actor=user, now=NOW)
    assert fresh(message).send_by == LATER


@pytest.mark.parametrize("status", ["scheduled", "sent", "cancelled"])
def test_only_a_reminder_is_tried_again(user: User, status: str) -> None:
    with pytest.raises(NotPossibleError):
        reminders.try_again(make_message(status=status), actor=user, now=NOW)


def test_a_snoozed_one_sleeps_until_its_moment_and_wakes(user: User) -> None:
    message = make_reminder()
    reminders.snooze(message, LATER, actor=user, now=NOW)
    assert not wanting(message)
    assert list(MessageSchedule.objects.snoozed(NOW)) == [message]
    assert list(MessageSchedule.objects.reminders(LATER)) == [message]
    reminders.wake(fresh(message), actor=user, now=NOW)
    assert wanting(message)


def test_a_stuck_one_may_be_snoozed(user: User) -> None:
    message = make_message(at=LONG_AGO)
    reminders.snooze(message, LATER, actor=user, now=NOW)
    assert not wanting(message)


@pytest.mark.parametrize("changes", [{"status": "sent"}, {"acknowledged_at": NOW}])
def test_only_a_reminder_is_snoozed(user: User, changes: dict[str, Any]) -> None:
    with pytest.raises(NotPossibleError):
        reminders.snooze(make_reminder(**changes), LATER, actor=user, now=NOW)


def test_waking_what_is_awake_does_nothing(user: User) -> None:
    assert reminders.wake(make_reminder(), actor=user, now=NOW) is None
    gone = make_message(status="sent", snoozed_until=LATER)
    assert reminders.wake(gone, actor=user, now=NOW) is None


type Deed = Callable[[MessageSchedule, Business, User], Event | None]

DEEDS: dict[str, Deed] = {
    "done": lambda m, b, u: reminders.mark_sent(m, b, actor=u, now=NOW),
    "dismissed": lambda m, _, u: reminders.dismiss(m, actor=u, now=NOW),
    "tried again": lambda m, _, u: reminders.try_again(m, actor=u, now=NOW),
    "snoozed": lambda m, _, u: reminders.snooze(m, LATER + timedelta(days=1), actor=u, now=NOW),
    "woken": lambda m, _, u: reminders.wake(m, actor=u, now=NOW),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_undo_leaves_everything_exactly_as_it_was(
    user: User, business: Business, status: Status, deed: str
) -> None:
    message = make_reminder(
        status=status,
        reason="refused",
        reason_code="63024",
        reason_words="Invalid message recipient",
        snoozed_until=LATER,
        first_tried_at=LONG_AGO,
        send_by=LONG_AGO,
    )
    before = columns(message)
    done = DEEDS[deed](message, business, user)
    assert done is not None
    assert columns(message) != before
    reminders.reopen(fresh(message), done.pk, actor=user, now=LATER)
    assert columns(message) == before


@pytest.mark.parametrize("arrived", [True, False])
def test_undo_takes_back_whether_it_arrived(user: User, arrived: bool) -> None:
    message = make_reminder(status="unconfirmed", reason="timed_out")
    before = columns(message)
    reminders.tell_whether_it_arrived(message, arrived=arrived, actor=user, now=NOW)
    reminders.reopen(fresh(message), None, actor=user, now=LATER)
    assert columns(message) == before


def test_undo_twice_is_once(user: User, business: Business) -> None:
    message = make_reminder()
    done = reminders.mark_sent(message, business, actor=user, now=NOW)
    assert done is not None
    reminders.reopen(fresh(message), done.pk, actor=user, now=LATER)
    with pytest.raises(OvertakenError):
        reminders.reopen(fresh(message), done.pk, actor=user, now=LATER)
    assert fresh(message).status == Status.DUE


def test_undo_does_not_take_away_what_another_did_meanwhile(user: User, business: Business) -> None:
    message, bea = make_reminder(), make_user("bea")
    snoozed = reminders.snooze(message, LATER, actor=user, now=NOW)
    reminders.mark_sent(fresh(message), business, actor=bea, now=NOW)
    with pytest.raises(OvertakenError):
        reminders.reopen(fresh(message), snoozed.pk, actor=user, now=NOW)
    assert fresh(message).sent_by == bea


@pytest.mark.parametrize("event_id", [None, 999_999])
def test_without_a_deed_to_take_back_nothing_happens(user: User, event_id: int | None) -> None:
    with pytest.raises(MessageError):
        reminders.reopen(make_reminder(), event_id, actor=user, now=NOW)


def test_one_messages_deed_is_not_undone_on_another(user: User, business: Business) -> None:
    first = make_reminder()
    second = make_reminder(customer=first.customer, status=Status.FAILED)
    done = reminders.mark_sent(first, business, actor=user, now=NOW)
    assert done is not None
    with pytest.raises(OvertakenError):
        reminders.reopen(second, done.pk, actor=user, now=NOW)
    assert fresh(second).status == Status.FAILED
