"""9:00 stays 9:00, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crm.actions import invoices, messages
from crm.actions.message_times import follow_business, follow_customer, recompute_times
from crm.models import Business, Customer, Invoice, MessageSchedule, User
from rules.message_states import Status
from tests.make import NOW, make_customer, make_invoice, make_message

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 12, 1, 9, 0)


def promised(zone: str, zone_of: str, customer: Customer | None = None) -> MessageSchedule:
    message = make_message(customer)
    message.set_time(NINE, zone, zone_of)
    message.send_by = message.schedule_date + timedelta(hours=2)
    message.save()
    return message


def instants(message: MessageSchedule) -> tuple[datetime, datetime, datetime | None, str]:
    row = MessageSchedule.objects.get(pk=message.pk)
    return row.schedule_date, row.due_at, row.send_by, row.time_zone


def at(hour: int) -> datetime:
    return datetime(2026, 12, 1, hour, 0, tzinfo=UTC)


def test_the_businesss_messages_follow_its_new_zone(business: Business) -> None:
    message = promised("Europe/Madrid", "business")
    theirs = promised("Europe/London", "customer", make_customer(time_zone="Europe/London"))
    business.time_zone = "America/New_York"
    assert follow_business(business, now=NOW) == 1
    assert instants(message) == (at(14), at(14), at(16), "America/New_York")
    assert instants(theirs) == (at(9), at(9), at(11), "Europe/London")


def test_what_the_new_clock_puts_into_the_past_is_left_to_a_person(business: Business) -> None:
    message = promised("America/New_York", "business")
    business.time_zone = "Europe/Madrid"
    assert follow_business(business, now=at(10)) == 1
    assert instants(message) == (at(8), at(8), at(10), "Europe/Madrid")
    assert list(MessageSchedule.objects.reminders(at(10))) == [message]
    row = MessageSchedule.objects.get()
    assert (row.status, row.reason, row.wants_since) == (Status.EXPIRED, "too_late", at(10))
    assert [known.status for known in row.delivery_events.all()] == [Status.EXPIRED]


def test_what_was_called_off_stays_so_by_whatever_clock(business: Business) -> None:
    message = promised("Asia/Tokyo", "customer", make_customer(time_zone="Africa/Nairobi"))
    MessageSchedule.objects.update(
        time_zone="America/New_York", schedule_date=at(14), due_at=at(14)
    )
    MessageSchedule.objects.update(status=Status.CANCELLED)
    assert follow_customer(message.customer, business, now=at(10)) == 1
    assert instants(message)[0] == at(6)
    assert MessageSchedule.objects.get().status == Status.CANCELLED


def test_customers_without_a_zone_of_their_own_follow_the_business(business: Business) -> None:
    message = promised("Europe/Madrid", "customer", make_customer(time_zone=""))
    business.time_zone = "Atlantic/Canary"
    assert follow_business(business, now=NOW) == 1
    assert instants(message) == (at(9), at(9), at(11), "Atlantic/Canary")


def test_a_customers_messages_follow_the_customer(business: Business) -> None:
    zoe = make_customer(time_zone="Asia/Tokyo")
    message = promised("Europe/Madrid", "customer", zoe)
    ours = promised("Europe/Madrid", "business", zoe)
    another = promised("Europe/Madrid", "customer", make_customer(time_zone="Europe/Madrid"))
    assert follow_customer(zoe, business, now=NOW) == 1
    assert instants(message) == (at(0), at(0), at(2), "Asia/Tokyo")
    assert instants(ours)[3] == instants(another)[3] == "Europe/Madrid"


def test_new_rules_of_a_zone_move_what_is_promised(business: Business) -> None:
    message = promised("Europe/Madrid", "business")
    untouched = promised("Asia/Tokyo", "business")
    MessageSchedule.objects.filter(pk=message.pk).update(schedule_date=at(7), due_at=at(7))
    assert recompute_times(NOW) == 1
    assert instants(message)[:2] == (at(8), at(8))
    assert instants(untouched)[0] == at(0)
    assert recompute_times(NOW) == 0


def test_a_moment_in_the_second_of_two_like_hours_is_kept(business: Business) -> None:
    message = make_message()
    message.set_time(datetime(2027, 10, 31, 2, 30), "Europe/Madrid")
    second = message.schedule_date + timedelta(hours=1)
    message.schedule_date = message.due_at = second
    message.save()
    assert recompute_times(NOW) == 0
    assert instants(message)[0] == second


@pytest.mark.parametrize("status", ["due", "sent", "claimed", "failed"])
def test_only_what_still_waits_is_moved(business: Business, status: str) -> None:
    message = promised("Europe/Madrid", "business")
    MessageSchedule.objects.update(status=status, lease_until=NOW)
    business.time_zone = "Asia/Tokyo"
    assert follow_business(business, now=NOW) == 0
    assert instants(message)[3] == "Europe/Madrid"


def test_what_was_called_off_follows_too_for_it_may_come_back(business: Business) -> None:
    message = promised("Europe/Madrid", "business")
    MessageSchedule.objects.update(status="cancelled")
    business.time_zone = "America/New_York"
    assert follow_business(business, now=NOW) == 1
    assert instants(message)[0] == at(14)


def test_what_is_late_or_waits_for_another_try_is_not_moved(business: Business) -> None:
    message = promised("Europe/Madrid", "business")
    past = NOW - timedelta(hours=1)
    MessageSchedule.objects.update(schedule_date=past, due_at=NOW + timedelta(minutes=3))
    business.time_zone = "Asia/Tokyo"
    assert follow_business(business, now=NOW) == 0
    assert instants(message)[0] == past


def hanging(invoice: Invoice, *, offset: int, wall: datetime, **changes: Any) -> MessageSchedule:
    message = make_message(invoice.customer, invoice=invoice, **changes)
    message.anchor, message.anchor_offset = "due", offset
    message.set_time(wall, "Europe/Madrid")
    message.save()
    return message


def test_what_hangs_on_an_invoices_date_goes_with_it(user: User, business: Business) -> None:
    invoice = make_invoice(due_on=date(2026, 11, 30))
    message = hanging(invoice, offset=-2, wall=datetime(2026, 11, 28, 10))
    of_itself = make_message(invoice.customer, invoice=invoice)
    invoice.due_on = date(2026, 12, 14)
    assert invoices.change(invoice, actor=user, now=NOW)
    message.refresh_from_db()
    assert message.schedule_date == message.due_at == datetime(2026, 12, 12, 9, tzinfo=UTC)
    assert message.wall == datetime(2026, 12, 12, 10)
    assert recompute_times(NOW) == 0
    assert MessageSchedule.objects.get(pk=of_itself.pk).schedule_date == of_itself.schedule_date


def test_a_date_that_moves_it_into_the_past_makes_it_a_reminder(
    user: User, business: Business
) -> None:
    invoice = make_invoice(due_on=date(2026, 11, 30))
    message = hanging(invoice, offset=-2, wall=datetime(2026, 11, 28, 10))
    invoice.due_on = date(2026, 11, 18)
    invoices.change(invoice, actor=user, now=NOW)
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.EXPIRED, "too_late")
    assert list(MessageSchedule.objects.reminders(NOW)) == [message]


def test_without_the_date_it_keeps_the_moment_it_had(user: User, business: Business) -> None:
    invoice = make_invoice(due_on=date(2026, 11, 30))
    message = hanging(invoice, offset=-2, wall=datetime(2026, 11, 28, 10))
    invoice.due_on = None
    invoices.change(invoice, actor=user, now=NOW)
    row = MessageSchedule.objects.get(pk=message.pk)
    assert (row.schedule_date, row.anchor, row.status) == (message.schedule_date, "", "scheduled")


def test_one_that_a_person_gave_a_time_of_its_own_stays(user: User, business: Business) -> None:
    invoice = make_invoice(due_on=date(2026, 11, 30))
    message = hanging(invoice, offset=-2, wall=datetime(2026, 11, 28, 10))
    draft = MessageSchedule(
        customer=invoice.customer,
        invoice=invoice,
        message_type="sms",
        message_content="Please pay.",
    )
    draft.set_time(datetime(2026, 11, 29, 9), "Europe/Madrid")
    messages.edit(message, draft, actor=user, now=NOW)
    invoice.due_on = date(2026, 12, 14)
    invoices.change(invoice, actor=user, now=NOW)
    assert MessageSchedule.objects.get().wall == datetime(2026, 11, 29, 9)
