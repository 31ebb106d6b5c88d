import zoneinfo

import pytest

from rules import zones


@pytest.mark.parametrize(
    ("name", "present"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("Europe/London", "Europe/London"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT", "UTC"),
        ("GMT", "UTC"),
        ("Zulu", "UTC"),
        ("Etc/GMT+5", None),
        ("Nowhere", None),
        ("", None),
    ],
)
def test_a_zone_goes_by_its_present_name(name: str, present: str | None) -> None:
    assert zones.canonical(name) == present


FIXED_OFFSETS = {f"Etc/GMT{sign}{hours}" for sign in "+-" for hours in range(15)} - {"Etc/GMT+0"}


def test_every_name_python_knows_of_a_place_is_understood() -> None:
    places = {name for name in zoneinfo.available_timezones() if "/" in name}
    assert {name for name in places if zones.canonical(name) is None} <= FIXED_OFFSETS


def test_require_says_which_zone_does_not_exist() -> None:
    assert zones.require("Asia/Calcutta") == "Asia/Kolkata"
    with pytest.raises(zones.ZoneError, match="Mars"):
        zones.require("Mars")


def test_zones_lie_in_countries() -> None:
    assert zones.country_of("Asia/Calcutta") == "IN"
    assert zones.country_of("UTC") is None
    assert zones.country_of("Mars") is None
    assert "Europe/Madrid" in zones.of_country("ES")
    assert zones.of_country("XX") == ()
