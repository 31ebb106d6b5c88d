"""On which days something comes again: every so many days, weeks, months or years.

A month without the day takes its last one: from 31 January on every month is 31 January,
28 (29) February, 31 March. A year without 29 February takes the 28th. Weeks begin on a Monday,
which counts where something comes every second week on several days.

The time of day is no matter of this module: `due_dates` finds the instant of each day's wall time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Any, Literal

from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule

from rules.due_dates import OutOfRangeError

#: In every month there is; later days are where clipping begins.
_LAST_COMMON_DAY = 28
_FEBRUARY = 2


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_FREQUENCIES: dict[Unit, Literal[0, 1, 2, 3]] = {
    Unit.DAY: DAILY,
    Unit.WEEK: WEEKLY,
    Unit.MONTH: MONTHLY,
    Unit.YEAR: YEARLY,
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`weekdays` count from Monday, 0, and go with weeks only. It ends at `until` or after `count`.

    Where weekdays are chosen and `first` is none of them, it begins on the next that is.
    """

    unit: Unit
    first: date
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    until: date | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if self.interval < 1 or (self.count is not None and self.count < 1):
            raise ValueError("an interval and a count are at least 1")
        if self.weekdays and self.unit is not Unit.WEEK:
            raise ValueError("weekdays go with weeks")
        if not self.weekdays <= set(range(7)):
            raise ValueError("a weekday is 0 to 6")

    @property
    def begins(self) -> date:
        days = (self.first + timedelta(days=ahead) for ahead in range(7))
        return next(day for day in days if not self.weekdays or day.weekday() in self.weekdays)


def days(rule: Rule) -> Iterator[date]:
    """Every day of it in order, up to the calendar's end where it has none of its own."""
    found = (moment.date() for moment in _rrule(rule))
    until = rule.until
    return found if until is None else takewhile(lambda day: day <= until, found)


def days_from(rule: Rule, day: date) -> Iterator[date]:
    """Those on `day` and later."""
    return (one for one in days(rule) if one >= day)


def ahead(rule: Rule, day: date, *, horizon: timedelta, least: int, most: int) -> list[date]:
    """From `day` on within `horizon`; yet at least `least`, where there are, and at most `most`."""
    found: list[date] = []
    for one in islice(days_from(rule, day), most):
        if one > day + horizon and len(found) >= least:
            break
        found.append(one)
    return found


def left_from(rule: Rule, day: date) -> int | None:
    """How many of a counted rule come on `day` and later; None where it is not counted."""
    return None if rule.count is None else sum(1 for _one in days_from(rule, day))


def shifted(day: date, number: int, unit: Unit) -> date:
    """`number` units later, or earlier where it is negative; a month's end is kept to.

    Raises OutOfRangeError beyond the calendar.
    """
    by: dict[str, Any] = {f"{unit}s": number}
    try:
        return day + relativedelta(**by)
    except (ValueError, OverflowError) as error:
        raise OutOfRangeError(f"{day} {number:+} {unit}") from error


def _rrule(rule: Rule) -> rrule:
    return rrule(
        freq=_FREQUENCIES[rule.unit],
        interval=rule.interval,
        dtstart=datetime.combine(rule.begins, time()),
        count=rule.count,
        **_which(rule),
    )


def _which(rule: Rule) -> dict[str, Any]:
    """Of the days up to the wanted one each month takes the last that it has."""
    if rule.weekdays:
        return {"byweekday": sorted(rule.weekdays)}
    first = rule.first
    if rule.unit is Unit.MONTH and first.day > _LAST_COMMON_DAY:
        return {"bymonthday": range(_LAST_COMMON_DAY, first.day + 1), "bysetpos": -1}
    if rule.unit is Unit.YEAR and (first.month, first.day) == (_FEBRUARY, 29):
        return {"bymonth": _FEBRUARY, "bymonthday": (28, 29), "bysetpos": -1}
    return {}
