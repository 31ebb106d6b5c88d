from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from crm.actions import customers, invoices, message_times, messages, series
from crm.models import Event, MessageSchedule, MessageSeries, User
from rules.message_states import Status
from rules.recurrence import Rule, Unit
from tests.make import NOW, make_business, make_customer, make_invoice

pytestmark = pytest.mark.django_db

MADRID = "Europe/Madrid"
MONTHLY = Rule(unit=Unit.MONTH, first=date(2026, 12, 3))
DAILY = Rule(unit=Unit.DAY, first=date(2026, 11, 18))


@pytest.fixture(autouse=True)
def _business() -> None:
    make_business()


def drafted(wall: datetime = datetime(2026, 12, 3, 10), **changes: Any) -> MessageSchedule:
    values: dict[str, Any] = {
        "customer": changes.pop("customer", None) or make_customer(),
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}, time for a fresh cut?",
    }
    draft = MessageSchedule(**(values | changes))
    draft.set_time(wall, MADRID)
    return draft


def begun(user: User, rule: Rule = MONTHLY, **changes: Any) -> MessageSeries:
    wall = datetime.combine(rule.first, datetime(2026, 12, 3, 10).time())
    first = series.begin(drafted(wall, **changes), rule, actor=user, now=NOW)
    assert first.series is not None
    return first.series


def days(one: MessageSeries) -> list[date]:
    rows = one.messages.filter(status=Status.SCHEDULED).order_by("schedule_date")
    return [message.wall.date() for message in rows]


def test_a_year_of_it_is_there_to_be_seen(user: User) -> None:
    one = begun(user)
    made = list(one.messages.order_by("schedule_date"))
    assert [message.occurrence for message in made[:3]] == [
        date(2026, 12, 3),
        date(2027, 1, 3),
        date(2027, 2, 3),
    ]
    assert len(made) == 12
    assert {message.message_content for message in made} == {one.message_content}
    assert {message.wall.time().hour for message in made} == {10}
    winter, summer = made[0], made[5]
    assert (winter.schedule_date.hour, summer.schedule_date.hour) == (9, 8)


def test_each_message_is_of_no_use_once_the_next_has_come(user: User) -> None:
    made = list(begun(user, DAILY).messages.order_by("schedule_date"))
    assert [one.send_by for one in made[:-1]] == [one.schedule_date for one in made[1:]]
    assert made[-1].send_by == made[-1].schedule_date + timedelta(days=1)


def test_a_limit_of_its_own_goes_along_to_each(user: User) -> None:
    limit = datetime(2026, 12, 3, 12, tzinfo=UTC)
    made = begun(user, send_by=limit).messages.all()
    assert {one.send_by - one.schedule_date for one in made if one.send_by} == {timedelta(hours=3)}


def test_it_begins_on_the_first_weekday_that_was_chosen(user: User) -> None:
    mondays = Rule(unit=Unit.WEEK, first=date(2026, 11, 20), weekdays=frozenset({0}))
    assert days(begun(user, mondays))[:2] == [date(2026, 11, 23), date(2026, 11, 30)]


