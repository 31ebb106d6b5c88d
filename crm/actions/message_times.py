"""Promised moments that follow their zone: 9:00 stays 9:00 when the clocks or the zone change."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from crm.models import Business, Customer, MessageSchedule
from crm.models.message_choices import ZoneOf
from crm.models.messages import MessageQuerySet
from rules import due_dates

#: Wall times are written down to the minute; no zone changes by less.
_MINUTE = timedelta(minutes=1)


def zone_of_customer(customer: Customer, business: Business) -> str:
    return customer.time_zone or business.time_zone


def follow_business(business: Business, *, now: datetime) -> int:
    """After the business's zone has changed; how many messages moved to another instant."""
    ahead = MessageSchedule.objects.ahead(now)
    own = ahead.filter(zone_of=ZoneOf.BUSINESS)
    theirs = ahead.filter(zone_of=ZoneOf.CUSTOMER, customer__time_zone="")
    with transaction.atomic():
        return sum(_follow(messages, business.time_zone) for messages in (own, theirs))


def follow_customer(customer: Customer, business: Business, *, now: datetime) -> int:
    """After the customer's zone has changed; how many messages moved to another instant."""
    ahead = MessageSchedule.objects.ahead(now)
    with transaction.atomic():
        theirs = ahead.filter(zone_of=ZoneOf.CUSTOMER, customer=customer)
        return _follow(theirs, zone_of_customer(customer, business))


def recompute_times(now: datetime) -> int:
    """After the rules of the zones themselves may have changed; how many messages moved."""
    return _recompute(MessageSchedule.objects.ahead(now))


def _follow(messages: MessageQuerySet, zone: str) -> int:
    messages.update(time_zone=zone)
    return _recompute(messages)


def _recompute(messages: MessageQuerySet) -> int:
    """One update for each promised moment whose instant is another now; those are few."""
    columns = messages.order_by().values_list("wall_time", "time_zone", "schedule_date")
    moved = [
        (wall_time, zone, promised, instant)
        for wall_time, zone, promised in columns.distinct().iterator()
        if abs((instant := _instant(wall_time, zone)) - promised) >= _MINUTE
    ]
    return sum(_move(messages, *moment) for moment in moved)


def _instant(wall_time: str, zone: str) -> datetime:
    return due_dates.resolve(datetime.fromisoformat(wall_time), zone).instant


def _move(
    messages: MessageQuerySet, wall_time: str, zone: str, promised: datetime, instant: datetime
) -> int:
    same = messages.filter(wall_time=wall_time, time_zone=zone, schedule_date=promised)
    by = instant - promised
    return same.update(schedule_date=instant, due_at=F("due_at") + by, send_by=F("send_by") + by)
