"""What goes out by itself in the next days, ready to be drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from django.utils import timezone

from crm.actions import broadcasts
from crm.actions.messages import rendered
from crm.models import Broadcast, MessageSchedule
from crm.views.requests import AuthenticatedRequest

SHOWN = 12
AHEAD = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Upcoming:
    """One message, or all that still wait of one to many: then `count` says how many those are.

    What `is_under_way` goes on now and stands at no moment of its own.
    """

    at: datetime
    text: str
    message: MessageSchedule | None = None
    broadcast: Broadcast | None = None
    count: int = 1
    is_under_way: bool = False

    @property
    def day(self) -> date:
        return timezone.localtime(self.at).date()

    @property
    def seen(self) -> tuple[object, ...]:
        """What the row says, for the page's version."""
        of = (self.message and self.message.pk, self.broadcast and self.broadcast.pk)
        return (*of, None if self.is_under_way else self.at, self.text, self.count)


@dataclass(frozen=True, kw_only=True)
class Ahead:
    later_today: Sequence[Upcoming]
    this_week: Sequence[Upcoming]
    following: MessageSchedule | None
    has_more: bool


def ahead(request: AuthenticatedRequest, now: datetime) -> Ahead:
    """Two queries, however many there are."""
    single = MessageSchedule.objects.upcoming(now).filter(broadcast=None)
    found = list(single.select_related("customer", "invoice")[: SHOWN + 1])
    rows = [*_to_one(request, found), *_to_many(now)]
    rows.sort(key=attrgetter("at"))
    week = [row for row in rows[:SHOWN] if row.at < now + AHEAD]
    today = timezone.localtime(now).date()
    return Ahead(
        later_today=[row for row in week if row.day <= today],
        this_week=[row for row in week if row.day > today],
        following=found[0] if found else None,
        has_more=len(rows) > len(week),
    )


def _to_one(
    request: AuthenticatedRequest, messages: Sequence[MessageSchedule]
) -> Iterator[Upcoming]:
    for message in messages:
        text = rendered(message, request.business).text
        yield Upcoming(at=message.due_at, text=text, message=message)


def _to_many(now: datetime) -> Iterator[Upcoming]:
    for one, waiting in broadcasts.going_out(SHOWN + 1):
        yield Upcoming(
            at=max(one.begins_at, now),
            text=one.message_content,
            broadcast=one,
            count=waiting,
            is_under_way=one.begins_at <= now,
        )