def test_a_wall_time_that_the_clocks_skip_goes_right_after_that_day_only(user: User) -> None:
    half_past_two = datetime(2027, 3, 27, 2, 30)
    rule = Rule(unit=Unit.DAY, first=half_past_two.date(), count=3)
    first = series.begin(drafted(half_past_two), rule, actor=user, now=NOW)
    assert first.series
    made = first.series.messages.order_by("schedule_date")
    assert [one.schedule_date for one in made] == [
        datetime(2027, 3, 27, 1, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
        datetime(2027, 3, 29, 0, 30, tzinfo=UTC),
    ]


def test_a_form_sent_twice_begins_one_series(user: User) -> None:
    form_id, customer = uuid4(), make_customer()
    first = series.begin(drafted(customer=customer, form_id=form_id), MONTHLY, actor=user, now=NOW)
    again = series.begin(drafted(customer=customer, form_id=form_id), MONTHLY, actor=user, now=NOW)
    assert again == first
    assert MessageSeries.objects.count() == 1
    assert MessageSchedule.objects.count() == 12


def test_more_are_made_as_time_goes_by_and_each_once(user: User) -> None:
    one = begun(user, DAILY)
    assert len(days(one)) == 30
    two_have_gone = NOW + timedelta(days=2)
    assert series.make_more(NOW) == 0
    assert series.make_more(two_have_gone) == 2
    assert series.make_more(two_have_gone) == 0
    assert days(one)[-1] == date(2026, 12, 19)


def test_what_has_an_end_is_not_looked_at_again(user: User) -> None:
    one = begun(user, Rule(unit=Unit.DAY, first=date(2026, 11, 18), count=3))
    assert len(days(one)) == 3
    assert not MessageSeries.objects.lacking(date(2030, 1, 1)).exists()


def test_a_series_that_cannot_be_filled_keeps_no_other_from_being(
    user: User, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = begun(user, DAILY), begun(user, DAILY)
    MessageSeries.objects.filter(pk=broken.pk).update(time_zone="Nowhere/Gone")
    assert series.make_more(NOW + timedelta(days=2)) == 2
    assert f"series {broken.pk}" in caplog.text
    assert len(days(sound)) == 32


def test_one_that_was_called_off_is_not_made_again(user: User) -> None:
    one = begun(user)
    second = one.messages.get(occurrence=date(2027, 1, 3))
    messages.cancel(second, actor=user, now=NOW)
    series.make_more(NOW + timedelta(days=60))
    assert one.messages.filter(occurrence=date(2027, 1, 3)).count() == 1
    assert date(2027, 1, 3) not in days(one)


def test_one_that_was_changed_stays_apart_from_changes_of_the_series(user: User) -> None:
    one = begun(user)
    january = one.messages.get(occurrence=date(2027, 1, 3))
    draft = drafted(
        datetime(2027, 1, 5, 9), customer=one.customer, message_content="Happy new year!"
    )
    messages.edit(january, draft, actor=user, now=NOW)
    january.refresh_from_db()
    assert january.is_detached

    december = one.messages.get(occurrence=date(2026, 12, 3))
    words = drafted(datetime(2026, 12, 3, 16), customer=one.customer, message_content="Come by!")
    apart = series.change(one, words, MONTHLY, instead_of=december, actor=user, now=NOW)

    assert apart == 1
    january.refresh_from_db()
    assert january.message_content == "Happy new year!"
    others = one.messages.exclude(pk=january.pk)
    assert {message.message_content for message in others} == {"Come by!"}
    assert {message.wall.hour for message in others} == {16}
    assert len(days(one)) == 12


def test_this_and_all_following_leaves_those_before(user: User) -> None:
    one = begun(user)
    march = one.messages.get(occurrence=date(2027, 3, 3))
    rule = Rule(unit=Unit.MONTH, interval=2, first=date(2027, 3, 10))
    words = drafted(datetime(2027, 3, 10, 10), customer=one.customer, message_content="Spring!")
    series.change(one, words, rule, instead_of=march, actor=user, now=NOW)
    assert days(one)[:5] == [
        date(2026, 12, 3),
        date(2027, 1, 3),
        date(2027, 2, 3),
        date(2027, 3, 10),
        date(2027, 5, 10),
    ]


def test_a_stopped_one_makes_nothing_and_comes_back_as_it_was(user: User) -> None:
    one = begun(user)
    april = one.messages.get(occurrence=date(2027, 4, 3))
    moved = drafted(datetime(2027, 4, 9, 9), customer=one.customer, message_content="Easter")
    messages.edit(april, moved, actor=user, now=NOW)

    assert series.stop(one, actor=user, now=NOW) == 12
    assert series.stop(one, actor=user, now=NOW) is None
    assert days(one) == []
    assert series.make_more(NOW + timedelta(days=90)) == 0

    assert series.resume(one, actor=user, now=NOW)
    assert not series.resume(one, actor=user, now=NOW)
    assert len(days(one)) == 12
    assert date(2027, 4, 9) in days(one)
    assert date(2027, 4, 3) not in days(one)


def test_a_message_on_its_way_is_left_alone_when_it_stops(user: User) -> None:
    one = begun(user)
    leaving = one.messages.get(occurrence=date(2026, 12, 3))
    MessageSchedule.objects.filter(pk=leaving.pk).update(status=Status.CLAIMED, lease_until=NOW)
    assert series.stop(one, actor=user, now=NOW) == 11
    leaving.refresh_from_db()
    assert leaving.state is Status.CLAIMED


def test_a_customer_in_the_trash_gets_nothing_and_later_the_next_only(user: User) -> None:
    one = begun(user, DAILY)
    customer = one.customer
    customers.trash(customer, actor=user, now=NOW)
    later = NOW + timedelta(days=5)
    assert series.make_more(later) == 0
    assert days(one) == []

    restored = customers.restore(customer, actor=user, now=later)
    assert (restored.missed, restored.resumed) == (0, 25)
    series.make_more(later)
    assert len(days(one)) == 30
    assert days(one)[0] == date(2026, 11, 23)


def test_a_paid_invoice_ends_what_reminds_of_it_and_unpaid_it_goes_on(user: User) -> None:
    invoice = make_invoice()
    one = begun(user, customer=invoice.customer, invoice=invoice)
    assert invoices.pay(invoice, date(2026, 11, 17), actor=user, now=NOW) == 12
    assert days(one) == []
    assert invoices.unpay(invoice, actor=user, now=NOW)
    assert len(days(one)) == 12


def test_it_follows_its_customer_into_another_zone(user: User) -> None:
    customer = make_customer()
    draft = drafted(customer=customer)
    draft.set_time(datetime(2026, 12, 3, 10), MADRID, "customer")
    first = series.begin(draft, MONTHLY, actor=user, now=NOW)
    assert first.series
    customer.time_zone = "America/New_York"
    customers.change(customer, [], actor=user, now=NOW)
    assert {one.schedule_date.hour for one in first.series.messages.all()} == {14, 15}
    first.series.refresh_from_db()
    assert first.series.time_zone == "America/New_York"


def test_it_follows_the_business_into_another_zone(user: User) -> None:
    one = begun(user)
    message_times.follow_business(make_business(time_zone="Europe/London"), now=NOW)
    one.refresh_from_db()
    assert one.time_zone == "Europe/London"
    assert {message.wall.hour for message in one.messages.all()} == {10}


def test_what_a_person_did_to_it_is_written_down(user: User) -> None:
    one = begun(user)
    series.stop(one, actor=user, now=NOW)
    series.resume(one, actor=user, now=NOW)
    told = Event.objects.of(one.customer).about("series", one.pk)
    assert [event.kind for event in told] == ["series.resumed", "series.stopped", "series.begun"]


def test_it_goes_for_good_with_its_customer(user: User) -> None:
    one = begun(user)
    one.customer.delete()
    assert not MessageSeries.objects.exists()
    assert not MessageSchedule.objects.exists()


def test_a_machine_made_limit_is_none_of_the_rule(user: User) -> None:
    one = begun(user, DAILY)
    assert one.send_within is None
    assert all(message.send_by for message in one.messages.all())
