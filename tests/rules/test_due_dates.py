from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import due_dates, zones
from rules.due_dates import OutOfRangeError, ZoneError, presets, resolve, wall_in


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("wall", "zone", "instant", "really", "kind"),
    [
        # An hour in spring, at its edges and within.
        ("2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z", None, "exact"),
        ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T03:00", "gap"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T03:00", "gap"),
        ("2026-03-29T02:59:59.9", "Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T03:00", "gap"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00Z", None, "exact"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00Z", "2026-03-08T03:00", "gap"),
        # An hour in autumn: the first of the two.
        ("2026-10-25T01:59", "Europe/Berlin", "2026-10-24T23:59Z", None, "exact"),
        ("2026-10-25T02:00", "Europe/Berlin", "2026-10-25T00:00Z", None, "fold"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z", None, "fold"),
        ("2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00Z", None, "exact"),
        # Half an hour.
        ("2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-03T15:30Z", "2026-10-04T02:30", "gap"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45Z", None, "fold"),
        # Midnight itself, and a whole day.
        ("2026-09-06T00:30", "America/Santiago", "2026-09-06T04:00Z", "2026-09-06T01:00", "gap"),
        ("2011-12-30T00:00", "Pacific/Apia", "2011-12-30T10:00Z", "2011-12-31T00:00", "gap"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00Z", "2011-12-31T00:00", "gap"),
        ("2011-12-29T23:59", "Pacific/Apia", "2011-12-30T09:59Z", None, "exact"),
        ("1969-09-30T12:00", "Pacific/Kwajalein", "1969-09-30T01:00Z", None, "fold"),
        # Ireland's winter time is the one that is set back in the tables; Morocco's Ramadan.
        ("2026-03-29T01:30", "Europe/Dublin", "2026-03-29T01:00Z", "2026-03-29T02:00", "gap"),
        ("2026-10-25T01:30", "Europe/Dublin", "2026-10-25T00:30Z", None, "fold"),
        ("2026-02-15T02:30", "Africa/Casablanca", "2026-02-15T01:30Z", None, "fold"),
        # No summer time, a quarter of an hour, former names.
        ("2026-06-01T09:00", "Asia/Kathmandu", "2026-06-01T03:15Z", None, "exact"),
        ("2026-06-01T09:00", "Asia/Calcutta", "2026-06-01T03:30Z", None, "exact"),
        ("2026-06-01T09:00", "UTC", "2026-06-01T09:00Z", None, "exact"),
    ],
)
def test_a_wall_time_becomes_its_instant(
    wall: str, zone: str, instant: str, really: str | None, kind: str
) -> None:
    resolved = resolve(at(wall), zone)
    assert resolved.kind == kind
    assert resolved.instant == at(instant)
    assert resolved.instant.tzinfo is UTC
    assert resolved.wall == at(really or wall)
    assert resolved.wall.tzinfo is None


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "europe/berlin", "posixrules"]
)
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ZoneError):
        resolve(at("2026-01-01T09:00"), zone)
    with pytest.raises(ZoneError):
        wall_in(at("2026-01-01T09:00Z"), zone)


def test_the_ends_of_the_calendar_are_refused() -> None:
    with pytest.raises(OutOfRangeError):
        resolve(at("0001-01-01T00:00"), "Asia/Tokyo")
    with pytest.raises(OutOfRangeError):
        resolve(at("9999-12-31T23:59"), "America/New_York")


def test_aware_and_naive_are_never_taken_for_each_other() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        resolve(at("2026-01-01T09:00Z"), "UTC")
    with pytest.raises(ValueError, match="has a time zone"):
        wall_in(at("2026-01-01T09:00"), "UTC")


walls = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))


@given(walls, st.sampled_from(zones.names()))
@settings(deadline=None, max_examples=300)
def test_an_instant_shows_the_wall_time_it_was_resolved_to(wall: datetime, zone: str) -> None:
    resolved = resolve(wall, zone)
    assert wall_in(resolved.instant, zone) == resolved.wall
    assert resolved.wall >= wall
    if resolved.kind != "gap":
        assert resolved.wall == wall
    else:
        just_before = resolved.instant - timedelta(microseconds=1)
        assert wall_in(just_before, zone) < wall


