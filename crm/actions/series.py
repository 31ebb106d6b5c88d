"""Series: begun, changed from some day on, stopped, and kept filled ahead.

What is ahead are ordinary messages. Those that nobody has touched belong to the series and are
made anew when it changes; one that a person has changed or called off stays as that person left it.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from crm.actions import messages
from crm.actions.events import record
from crm.actions.message_changes import MessageError
from crm.models import (
    DeliveryEvent,
    Invoice,
    MessageSchedule,
    MessageSeries,
    RemovedOccurrence,
    User,
)
from crm.models.ledger import Source
from crm.models.message_querysets import MessageQuerySet
from rules import due_dates, recurrence
from rules.message_states import Status
from rules.recurrence import Rule

log = logging.getLogger(__name__)

#: So far ahead occurrences are made: a year, yet at least the next three and at most thirty.
HORIZON = timedelta(days=366)
AT_LEAST = 3
AT_MOST = 30

#: What each message takes from its series, under the same name.
_SAID = (
    "customer_id",
    "invoice_id",
    "receipt_id",
    "message_type",
    "message_content",
    "fallback_channel",
    "template_id",
    "template_values",
    "also_in_quiet_hours",
    "time_zone",
    "zone_of",
)
_DAY = timedelta(days=1)


def begin(draft: MessageSchedule, rule: Rule, *, actor: User, now: datetime) -> MessageSchedule:
    """Promise an unsaved message, and again by `rule`; the first of them.

    A form sent twice (`form_id`) begins one series.
    """
    with transaction.atomic():
        series = MessageSeries(created_by=actor)
        _take(series, draft, rule)
        series.save()
        _make_first(draft, series)
        first = messages.schedule(draft, actor=actor, now=now)
        if first is not draft:
            series.delete()
            return first
        record("series.begun", customer=series.customer, subject=series, actor=actor)
        _fill(series, now)
    return first


def change(
    series: MessageSeries,
    draft: MessageSchedule,
    rule: Rule,
    *,
    instead_of: MessageSchedule,
    actor: User,
    now: datetime,
) -> int:
    """From `instead_of` on say and promise what `draft` does; how many stay apart from it."""
    since = instead_of.occurrence or rule.first
    with transaction.atomic():
        series = MessageSeries.objects.select_for_update().get(pk=series.pk)
        ahead = series.messages.ahead(now).filter(occurrence__gte=since)
        _remove(ahead.filter(is_detached=False) | ahead.filter(pk=instead_of.pk))
        _take(series, draft, rule)
        series.stopped_at = None
        series.save()
        record("series.changed", customer=series.customer, subject=series, actor=actor)
        _fill(series, now)
        apart = series.messages.ahead(now).filter(is_detached=True, status=Status.SCHEDULED)
        return apart.count()


def stop(series: MessageSeries, *, actor: User, now: datetime) -> int | None:
    """How many messages do not go now; None where it has been stopped already."""
    with transaction.atomic():
        if not MessageSeries.objects.running().filter(pk=series.pk).update(stopped_at=now):
            return None
        series.stopped_at = now
        ahead = series.messages.ahead(now)
        removed = _remove(ahead.filter(is_detached=False))
        called_off = list(_call_off(ahead.filter(status=Status.SCHEDULED), actor, now))
        record(
            "series.stopped",
            customer=series.customer,
            subject=series,
            actor=actor,
            messages=called_off,
        )
    return removed + len(called_off)


def resume(series: MessageSeries, *, actor: User, now: datetime) -> bool:
    """Let it go on, with what was called off when it was stopped; False where it does."""
    with transaction.atomic():
        stopped = MessageSeries.objects.filter(pk=series.pk, stopped_at__isnull=False)
        if not stopped.update(stopped_at=None):
            return False
        series.stopped_at = None
        told = series.customer.events.about("series", series.pk)
        event = told.filter(kind="series.stopped").first()
        _bring_back(event.detail["messages"] if event else [], actor, now)
        record("series.resumed", customer=series.customer, subject=series, actor=actor)
        _fill(_locked(series.pk), now)
    return True


def stop_about(invoice: Invoice, *, actor: User, now: datetime) -> tuple[list[int], int]:
    """The series that went on about it, and how many of their messages do not go now."""
    running = list(invoice.series.running().select_related("customer"))
    spared = [stop(series, actor=actor, now=now) or 0 for series in running]
    return [series.pk for series in running], sum(spared)


def resume_some(pks: Iterable[int], *, actor: User, now: datetime) -> None:
    for series in MessageSeries.objects.live().filter(pk__in=list(pks)).select_related("customer"):
        resume(series, actor=actor, now=now)


def make_more(now: datetime) -> int:
    """Make what has come within sight; how many messages. Safe wherever and however often.

    A series that cannot be filled keeps no other from being.
    """
    lacking = MessageSeries.objects.lacking(now.date() + _DAY)  # somewhere it is tomorrow
    return sum(_fill_or_log(pk, now) for pk in list(lacking.values_list("pk", flat=True)))


def _fill_or_log(pk: int, now: datetime) -> int:
    try:
        with transaction.atomic():
            return _fill(_locked(pk), now)
    except Exception:
        log.exception("series %d", pk)
        return 0


def _locked(pk: int) -> MessageSeries:
    """Who fills it has it alone."""
    rows = MessageSeries.objects.select_for_update(of=("self",)).select_related("customer")
    return rows.get(pk=pk)


def _take(series: MessageSeries, draft: MessageSchedule, rule: Rule) -> None:
    for name in _SAID:
        setattr(series, name, getattr(draft, name))
    series.set_rule(rule)
    series.wall_time = draft.wall.time()
    series.send_within = draft.send_by - draft.schedule_date if draft.send_by else None


def _make_first(draft: MessageSchedule, series: MessageSeries) -> None:
    """On the rule's first day, where that is not the one that was chosen."""
    draft.series, draft.occurrence = series, series.rule.begins
    if draft.occurrence != draft.wall.date():
        draft.set_time(series.wall_on(draft.occurrence), draft.time_zone, draft.zone_of)
    following = next(islice(recurrence.days(series.rule), 1, None), None)
    draft.send_by = _limit(series, draft, following)


