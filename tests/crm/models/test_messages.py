"""Which messages want a person, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from crm.models import MessageSchedule, ProviderAccount
from rules.message_states import Status
from tests.make import (
    NOW,
    make_account,
    make_customer,
    make_message,
    make_reminder,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", [Status.DUE, Status.FAILED, Status.UNCONFIRMED, Status.EXPIRED])
def test_what_has_not_gone_by_itself_is_a_reminder(status: Status) -> None:
    message = make_reminder(status=status)
    assert list(MessageSchedule.objects.reminders(NOW)) == [message]
    assert message.wants_a_person(NOW)


@pytest.mark.parametrize("status", [Status.SENT, Status.DELIVERED, Status.READ, Status.CANCELLED])
def test_what_has_gone_or_is_called_off_is_none(status: Status) -> None:
    message = make_reminder(status=status)
    assert not MessageSchedule.objects.reminders(NOW).exists()
    assert not message.wants_a_person(NOW)


def test_it_stays_until_acknowledged() -> None:
    message = make_reminder()
    assert list(MessageSchedule.objects.reminders(NOW + timedelta(days=400))) == [message]
    message.acknowledged_at, message.acknowledged_by = NOW, make_user()
    message.save()
    assert not MessageSchedule.objects.reminders(NOW).exists()


def test_newest_trouble_comes_first() -> None:
    older = make_reminder(wants_since=NOW - timedelta(hours=5))
    newer = make_reminder(wants_since=NOW - timedelta(hours=1))
    assert list(MessageSchedule.objects.reminders(NOW)) == [newer, older]


def test_a_message_nobody_took_up_is_a_reminder_after_a_minute_of_grace() -> None:
    message = make_message(at=NOW)
    reminders = MessageSchedule.objects.reminders
    assert not reminders(NOW + timedelta(seconds=60)).exists()
    assert list(reminders(NOW + timedelta(seconds=61))) == [message]
    assert message.is_stuck(NOW + timedelta(seconds=61))


def test_what_waits_for_its_providers_pause_too_long_is_a_reminder() -> None:
    make_account(held_until=NOW + timedelta(minutes=10), next_slot_at=NOW)
    late = make_message(at=NOW - timedelta(hours=1, seconds=1))
    waits = make_message(at=NOW - timedelta(hours=1))
    assert list(MessageSchedule.objects.reminders(NOW)) == [late]
    assert list(MessageSchedule.objects.upcoming(NOW)) == [waits]
    assert (late.is_stuck(NOW), waits.is_stuck(NOW)) == (True, False)


def test_it_stays_one_while_the_provider_is_asked_whether_the_pause_was_long_enough() -> None:
    """One pause follows another: what is shown does not come and go between them."""
    make_account(held_until=NOW, next_slot_at=NOW)
    message = make_message(at=NOW - timedelta(hours=2))
    over = NOW + timedelta(seconds=59)
    assert list(MessageSchedule.objects.reminders(over)) == [message]
    ProviderAccount.objects.update(next_slot_at=NOW + timedelta(seconds=60))
    assert not MessageSchedule.objects.reminders(NOW + timedelta(seconds=61)).exists()


def test_what_is_tried_in_vain_for_over_an_hour_is_a_reminder_until_it_goes() -> None:
    make_account()
    next_try = NOW + timedelta(minutes=10)
    since = NOW - timedelta(hours=1)
    waits = make_message(at=next_try, first_tried_at=since)
    tried = make_message(at=next_try, first_tried_at=since - timedelta(seconds=1))
    assert list(MessageSchedule.objects.reminders(NOW)) == [tried]
    assert list(MessageSchedule.objects.upcoming(NOW)) == [waits]
    assert (tried.is_stuck(NOW), waits.is_stuck(NOW)) == (True, False)
    MessageSchedule.objects.update(status=Status.SENT)
    assert not MessageSchedule.objects.reminders(NOW).exists()


def test_what_is_tried_in_vain_comes_by_when_that_began() -> None:
    """Not by its next try, else it would jump to the top with each."""
    older = make_message(at=NOW + timedelta(hours=9), first_tried_at=NOW - timedelta(hours=5))
    newer = make_reminder(wants_since=NOW - timedelta(hours=1))
    assert list(MessageSchedule.objects.reminders(NOW)) == [newer, older]


@pytest.mark.parametrize("status", [Status.CLAIMED, Status.SENDING])
def test_a_message_whose_sender_died_is_a_reminder(status: Status) -> None:
    message = make_message(at=NOW, status=status, lease_until=NOW)
    assert not MessageSchedule.objects.reminders(NOW + timedelta(seconds=60)).exists()
    assert list(MessageSchedule.objects.reminders(NOW + timedelta(seconds=61))) == [message]
    assert message.is_stuck(NOW + timedelta(seconds=61))


def test_a_snoozed_reminder_waits_and_comes_back() -> None:
    message = make_reminder(snoozed_until=NOW + timedelta(hours=1))
    assert not MessageSchedule.objects.reminders(NOW).exists()
    assert list(MessageSchedule.objects.snoozed(NOW)) == [message]
    assert list(MessageSchedule.objects.reminders(NOW + timedelta(hours=1))) == [message]


def test_the_trash_reminds_nobody() -> None:
    make_reminder(make_customer(trashed_at=NOW))
    assert not MessageSchedule.objects.reminders(NOW).exists()


def test_upcoming_messages_come_in_their_order() -> None:
    later = make_message(at=NOW + timedelta(hours=2))
    sooner = make_message(at=NOW + timedelta(hours=1))
    make_message(at=NOW + timedelta(minutes=30), status=Status.CANCELLED)
    assert list(MessageSchedule.objects.upcoming(NOW)) == [sooner, later]


def test_a_wall_time_in_a_zone_becomes_an_instant() -> None:
    message = make_message()
    message.set_time(datetime(2026, 12, 1, 9), "Europe/Madrid")
    assert message.schedule_date == message.due_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert message.wall == datetime(2026, 12, 1, 9)


def test_a_wall_time_that_the_clocks_skip_is_kept_and_goes_right_after() -> None:
    message = make_message()
    message.set_time(datetime(2027, 3, 28, 2, 30), "Europe/Madrid")
    assert message.schedule_date == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert message.wall == datetime(2027, 3, 28, 2, 30)


def test_the_database_refuses_an_unknown_status_and_an_empty_text() -> None:
    for wrong in ({"status": "gone"}, {"message_content": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_message(**wrong)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("message_type", "sms"),
        ("message_content", "Other words"),
        ("fallback_channel", "sms"),
        ("template_id", 7),
        ("template_values", {"body.1": "Zoë"}),
        ("invoice_id", 7),
        ("receipt_id", 7),
        ("also_in_quiet_hours", True),
        ("schedule_date", NOW),
        ("send_by", NOW + timedelta(days=2)),
    ],
)
def test_whatever_a_person_asked_for_is_part_of_the_promise(column: str, value: object) -> None:
    message, other = make_message(), make_message()
    assert other.promise == message.promise
    assert not other.differs_in(message)
    setattr(other, column, value)
    assert other.promise != message.promise
    assert other.differs_in(message) == [column]


def test_a_promise_is_the_same_in_whatever_zone_and_order_it_was_read() -> None:
    message, other = (make_message(send_by=NOW + timedelta(days=2)) for _ in range(2))
    message.template_values, other.template_values = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    other.schedule_date = message.schedule_date.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert other.promise == message.promise


def test_what_the_engine_does_with_a_message_leaves_its_promise() -> None:
    message = make_message()
    before = message.promise
    message.status, message.due_at, message.attempts = Status.FAILED, NOW, 3
    assert message.promise == before


@pytest.mark.parametrize("status", [Status.CLAIMED, Status.SENDING])
def test_the_database_refuses_what_is_in_flight_and_held_by_nobody(status: Status) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_message(status=status, lease_until=None)
    assert make_message(status=status).lease_until
    assert not make_message(status=Status.SENT).lease_until
