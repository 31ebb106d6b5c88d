"""When things happen in the story, from the moment the demo is made."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

#: From the business's local now (aware) to a local moment (aware), to the minute.
type Moment = Callable[[datetime], datetime]

_QUARTER = timedelta(minutes=15)


def ago(*, days: int = 0, hours: int = 0, minutes: int = 0) -> Moment:
    back = timedelta(days=days, hours=hours, minutes=minutes)
    return lambda now: (now - back).replace(second=0, microsecond=0)


def later(*, hours: int = 0, minutes: int = 0) -> Moment:
    """Rounded up to a quarter of an hour, as people plan."""

    def at(now: datetime) -> datetime:
        then = now + timedelta(hours=hours, minutes=minutes)
        rest = (then - then.min.replace(tzinfo=then.tzinfo)) % _QUARTER
        return then - rest + _QUARTER

    return at


def on(days: int, clock: str) -> Moment:
    """So many days from today (negative: past ones) at a time on the business's clock."""

    def at(now: datetime) -> datetime:
        day = now.date() + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=now.tzinfo)

    return at
