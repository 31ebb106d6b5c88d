"""From the wall clock a person reads to the instant a message leaves, and back.

Clocks that go forward skip wall times: those become the first instant after the gap.
Clocks that go back repeat some: those are the first of the two.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from rules import zones
from rules.zones import ZoneError as ZoneError  # noqa: PLC0414 (raised here)

IN_1_HOUR_STEP = timedelta(minutes=5)
EVENING = time(18)
EVENING_OFFERED_UNTIL = time(17, 30)
MORNING = time(9)

type Kind = Literal["exact", "gap", "fold"]
type PresetKey = Literal["in_1_hour", "this_evening", "tomorrow_9", "next_week"]

_SECOND = timedelta(seconds=1)


class OutOfRangeError(ValueError):
    """So near the calendar's first or last day that it has no instant in UTC."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """`instant` is aware, in UTC; `wall` is naive, the wall time the instant really has."""

    instant: datetime
    wall: datetime
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Preset:
    """`wall` is naive, in the zone asked for, and resolves to an instant in the future."""

    key: PresetKey
    wall: datetime


def resolve(wall: datetime, zone: str) -> Resolved:
    """`wall` is naive. Raises ZoneError, OutOfRangeError, and ValueError for an aware `wall`."""
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no time zone")
    tz = zone_info(zone)
    try:
        return _resolve(wall.replace(fold=0), tz)
    except OverflowError as error:
        raise OutOfRangeError(wall.isoformat()) from error


def wall_in(instant: datetime, zone: str) -> datetime:
    """The naive wall time an aware `instant` has in `zone`. Raises ZoneError."""
    _require_aware(instant)
    return instant.astimezone(zone_info(zone)).replace(tzinfo=None, fold=0)


def presets(now: datetime, zone: str) -> tuple[Preset, ...]:
    """Moments people pick most, all after `now` (aware); the evening only well before it."""
    local = wall_in(now, zone)
    today = local.date()
    walls: dict[PresetKey, datetime] = {"in_1_hour": _in_1_hour(now, zone)}
    if local.time() <= EVENING_OFFERED_UNTIL:
        walls["this_evening"] = datetime.combine(today, EVENING)
    walls["tomorrow_9"] = datetime.combine(today + timedelta(days=1), MORNING)
    walls["next_week"] = datetime.combine(today + timedelta(days=7 - today.weekday()), MORNING)
    return tuple(Preset(key=key, wall=resolve(wall, zone).wall) for key, wall in walls.items())


def zone_names() -> tuple[str, ...]:
    """Every zone to choose from, by its present IANA name, sorted."""
    return zones.names()


def zone_info(zone: str) -> ZoneInfo:
    """Raises ZoneError. Former names are understood: browsers still report some."""
    return ZoneInfo(zones.require(zone))


def _resolve(wall: datetime, tz: ZoneInfo) -> Resolved:
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Resolved(instant=first, wall=wall, kind="exact")
    if first < second:
        return Resolved(instant=first, wall=wall, kind="fold")
    instant = _first_after_change(second, first, tz)
    return Resolved(instant=instant, wall=instant.astimezone(tz).replace(tzinfo=None), kind="gap")


def _first_after_change(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The whole second in (before, after] at which `tz` changes its offset, found by halving."""
    old = before.astimezone(tz).utcoffset()
    low, high = before.replace(microsecond=0), after.replace(microsecond=0) + _SECOND
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == old else (low, middle)
    return high


def _in_1_hour(now: datetime, zone: str) -> datetime:
    """Rounded up; where the clocks repeat an hour, the next time on them that comes only once."""
    target = now.astimezone(UTC) + timedelta(hours=1)
    wall = _round_up(wall_in(target, zone))
    while resolve(wall, zone).instant < target:
        wall += IN_1_HOUR_STEP
    return wall


def _round_up(wall: datetime) -> datetime:
    over = (wall - datetime.combine(wall.date(), time())) % IN_1_HOUR_STEP
    return wall + IN_1_HOUR_STEP - over if over else wall


def _require_aware(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise ValueError("an instant has a time zone")
