"""May we write to somebody at 21:40? The quiet hours are wall times where the customer is."""

from datetime import UTC, datetime, time, timedelta

from rules import due_dates


def next_allowed(
    now: datetime, zone: str, quiet_from: time | None, quiet_until: time | None
) -> datetime:
    """`now` (aware) where it lies outside the quiet hours in `zone`, else when they are over.

    They begin at `quiet_from` and are over at `quiet_until`, which may be on the next day. Without
    either, or where both are the same, no hour is quiet. Raises ZoneError.
    """
    if quiet_from is None or quiet_until is None:
        return now
    wall = due_dates.wall_in(now, zone)
    if not _is_within(wall.time(), quiet_from, quiet_until):
        return now
    day = wall.date() if wall.time() < quiet_until else wall.date() + timedelta(days=1)
    return _first_after(now, datetime.combine(day, quiet_until), zone)


def _is_within(clock: time, begin: time, end: time) -> bool:
    if begin <= end:
        return begin <= clock < end
    return clock >= begin or clock < end


def _first_after(now: datetime, wall: datetime, zone: str) -> datetime:
    """Where the clocks have gone back since the first of two like moments, it is the second."""
    first = due_dates.resolve(wall, zone).instant
    if first > now:
        return first
    return wall.replace(tzinfo=due_dates.zone_info(zone), fold=1).astimezone(UTC)
