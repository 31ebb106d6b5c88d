"""Adding, changing, throwing away and bringing back customers."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from crm.actions import broadcasts, customers
from crm.models import Broadcast, Business, Customer, Event, MessageSchedule, Tag, User
from crm.models.message_choices import ZoneOf
from rules.message_states import Status
from rules.reasons import Reason
from tests.make import NOW, make_customer, make_message, make_reminder, make_reply

pytestmark = pytest.mark.django_db


def last_event() -> Event:
    return Event.objects.all()[0]


def test_a_new_customer_can_be_searched_for_and_is_written_down(user: User) -> None:
    zoe = customers.add(Customer(name="Zoë O'Neill", email="zoe@example.com"), actor=user)
    assert list(Customer.objects.search("zoe")) == [zoe]
    assert zoe.created_by == user
    assert (last_event().kind, last_event().customer, last_event().actor) == (
        "customer.added",
        zoe,
        user,
    )


def test_a_form_sent_twice_adds_one_customer(user: User) -> None:
    form_id = uuid4()
    first = customers.add(Customer(name="Zoë", form_id=form_id), actor=user)
    assert customers.add(Customer(name="Zoë", form_id=form_id), actor=user) == first
    assert Customer.objects.count() == 1
    assert Event.objects.count() == 1


def test_what_no_form_explains_is_not_swallowed(user: User) -> None:
    with pytest.raises(IntegrityError):
        customers.add(Customer(name="", form_id=uuid4()), actor=user)


def test_tags_are_made_once_whatever_their_case(user: User) -> None:
    vip = Tag.objects.create(name="VIP")
    zoe = customers.add(Customer(name="Zoë"), ["vip", "Salón"], actor=user)
    customers.add(Customer(name="Ravi"), ["SALÓN"], actor=user)
    assert [tag.name for tag in zoe.tags.all()] == ["Salón", "VIP"]
    assert Tag.objects.count() == 2
    assert vip in zoe.tags.all()


def test_a_change_is_written_down_field_by_field(user: User) -> None:
    zoe = customers.add(Customer(name="Zoë", email="zoe@example.com"), ["vip"], actor=user)
    zoe.name = "Zoë O'Neill"
    assert customers.change(zoe, ["vip", "new"], actor=user, now=NOW)
    assert last_event().kind == "customer.changed"
    assert last_event().detail == {
        "fields": {"name": ["Zoë", "Zoë O'Neill"], "tags": ["vip", "new, vip"]}
    }
    assert list(Customer.objects.search("neill")) == [zoe]


def test_messages_in_the_customers_own_time_follow_them(business: Business, user: User) -> None:
    zoe = make_customer(time_zone="Europe/Madrid")
    message = make_message(zoe)
    message.set_time(datetime(2026, 11, 20, 9), "Europe/Madrid", ZoneOf.CUSTOMER)
    message.save()
    zoe.time_zone = "America/New_York"
    customers.change(zoe, [], actor=user, now=NOW)
    message.refresh_from_db()
    assert message.schedule_date == datetime(2026, 11, 20, 14, tzinfo=UTC)


def test_saving_without_a_change_writes_nothing_down(user: User) -> None:
    zoe = customers.add(Customer(name="Zoë"), actor=user)
    assert not customers.change(zoe, [], actor=user, now=NOW)
    assert Event.objects.count() == 1


def test_saving_an_old_form_does_not_bring_back_what_is_in_the_trash(user: User) -> None:
    zoe = make_customer()
    customers.trash(Customer.objects.get(pk=zoe.pk), actor=user, now=NOW)
    customers.change(zoe, [], actor=user, now=NOW)
    assert Customer.objects.trashed().filter(pk=zoe.pk).exists()


def test_the_trash_takes_what_was_promised_along(user: User) -> None:
    zoe = make_customer()
    ahead, gone = make_message(zoe), make_message(zoe, status=Status.SENT)
    due = make_reminder(zoe)
    other = make_message(make_customer(name="Ravi"))
    assert customers.trash(zoe, actor=user, now=NOW) == 1
    states = dict(MessageSchedule.objects.values_list("pk", "status"))
    assert states == {
        ahead.pk: Status.CANCELLED,
        gone.pk: Status.SENT,
        due.pk: Status.DUE,
        other.pk: Status.SCHEDULED,
    }
    assert not MessageSchedule.objects.reminders(NOW).exists()
    assert last_event().detail == {"messages": [ahead.pk]}
    assert ahead.delivery_events.get().status == Status.CANCELLED


def test_throwing_away_twice_does_it_once(user: User) -> None:
    zoe = make_customer()
    make_message(zoe)
    customers.trash(zoe, actor=user, now=NOW)
    assert customers.trash(zoe, actor=user, now=NOW) == 0
    assert Event.objects.count() == 1


def test_what_was_promised_comes_back_with_the_customer(user: User) -> None:
    zoe = make_customer()
    ahead = make_message(zoe)
    called_off_before = make_message(zoe, status=Status.CANCELLED)
    customers.trash(zoe, actor=user, now=NOW)
    restored = customers.restore(zoe, actor=user, now=NOW + timedelta(minutes=1))
    assert restored == customers.Restored(resumed=1, missed=0)
    ahead.refresh_from_db()
    called_off_before.refresh_from_db()
    assert ahead.status == Status.SCHEDULED
    assert called_off_before.status == Status.CANCELLED
    assert list(Customer.objects.live()) == [zoe]


def test_what_missed_its_time_in_the_trash_comes_back_as_a_reminder(user: User) -> None:
    zoe = make_customer()
    message = make_message(zoe, at=NOW + timedelta(days=1))
    customers.trash(zoe, actor=user, now=NOW)
    later = NOW + timedelta(days=2)
    restored = customers.restore(zoe, actor=user, now=later)
    assert restored == customers.Restored(resumed=0, missed=1)
    reminder = MessageSchedule.objects.reminders(later).get()
    assert (reminder.pk, reminder.status, reminder.reason, reminder.wants_since) == (
        message.pk,
        Status.EXPIRED,
        Reason.WAS_IN_TRASH,
        later,
    )
    assert [event.status for event in reminder.delivery_events.all()] == [
        Status.CANCELLED,
        Status.EXPIRED,
    ]


def test_what_was_on_its_way_into_the_trash_does_not_go_late_either(user: User) -> None:
    """The sender held it when its customer went, and put it back."""
    zoe = make_customer()
    message = make_message(zoe, at=NOW, status=Status.CLAIMED, lease_until=NOW)
    customers.trash(zoe, actor=user, now=NOW)
    MessageSchedule.objects.update(status=Status.SCHEDULED, lease_until=None)

    later = NOW + timedelta(days=2)
    back = customers.restore(Customer.objects.get(), actor=user, now=later)

    assert (back.resumed, back.missed) == (0, 1)
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.EXPIRED, Reason.WAS_IN_TRASH)
    assert list(MessageSchedule.objects.reminders(later)) == [message]


def test_what_was_brought_back_by_hand_is_left_alone(user: User) -> None:
    zoe = make_customer()
    message = make_message(zoe)
    customers.trash(zoe, actor=user, now=NOW)
    MessageSchedule.objects.filter(pk=message.pk).update(status=Status.SENT)
    customers.restore(zoe, actor=user, now=NOW)
    message.refresh_from_db()
    assert message.status == Status.SENT


def test_what_was_to_go_to_many_and_was_stopped_meanwhile_stays_called_off(user: User) -> None:
    zoe = make_customer()
    broadcast = Broadcast.objects.create(
        message_content="Hello", begins_at=NOW, ends_at=NOW, per_minute=30
    )
    message = make_message(zoe, broadcast=broadcast)
    customers.trash(zoe, actor=user, now=NOW)
    broadcasts.stop(broadcast, actor=user, now=NOW)
    assert customers.restore(zoe, actor=user, now=NOW) == customers.Restored(resumed=0, missed=0)
    message.refresh_from_db()
    assert message.status == Status.CANCELLED


def test_what_they_wrote_from_the_trash_is_theirs_again(user: User) -> None:
    zoe = make_customer()
    customers.trash(zoe, actor=user, now=NOW)
    reply = make_reply(None)
    customers.restore(zoe, actor=user, now=NOW)
    reply.refresh_from_db()
    assert reply.customer == zoe


def test_restoring_who_is_not_in_the_trash_changes_nothing(user: User) -> None:
    zoe = make_customer()
    assert customers.restore(zoe, actor=user, now=NOW) == customers.Restored(resumed=0, missed=0)
    assert not Event.objects.exists()
