from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from crm.actions import broadcasts, customers, messages
from crm.actions.customers import Restored
from crm.actions.message_times import recompute_times
from crm.actions.recipients import Wanted, audience
from crm.models import Broadcast, DeliveryEvent, MessageSchedule, Tag, User
from rules.message_states import Status
from tests.make import NOW, make_business, make_customer

pytestmark = pytest.mark.django_db

TOMORROW = NOW + timedelta(days=1)
MADRID = "Europe/Madrid"


@pytest.fixture
def vip(db: None) -> Tag:
    tag = Tag.objects.create(name="VIP")
    for number in range(5):
        customer = make_customer(name=f"Customer {number}", phone_number=f"+3460000000{number}")
        customer.tags.add(tag)
    return tag


def sent(vip: Tag, user: User, **changes: Any) -> Broadcast:
    values: dict[str, Any] = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}, we are closed on Friday.",
        "begins_at": TOMORROW,
        "per_minute": 2,
    }
    broadcast = Broadcast(**(values | changes))
    wanted = Wanted(tags=[vip], channel=broadcast.message_type)
    found = audience(wanted, make_business())
    return broadcasts.send(broadcast, wanted, found, time_zone=MADRID, actor=user, now=NOW)


def moments(broadcast: Broadcast) -> list[datetime]:
    return [message.schedule_date for message in broadcast.messages.order_by("schedule_date")]


def test_each_gets_their_own_message_at_the_chosen_pace(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    half_a_minute = timedelta(seconds=30)
    assert moments(broadcast) == [TOMORROW + number * half_a_minute for number in range(5)]
    assert [row.due_at for row in broadcast.messages.order_by("pk")] == moments(broadcast)
    assert broadcast.messages.values("customer").distinct().count() == 5
    assert {row.wall_time for row in broadcast.messages.all()} == {
        "2026-11-18T10:30",
        "2026-11-18T10:31",
        "2026-11-18T10:32",
    }
    assert recompute_times(NOW) == 0
    assert broadcasts.ends_at(TOMORROW, 5, 2) == moments(broadcast)[-1]
    assert DeliveryEvent.objects.filter(status=Status.SCHEDULED).count() == 5


def test_each_by_the_channel_they_prefer(vip: Tag, user: User) -> None:
    by_sms = make_customer(name="Zoë", phone_number="+34600000099", preferred_channel="sms")
    by_sms.tags.add(vip)
    broadcast = sent(vip, user, message_type="")
    channels = broadcast.messages.order_by("schedule_date").values_list("message_type", flat=True)
    assert list(channels) == ["whatsapp"] * 5 + ["sms"]


def test_a_form_sent_twice_makes_one(vip: Tag, user: User) -> None:
    form_id = uuid4()
    first = sent(vip, user, form_id=form_id)
    assert sent(vip, user, form_id=form_id) == first
    assert MessageSchedule.objects.count() == 5


def test_stopped_the_rest_is_called_off_and_what_went_has_gone(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    gone, leaving, *_rest = broadcast.messages.order_by("schedule_date")
    MessageSchedule.objects.filter(pk=gone.pk).update(status=Status.SENT)
    MessageSchedule.objects.filter(pk=leaving.pk).update(status=Status.SENDING, lease_until=NOW)
    assert broadcasts.stop(broadcast, actor=user, now=NOW) == 3
    assert broadcasts.stop(broadcast, actor=user, now=NOW) is None
    states = broadcast.messages.order_by("schedule_date").values_list("status", flat=True)
    assert list(states) == ["sent", "sending", "cancelled", "cancelled", "cancelled"]
    assert DeliveryEvent.objects.filter(status=Status.CANCELLED).count() == 3


def test_taken_back_in_time_each_goes_when_it_would_have(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    planned = moments(broadcast)
    broadcasts.stop(broadcast, actor=user, now=NOW)
    assert broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=1)) == 5
    assert broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=1)) is None
    assert moments(broadcast) == planned
    assert broadcast.messages.filter(status=Status.SCHEDULED).count() == 5


