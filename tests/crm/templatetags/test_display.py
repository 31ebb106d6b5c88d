from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone, translation

from crm.models import Business
from crm.templatetags import display
from tests.make import NOW


@pytest.fixture(autouse=True)
def _in_madrid() -> Iterator[None]:
    """NOW is Tuesday, 17 November 2026, 10:30 there."""
    with (
        time_machine.travel(NOW, tick=False),
        timezone.override(ZoneInfo("Europe/Madrid")),
        display.written_for(Business(country="ES")),
    ):
        yield


@pytest.mark.parametrize(
    ("country", "amount", "currency", "shown"),
    [
        ("GB", "1234.5", "GBP", "£1,234.50"),
        ("US", "1234.5", "USD", "$1,234.50"),
        ("IN", "1234567", "INR", "₹12,34,567.00"),
        ("GB", "1500", "JPY", "JP¥1,500"),
        ("GB", "1.234", "KWD", "KWD\xa01.234"),
    ],
)
def test_money_is_written_as_the_country_of_the_business_writes_it(
    country: str, amount: str, currency: str, shown: str
) -> None:
    with display.written_for(Business(country=country)):
        assert display.money(Decimal(amount), currency) == shown


def test_money_follows_the_language_too() -> None:
    with translation.override("de"), display.written_for(Business(country="DE")):
        assert display.money(Decimal("1234.5"), "EUR") == "1.234,50\xa0€"


def test_the_style_of_the_business_ends_with_the_block() -> None:
    with display.written_for(Business(country="US")):
        assert display.locale() == "en_US"
    assert display.locale() == "en_ES"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 11, 17), "today"),
        (date(2026, 11, 16), "yesterday"),
        (date(2026, 11, 18), "tomorrow"),
        (date(2026, 11, 2), "2 Nov"),
        (date(2025, 11, 2), "2 Nov 2025"),
        (datetime(2026, 11, 17, 23, 30, tzinfo=UTC), "tomorrow"),
        (None, ""),
    ],
)
def test_a_day_is_named_when_it_is_near(value: date | None, shown: str) -> None:
    assert display.day(value) == shown


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2026, 11, 17, 8, 0, tzinfo=UTC), "today 09:00"),
        (datetime(2026, 11, 18, 8, 0, tzinfo=UTC), "tomorrow 09:00"),
        (datetime(2026, 11, 16, 23, 30, tzinfo=UTC), "today 00:30"),
        (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), "Fri 09:00"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "24 Nov, 09:00"),
        (datetime(2026, 11, 13, 8, 0, tzinfo=UTC), "13 Nov, 09:00"),
        (datetime(2027, 1, 8, 8, 0, tzinfo=UTC), "8 Jan 2027, 09:00"),
    ],
)
def test_a_moment_is_told_in_the_zone_in_force(instant: datetime, shown: str) -> None:
    assert display.moment(instant) == shown


def test_a_moment_in_another_zone_names_it() -> None:
    instant = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
    assert display.moment(instant, "America/New_York") == "today 09:00 (New York time)"


def test_a_moment_in_a_zone_with_the_same_clock_does_not_name_it() -> None:
    instant = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
    assert display.moment(instant, "Europe/Berlin") == "today 15:00"


def test_a_moment_can_be_told_in_full() -> None:
    instant = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
    assert display.full_moment(instant) == "Tuesday, 17 November 2026, 09:00"
    assert display.full_day(instant) == "Tuesday, 17 November 2026"
    assert display.clock(instant) == "09:00"


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=3), "3 hr ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=12), "5 Nov, 10:30"),
    ],
)
def test_what_has_passed_is_told_by_how_long_ago(passed: timedelta, shown: str) -> None:
    assert display.ago(NOW - passed) == shown


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (timedelta(seconds=5), "now"),
        (timedelta(seconds=-90), "now"),
        (timedelta(minutes=4), "in 4 min"),
        (timedelta(days=12), "29 Nov, 10:30"),
    ],
)
def test_what_comes_is_told_by_how_long_it_will_be(left: timedelta, shown: str) -> None:
    assert display.until(NOW + left) == shown


def test_elapsed_time_has_no_direction_and_is_never_nothing() -> None:
    assert display.elapsed(NOW - timedelta(minutes=4)) == "4 mins"
    assert display.elapsed(NOW) == "1 min"


def test_a_phone_is_national_at_home_and_international_abroad() -> None:
    assert display.phone("+34612345678") == "612 34 56 78"
    assert display.phone("+442079460018") == "+44 20 7946 0018"
    assert display.phone("") == ""


def test_templates_get_a_time_element_that_tells_the_full_date() -> None:
    page = Template("{% load display %}{{ at|when }}").render(Context({"at": NOW}))
    assert page == (
        '<time datetime="2026-11-17T09:30:00+00:00" title="Tuesday, 17 November 2026, 10:30">'
        "today 10:30</time>"
    )


@pytest.mark.parametrize(
    "name", ["day", "full_day", "clock", "moment", "full_moment", "when", "ago", "until", "elapsed"]
)
def test_nothing_is_shown_as_nothing(name: str) -> None:
    shown = Template("{% load display %}{{ nothing|" + name + " }}").render(
        Context({"nothing": None})
    )
    assert shown == ""


def test_numbers_are_grouped() -> None:
    with display.written_for(Business(country="GB")):
        assert display.number(10000) == "10,000"
    assert display.number(None) == ""
    assert display.money(None, "EUR") == ""
