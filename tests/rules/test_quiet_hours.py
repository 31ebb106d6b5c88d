from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.quiet_hours import next_allowed

NIGHT = (time(21), time(8))
NEW_YORK = "America/New_York"


def at(said: str, zone: str = NEW_YORK, fold: int = 0) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-11-17T20:59:59", "2026-11-17T20:59:59"),
        ("2026-11-17T21:00", "2026-11-18T08:00"),
        ("2026-11-17T21:40", "2026-11-18T08:00"),
        ("2026-11-18T00:00", "2026-11-18T08:00"),
        ("2026-11-18T07:59:59", "2026-11-18T08:00"),
        ("2026-11-18T08:00", "2026-11-18T08:00"),
        ("2026-12-31T23:30", "2027-01-01T08:00"),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(now: str, allowed: str) -> None:
    assert next_allowed(at(now), NEW_YORK, *NIGHT) == at(allowed)


@pytest.mark.parametrize(
    ("now", "allowed"),
    [("12:59", "12:59"), ("13:00", "15:00"), ("14:59", "15:00"), ("15:00", "15:00")],
)
def test_quiet_hours_in_the_middle_of_the_day(now: str, allowed: str) -> None:
    day = "2026-11-17T"
    found = next_allowed(at(day + now), NEW_YORK, time(13), time(15))
    assert found == at(day + allowed)


def test_they_are_those_of_the_customers_clock() -> None:
    afternoon_in_madrid = at("2026-11-17T14:00", "Europe/Madrid")
    assert next_allowed(afternoon_in_madrid, "Europe/Madrid", *NIGHT) == afternoon_in_madrid
    assert next_allowed(afternoon_in_madrid, "Asia/Tokyo", *NIGHT) == at(
        "2026-11-18T08:00", "Asia/Tokyo"
    )


@pytest.mark.parametrize("hours", [(None, None), (time(21), None), (None, time(8)), (time(8),) * 2])
def test_without_two_different_times_no_hour_is_quiet(hours: tuple[time, time]) -> None:
    now = at("2026-11-17T23:00")
    assert next_allowed(now, NEW_YORK, *hours) == now


def test_an_end_that_the_clocks_skip_is_the_first_moment_after() -> None:
    found = next_allowed(at("2027-03-14T01:00"), NEW_YORK, time(21), time(2, 30))
    assert found == at("2027-03-14T03:00")


def test_an_end_that_comes_twice_is_the_first_and_later_the_second() -> None:
    hours = (time(21), time(1, 30))
    assert next_allowed(at("2026-11-01T00:30"), NEW_YORK, *hours) == at("2026-11-01T01:30")
    again = at("2026-11-01T01:10", fold=1)
    assert next_allowed(again, NEW_YORK, *hours) == at("2026-11-01T01:30", fold=1)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([NEW_YORK, "Europe/Madrid", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)
@settings(deadline=None)
def test_it_is_never_earlier_within_a_day_and_allowed_when_it_comes(
    now: datetime, zone: str, begin: time, end: time
) -> None:
    found = next_allowed(now, zone, begin, end)
    assert now <= found <= now + timedelta(hours=25)
    assert next_allowed(found, zone, begin, end) == found