def test_let_go_on_late_the_rest_keeps_its_pace_from_then(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    broadcasts.stop(broadcast, actor=user, now=NOW)
    later = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    broadcasts.resume(broadcast, actor=user, now=later)
    assert moments(broadcast) == [later + number * timedelta(seconds=30) for number in range(5)]
    walls = broadcast.messages.order_by("schedule_date").values_list("wall_time", flat=True)
    assert list(walls)[0::4] == ["2026-11-20T13:00", "2026-11-20T13:02"]
    assert recompute_times(later - timedelta(hours=1)) == 0
    assert Broadcast.objects.get().ends_at == moments(broadcast)[-1]


def test_one_called_off_by_itself_stays_so(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    one = broadcast.messages.order_by("schedule_date")[0]
    messages.cancel(one, actor=user, now=NOW)
    broadcasts.stop(broadcast, actor=user, now=NOW + timedelta(minutes=1))
    assert broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=2)) == 4
    one.refresh_from_db()
    assert one.state is Status.CANCELLED


def test_who_went_into_the_trash_meanwhile_gets_nothing(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    broadcasts.stop(broadcast, actor=user, now=NOW)
    customer = broadcast.messages.order_by("schedule_date")[2].customer
    customer.trashed_at = NOW
    customer.save()
    assert broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=1)) == 4


def test_who_was_in_the_trash_when_it_was_stopped_goes_on_with_the_others(
    vip: Tag, user: User
) -> None:
    broadcast = sent(vip, user)
    zoe = broadcast.messages.order_by("schedule_date")[2].customer
    customers.trash(zoe, actor=user, now=NOW)
    broadcasts.stop(broadcast, actor=user, now=NOW + timedelta(minutes=1))
    back = customers.restore(zoe, actor=user, now=NOW + timedelta(minutes=2))
    assert back == Restored(resumed=0, missed=0)
    assert broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=3)) == 5
    assert broadcast.messages.filter(status=Status.SCHEDULED).count() == 5


def test_who_comes_out_of_the_trash_when_it_goes_on_already_gets_it_too(
    vip: Tag, user: User
) -> None:
    broadcast = sent(vip, user)
    ravi, zoe = (row.customer for row in broadcast.messages.order_by("schedule_date")[1:3])
    broadcasts.stop(broadcast, actor=user, now=NOW + timedelta(minutes=1))
    customers.trash(ravi, actor=user, now=NOW + timedelta(minutes=2))
    customers.trash(zoe, actor=user, now=NOW + timedelta(minutes=2))
    broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=3))
    soon = customers.restore(zoe, actor=user, now=NOW + timedelta(minutes=4))
    late = customers.restore(ravi, actor=user, now=TOMORROW + timedelta(days=1))
    assert (soon, late) == (Restored(resumed=1, missed=0), Restored(resumed=0, missed=1))


def test_in_the_trash_once_more_they_still_go_on_with_it(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    zoe = broadcast.messages.order_by("schedule_date")[2].customer
    steps = (NOW + timedelta(minutes=number) for number in range(1, 9))
    customers.trash(zoe, actor=user, now=next(steps))
    broadcasts.stop(broadcast, actor=user, now=next(steps))
    customers.restore(zoe, actor=user, now=next(steps))
    customers.trash(zoe, actor=user, now=next(steps))
    assert broadcasts.resume(broadcast, actor=user, now=next(steps)) == 4
    assert customers.restore(zoe, actor=user, now=next(steps)).resumed == 1


def test_what_a_person_called_off_stays_so_through_trash_and_stop(vip: Tag, user: User) -> None:
    broadcast = sent(vip, user)
    one = broadcast.messages.select_related("customer").order_by("schedule_date")[2]
    messages.cancel(one, actor=user, now=NOW)
    customers.trash(one.customer, actor=user, now=NOW + timedelta(minutes=1))
    broadcasts.stop(broadcast, actor=user, now=NOW + timedelta(minutes=2))
    customers.restore(one.customer, actor=user, now=NOW + timedelta(minutes=3))
    assert broadcasts.resume(broadcast, actor=user, now=NOW + timedelta(minutes=4)) == 4
    customers.trash(one.customer, actor=user, now=NOW + timedelta(minutes=5))
    assert customers.restore(one.customer, actor=user, now=NOW + timedelta(minutes=6)).resumed == 0


def test_nobody_to_write_to_makes_an_empty_one(user: User) -> None:
    broadcast = sent(Tag.objects.create(name="Nobody"), user)
    assert broadcast.recipients == 0
    assert broadcasts.stop(broadcast, actor=user, now=NOW) == 0
    assert broadcasts.resume(broadcast, actor=user, now=NOW) == 0