def _fill(series: MessageSeries, now: datetime) -> int:
    """Make what is missing of it ahead; call it in a transaction that has the series alone."""
    if series.stopped_at or series.customer.is_trashed:
        return 0
    wall = due_dates.wall_in(now, series.time_zone)
    start = wall.date() if wall.time() < series.wall_time else wall.date() + _DAY
    days = recurrence.ahead(series.rule, start, horizon=HORIZON, least=AT_LEAST, most=AT_MOST)
    coming = list(islice(recurrence.days_from(series.rule, start), len(days) + 1))
    series.more_from = days[0] + _DAY if len(coming) > len(days) else None
    series.save(update_fields=["more_from"])
    there = set(series.messages.filter(occurrence__gte=start).values_list("occurrence", flat=True))
    made = [
        message
        for day, following in zip(days, [*coming[1:], None], strict=False)
        if day not in there and (message := _made(series, day, following, now)).schedule_date > now
    ]
    return _save(made, now)


def _made(
    series: MessageSeries, day: date, following: date | None, now: datetime
) -> MessageSchedule:
    message = MessageSchedule(
        series=series, occurrence=day, created_by_id=series.created_by_id, created_at=now
    )
    for name in _SAID:
        setattr(message, name, getattr(series, name))
    message.set_time(series.wall_on(day), series.time_zone, series.zone_of)
    message.send_by = _limit(series, message, following)
    return message


def _limit(
    series: MessageSeries, message: MessageSchedule, following: date | None
) -> datetime | None:
    """Past the next one's moment it is of no use: nobody gets two at once after a standstill."""
    limits = []
    if series.send_within:
        limits.append(message.schedule_date + series.send_within)
    if following:
        limits.append(due_dates.resolve(series.wall_on(following), series.time_zone).instant)
    return min(limits, default=None)


def _save(made: list[MessageSchedule], now: datetime) -> int:
    saved = MessageSchedule.objects.bulk_create(made)
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(
            message=message,
            status=Status.SCHEDULED,
            source=Source.PERSON,
            detail={"series": message.series_id},
            at=now,
        )
        for message in saved
    )
    return len(saved)


def _remove(ahead: MessageQuerySet) -> int:
    """Only what waits: a called-off one keeps its day from being made again."""
    waiting = ahead.filter(status=Status.SCHEDULED).order_by("pk").select_for_update(of=("self",))
    rows = list(waiting.values_list("pk", "series_id", "occurrence"))
    RemovedOccurrence.objects.bulk_create(
        RemovedOccurrence(message_id=pk, series_id=series_id, occurrence=day)
        for pk, series_id, day in rows
        if day
    )
    MessageSchedule.objects.filter(pk__in=[pk for pk, _series, _day in rows]).delete()
    return len(rows)


def _call_off(waiting: MessageQuerySet, actor: User, now: datetime) -> Iterator[int]:
    for message in waiting.select_related("customer"):
        try:
            messages.cancel(message, actor=actor, now=now)
        except MessageError:
            continue  # The sender was faster.
        yield message.pk


def _bring_back(pks: Any, actor: User, now: datetime) -> None:
    rows = MessageSchedule.objects.ahead(now).filter(pk__in=pks, status=Status.CANCELLED)
    for message in rows.select_related("customer"):
        try:
            messages.uncancel(message, actor=actor, now=now)
        except MessageError:
            continue  # Somebody has decided otherwise since.
