"""Promised moments that follow their zone: 9:00 stays 9:00 when the clocks or the zone change.

What lies in the past by the new clock does not go late by surprise: it becomes a reminder.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from crm.models import (
    Business,
    Customer,
    DeliveryEvent,
    Invoice,
    MessageSchedule,
    MessageSeries,
)
from crm.models.ledger import Source
from crm.models.message_choices import ZoneOf
from crm.models.message_querysets import MessageQuerySet
from rules import due_dates
from rules.due_dates import OutOfRangeError
from rules.message_states import Status, require_move
from rules.reasons import Reason

#: Wall times are written down to the minute; no zone changes by less.
_MINUTE = timedelta(minutes=1)


def zone_of_customer(customer: Customer, business: Business) -> str:
    return customer.time_zone or business.time_zone


def follow_business(business: Business, *, now: datetime) -> int:
    """After the business's zone has changed; how many messages moved to another instant."""
    ahead = MessageSchedule.objects.ahead(now)
    own = ahead.filter(zone_of=ZoneOf.BUSINESS)
    theirs = ahead.filter(zone_of=ZoneOf.CUSTOMER, customer__time_zone="")
    series = MessageSeries.objects.on_business_time()
    with transaction.atomic():
        series.update(time_zone=business.time_zone)
        return sum(_follow(messages, business.time_zone, now) for messages in (own, theirs))


def follow_customer(customer: Customer, business: Business, *, now: datetime) -> int:
    """After the customer's zone has changed; how many messages moved to another instant."""
    ahead = MessageSchedule.objects.ahead(now)
    zone = zone_of_customer(customer, business)
    with transaction.atomic():
        customer.series.filter(zone_of=ZoneOf.CUSTOMER).update(time_zone=zone)
        return _follow(ahead.filter(zone_of=ZoneOf.CUSTOMER, customer=customer), zone, now)


def follow_invoice(invoice: Invoice, *, now: datetime) -> int:
    """After a date of the invoice has changed; how many messages that hang on it moved.

    Where the date is gone, they keep the moment they had, as one of their own.
    """
    hanging = MessageSchedule.objects.ahead(now).filter(invoice=invoice).exclude(anchor="")
    with transaction.atomic():
        return sum(_follow_date(message, invoice, now) for message in list(hanging))


def recompute_times(now: datetime) -> int:
    """After the rules of the zones themselves may have changed; how many messages moved."""
    with transaction.atomic():
        return _recompute(MessageSchedule.objects.ahead(now), now)


def _follow(messages: MessageQuerySet, zone: str, now: datetime) -> int:
    messages.update(time_zone=zone)
    return _recompute(messages, now)


def _follow_date(message: MessageSchedule, invoice: Invoice, now: datetime) -> bool:
    row = MessageSchedule.objects.ahead(now).filter(pk=message.pk)
    try:
        day = message.anchored_day(invoice)
    except OutOfRangeError:
        day = None
    if day is None:
        row.update(anchor="", updated_at=now)
        return False
    wall = datetime.combine(day, message.wall.time())
    if wall == message.wall:
        return False
    row.update(wall_time=wall.isoformat(timespec="minutes"), updated_at=now)
    instant = due_dates.resolve(wall, message.time_zone).instant
    return bool(_move(row, instant - message.schedule_date, is_past=instant <= now, now=now))


def _recompute(messages: MessageQuerySet, now: datetime) -> int:
    """One update for each promised moment whose instant is another now; those are few."""
    columns = messages.order_by().values_list("wall_time", "time_zone", "schedule_date")
    moved = [
        (wall_time, zone, promised, instant)
        for wall_time, zone, promised in columns.distinct().iterator()
        if abs((instant := _instant(wall_time, zone)) - promised) >= _MINUTE
        and not _shows(promised, wall_time, zone)
    ]
    return sum(
        _move(
            messages.filter(wall_time=wall_time, time_zone=zone, schedule_date=promised),
            instant - promised,
            is_past=instant <= now,
            now=now,
        )
        for wall_time, zone, promised, instant in moved
    )


def _instant(wall_time: str, zone: str) -> datetime:
    return due_dates.resolve(datetime.fromisoformat(wall_time), zone).instant


def _shows(instant: datetime, wall_time: str, zone: str) -> bool:
    """The second of two like hours shows the same wall time: a moment kept in it is right."""
    return due_dates.wall_in(instant, zone).isoformat(timespec="minutes") == wall_time


def _move(messages: MessageQuerySet, by: timedelta, *, is_past: bool, now: datetime) -> int:
    held_back = _hold_back(messages, now) if is_past else []
    return sum(
        rows.update(
            schedule_date=F("schedule_date") + by,
            due_at=F("due_at") + by,
            send_by=F("send_by") + by,
        )
        for rows in (MessageSchedule.objects.filter(pk__in=held_back), messages)
    )


def _hold_back(messages: MessageQuerySet, now: datetime) -> list[int]:
    """Ask a person about those that would go at once; their ids."""
    require_move(Status.SCHEDULED, Status.EXPIRED)
    waiting = messages.filter(status=Status.SCHEDULED).select_for_update(of=("self",))
    pks = list(waiting.order_by("pk").values_list("pk", flat=True))
    MessageSchedule.objects.filter(pk__in=pks).update(
        status=Status.EXPIRED, reason=Reason.TOO_LATE, wants_since=now, updated_at=now
    )
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(
            message_id=pk,
            status=Status.EXPIRED,
            source=Source.WORKER,
            detail={"reason": Reason.TOO_LATE},
            at=now,
        )
        for pk in pks
    )
    return pks