def change_of(zone: str, year: int) -> list[datetime]:
    """The instants of a year at which a zone changes its offset, to the minute."""
    info = ZoneInfo(zone)
    hours = (datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(365 * 24))
    found = []
    for hour in hours:
        later = hour + timedelta(hours=1)
        if hour.astimezone(info).utcoffset() != later.astimezone(info).utcoffset():
            found.append(later)
    return found


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut", "America/Nuuk"],
)
def test_no_two_minutes_around_a_change_swap_their_order(zone: str) -> None:
    for change in change_of(zone, 2026):
        start = wall_in(change, zone) - timedelta(hours=3)
        minutes = [start + timedelta(minutes=m) for m in range(6 * 60)]
        instants = [resolve(minute, zone).instant for minute in minutes]
        assert instants == sorted(instants)


def offered(now: str, zone: str) -> dict[str, str]:
    return {one.key: one.wall.isoformat(" ", "minutes") for one in presets(at(now), zone)}


def test_presets_on_a_sunday_afternoon() -> None:
    assert offered("2026-11-22T14:02:10+01:00", "Europe/Madrid") == {
        "in_1_hour": "2026-11-22 15:05",
        "this_evening": "2026-11-22 18:00",
        "tomorrow_9": "2026-11-23 09:00",
        "next_week": "2026-11-23 09:00",
    }


def test_the_evening_is_offered_until_half_past_five() -> None:
    assert "this_evening" in offered("2026-11-24T17:30+01:00", "Europe/Madrid")
    assert "this_evening" not in offered("2026-11-24T17:30:01+01:00", "Europe/Madrid")


def test_next_week_is_monday_on_every_day() -> None:
    mondays = [offered(f"2026-11-{day}T12:00Z", "UTC")["next_week"] for day in range(23, 31)]
    assert mondays == ["2026-11-30 09:00"] * 7 + ["2026-12-07 09:00"]


def test_an_hour_is_rounded_up_to_five_minutes() -> None:
    assert offered("2026-11-24T10:00Z", "UTC")["in_1_hour"] == "2026-11-24 11:00"
    assert offered("2026-11-24T10:00:01Z", "UTC")["in_1_hour"] == "2026-11-24 11:05"
    assert offered("2026-11-24T22:58Z", "UTC")["in_1_hour"] == "2026-11-25 00:00"
    assert offered("2026-11-24T10:00Z", "Asia/Kathmandu")["in_1_hour"] == "2026-11-24 16:45"


def test_an_hour_across_the_change_of_the_clocks_is_an_hour() -> None:
    assert offered("2026-03-29T00:30Z", "Europe/Berlin")["in_1_hour"] == "2026-03-29 03:30"
    # 02:32 comes twice that night, and would mean the first time, which is now.
    assert offered("2026-10-25T00:32Z", "Europe/Berlin")["in_1_hour"] == "2026-10-25 03:00"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from(zones.names()))
@settings(deadline=None, max_examples=200)
def test_every_preset_lies_ahead(moment: datetime, zone: str) -> None:
    now = moment.replace(tzinfo=UTC)
    for preset in presets(now, zone):
        instant = resolve(preset.wall, zone).instant
        assert instant > now
        if preset.key == "in_1_hour":
            assert timedelta(hours=1) <= instant - now < timedelta(hours=2, minutes=5)


def test_zones_to_choose_from_are_sorted_present_and_all_known() -> None:
    names = due_dates.zone_names()
    assert list(names) == sorted(names)
    assert {"Europe/Madrid", "Asia/Kolkata", "America/New_York", "UTC"} <= set(names)
    assert not {"Asia/Calcutta", "US/Pacific", "Etc/GMT+1", "EST", "Europe/Kiev"} & set(names)
    for name in names:
        assert due_dates.zone_info(name)
