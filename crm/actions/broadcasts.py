"""One message to many: made in one go, called off in one statement, and let go on."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Min, OuterRef, Subquery

from crm.actions.events import record
from crm.actions.recipients import Audience, Wanted
from crm.actions.wake import wake_sender
from crm.models import Broadcast, Customer, DeliveryEvent, MessageSchedule, User
from crm.models.ledger import Source
from crm.models.message_querysets import MessageQuerySet
from rules import due_dates
from rules.message_states import Status

#: Rows of one INSERT; more at once saves nothing.
_CHUNK = 1000


def send(
    broadcast: Broadcast,
    wanted: Wanted,
    audience: Audience,
    *,
    time_zone: str,
    actor: User,
    now: datetime,
) -> Broadcast:
    """Promise an unsaved one to everybody chosen, `per_minute` of them from `begins_at` on.

    A form sent twice (`form_id`) makes one.
    """
    broadcast.created_by = actor
    broadcast.recipients = len(audience.chosen)
    broadcast.ends_at = ends_at(broadcast.begins_at, broadcast.recipients, broadcast.per_minute)
    broadcast.left_out = {why.value: len(who) for why, who in audience.left_out.items()}
    # Before the transaction: SQLite lets nobody else write during it.
    drafts = list(_drafts(broadcast, wanted, audience.chosen, time_zone, now))
    try:
        with transaction.atomic():
            broadcast.save()
            broadcast.tags.set(wanted.tags)
            made = MessageSchedule.objects.bulk_create(drafts, batch_size=_CHUNK)
            _write_down([message.pk for message in made], Status.SCHEDULED, broadcast, now)
            record("broadcast.made", subject=broadcast, actor=actor)
            wake_sender()
    except IntegrityError:
        first = made_with(broadcast.form_id)
        if first is None:
            raise
        return first
    return broadcast


def made_with(form_id: UUID | None) -> Broadcast | None:
    return Broadcast.objects.filter(form_id=form_id).first() if form_id else None


def going_out(at_most: int) -> list[tuple[Broadcast, int]]:
    """Those of which something still waits, and how many; the next to begin first.

    Counted in the index over the states of each that was not stopped, whatever else there is.
    """
    waiting = (
        MessageSchedule.objects.filter(broadcast=OuterRef("pk"), status=Status.SCHEDULED)
        .order_by()
        .values("broadcast")
        .annotate(count=Count("pk"))
    )
    counted = Broadcast.objects.filter(stopped_at=None).annotate(
        waiting=Subquery(waiting.values("count"))
    )
    found: Any = counted.filter(waiting__gt=0).order_by("begins_at", "pk")[:at_most]
    return [(one, one.waiting) for one in found]


def ends_at(begins_at: datetime, recipients: int, per_minute: int) -> datetime:
    """When the last of them goes."""
    return begins_at + _after(max(0, recipients - 1), per_minute)


def stop(broadcast: Broadcast, *, actor: User, now: datetime) -> int | None:
    """Call off all that waits; how many. None where it has been stopped already."""
    with transaction.atomic():
        running = Broadcast.objects.filter(pk=broadcast.pk, stopped_at__isnull=True)
        if not running.update(stopped_at=now):
            return None
        broadcast.stopped_at = now
        waiting = broadcast.messages.filter(status=Status.SCHEDULED)
        stopped = waiting.update(status=Status.CANCELLED, updated_at=now)
        _log(broadcast, Status.CANCELLED, now)
        record("broadcast.stopped", subject=broadcast, actor=actor)
    return stopped


def resume(broadcast: Broadcast, *, actor: User, now: datetime) -> int | None:
    """Let what `stop` called off go after all, at the same pace; None where it was not stopped.

    Nothing goes late in a heap: what should have begun meanwhile is put off as a whole.
    """
    with transaction.atomic():
        row = Broadcast.objects.select_for_update().get(pk=broadcast.pk)
        if row.stopped_at is None:
            return None
        waiting = _stopped_with(row, row.stopped_at)
        first = waiting.aggregate(first=Min("schedule_date"))["first"]
        if first and first < now:
            _put_off(waiting, now - first)
            broadcast.ends_at = row.ends_at + (now - first)
        back = waiting.live().update(status=Status.SCHEDULED, updated_at=now)
        _log(broadcast, Status.SCHEDULED, now)
        broadcast.stopped_at = None
        broadcast.save(update_fields=["stopped_at", "ends_at"])
        record("broadcast.resumed", subject=broadcast, actor=actor)
        wake_sender()
    return back


def join_stopped(customer: Customer, pks: Collection[int], *, now: datetime) -> None:
    """Of what a customer took into the trash, leave with a broadcast what it had stopped since.

    Letting that go on takes them along then, as if the stop had called them off.
    """
    called_off = customer.messages.filter(pk__in=pks, status=Status.CANCELLED)
    stopped = Broadcast.objects.filter(stopped_at__isnull=False, messages__in=called_off)
    for broadcast in stopped.distinct():
        mine = called_off.filter(broadcast=broadcast)
        _write_down(list(mine.values_list("pk", flat=True)), Status.CANCELLED, broadcast, now)
        mine.update(updated_at=broadcast.stopped_at)


def left_behind(customer: Customer) -> list[int]:
    """What a stop had called off and nobody let go on with the others: they were in the trash."""
    story = DeliveryEvent.objects.filter(message=OuterRef("pk")).order_by("-at", "-pk")
    called_off = customer.messages.filter(status=Status.CANCELLED, broadcast__isnull=False)
    by_the_stop = called_off.alias(by=Subquery(story.values("detail__broadcast")[:1])).filter(
        by__isnull=False, broadcast__stopped_at__isnull=True
    )
    return list(by_the_stop.values_list("pk", flat=True))


def _after(number: int, per_minute: int) -> timedelta:
    return timedelta(minutes=1) * number / per_minute


def _drafts(
    broadcast: Broadcast,
    wanted: Wanted,
    customers: Sequence[Customer],
    time_zone: str,
    now: datetime,
) -> Iterator[MessageSchedule]:
    for number, customer in enumerate(customers):
        yield _message(
            broadcast,
            customer,
            channel=wanted.channel_for(customer),
            at=broadcast.begins_at + _after(number, broadcast.per_minute),
            time_zone=time_zone,
            now=now,
        )


def _message(
    broadcast: Broadcast,
    customer: Customer,
    *,
    channel: str,
    at: datetime,
    time_zone: str,
    now: datetime,
) -> MessageSchedule:
    template = broadcast.template
    goes_as_template = template is not None and template.account.channel == channel
    return MessageSchedule(
        broadcast=broadcast,
        customer=customer,
        message_type=channel,
        message_content=broadcast.message_content,
        template=broadcast.template if goes_as_template else None,
        template_values=broadcast.template_values if goes_as_template else {},
        also_in_quiet_hours=broadcast.also_in_quiet_hours,
        schedule_date=at,
        due_at=at,
        wall_time=_wall_time(at, time_zone),
        time_zone=time_zone,
        created_by_id=broadcast.created_by_id,
        created_at=now,
    )


def _wall_time(at: datetime, time_zone: str) -> str:
    return due_dates.wall_in(at, time_zone).isoformat(timespec="minutes")


def _stopped_with(broadcast: Broadcast, stopped_at: datetime) -> MessageQuerySet:
    """What the stop itself called off: it was written at that very instant."""
    return broadcast.messages.filter(status=Status.CANCELLED, updated_at=stopped_at)


def _put_off(waiting: MessageQuerySet, delay: timedelta) -> None:
    waiting.update(
        schedule_date=F("schedule_date") + delay,
        due_at=F("schedule_date") + delay,
        send_by=F("send_by") + delay,
    )
    moments = waiting.order_by("schedule_date").values_list("pk", "schedule_date", "time_zone")
    by_minute = groupby(list(moments), key=lambda row: _wall_time(row[1], row[2]))
    for wall_time, rows in by_minute:
        pks = [pk for pk, _at, _zone in rows]
        MessageSchedule.objects.filter(pk__in=pks).update(wall_time=wall_time)


def _log(broadcast: Broadcast, status: Status, now: datetime) -> None:
    changed = broadcast.messages.filter(status=status, updated_at=now)
    _write_down(list(changed.values_list("pk", flat=True)), status, broadcast, now)


def _write_down(pks: Sequence[int], status: Status, broadcast: Broadcast, now: datetime) -> None:
    for chunk in _chunks(pks):
        DeliveryEvent.objects.bulk_create(
            DeliveryEvent(
                message_id=pk,
                status=status,
                source=Source.PERSON,
                detail={"broadcast": broadcast.pk},
                at=now,
            )
            for pk in pks[chunk]
        )


def _chunks(rows: Sequence[object]) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, len(rows), _CHUNK))
