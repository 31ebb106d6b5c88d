from calendar import monthrange
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from rules import recurrence
from rules.due_dates import OutOfRangeError
from rules.recurrence import Rule, Unit

YEAR = timedelta(days=366)
NEAR = st.dates(date(1990, 1, 1), date(2100, 12, 31))
RULES = st.builds(
    Rule,
    unit=st.sampled_from(Unit),
    first=NEAR,
    interval=st.integers(1, 13),
    until=st.none() | NEAR,
    count=st.none() | st.integers(1, 20),
)


def first(number: int, rule: Rule) -> list[date]:
    return list(islice(recurrence.days(rule), number))


def test_the_31st_becomes_the_last_day_of_shorter_months_and_comes_back() -> None:
    rule = Rule(unit=Unit.MONTH, first=date(2027, 1, 31))
    assert first(5, rule) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]


def test_february_of_a_leap_year_has_its_29th() -> None:
    rule = Rule(unit=Unit.MONTH, first=date(2027, 12, 30))
    assert first(4, rule)[2:] == [date(2028, 2, 29), date(2028, 3, 30)]


def test_a_29th_of_february_is_kept_on_the_28th_in_other_years() -> None:
    rule = Rule(unit=Unit.YEAR, first=date(2028, 2, 29))
    assert first(5, rule) == [
        date(2028, 2, 29),
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 29),
    ]


def test_every_quarter_from_the_end_of_november() -> None:
    rule = Rule(unit=Unit.MONTH, interval=3, first=date(2026, 11, 30))
    assert first(3, rule) == [date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 30)]


def test_a_week_may_have_several_days() -> None:
    rule = Rule(unit=Unit.WEEK, first=date(2026, 11, 17), weekdays=frozenset({1, 4}))
    assert first(4, rule) == [
        date(2026, 11, 17),
        date(2026, 11, 20),
        date(2026, 11, 24),
        date(2026, 11, 27),
    ]


def test_it_begins_on_the_first_of_the_chosen_weekdays() -> None:
    friday_chosen_monday = Rule(
        unit=Unit.WEEK, interval=2, first=date(2026, 11, 20), weekdays=frozenset({0})
    )
    assert first(2, friday_chosen_monday) == [date(2026, 11, 23), date(2026, 12, 7)]


def test_every_second_week_counts_weeks_from_monday() -> None:
    rule = Rule(unit=Unit.WEEK, interval=2, first=date(2026, 11, 17), weekdays=frozenset({0, 1}))
    assert first(3, rule) == [date(2026, 11, 17), date(2026, 11, 30), date(2026, 12, 1)]


def test_it_ends_on_its_last_day_or_after_its_count() -> None:
    until = Rule(unit=Unit.DAY, first=date(2026, 11, 17), until=date(2026, 11, 19))
    counted = Rule(unit=Unit.DAY, first=date(2026, 11, 17), count=2)
    assert len(first(9, until)) == 3
    assert len(first(9, counted)) == 2


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(unit=Unit.DAY, first=date(2026, 11, 1)), 30),
        (Rule(unit=Unit.MONTH, first=date(2026, 11, 1)), 12),
        (Rule(unit=Unit.YEAR, first=date(2026, 11, 1)), 3),
        (Rule(unit=Unit.YEAR, first=date(2026, 11, 1), count=2), 1),
        (Rule(unit=Unit.DAY, first=date(2026, 11, 1), until=date(2026, 11, 9)), 0),
    ],
)
def test_so_many_are_seen_ahead(rule: Rule, expected: int) -> None:
    found = recurrence.ahead(rule, date(2026, 11, 17), horizon=YEAR, least=3, most=30)
    assert len(found) == expected
    assert all(day >= date(2026, 11, 17) for day in found)


def test_how_many_are_left_of_a_count() -> None:
    rule = Rule(unit=Unit.MONTH, first=date(2026, 1, 5), count=12)
    assert recurrence.left_from(rule, date(2026, 11, 5)) == 2
    assert recurrence.left_from(Rule(unit=Unit.DAY, first=date(2026, 1, 5)), date.max) is None


@pytest.mark.parametrize(
    ("day", "number", "unit", "expected"),
    [
        (date(2026, 11, 16), -2, Unit.DAY, date(2026, 11, 14)),
        (date(2026, 11, 16), 0, Unit.DAY, date(2026, 11, 16)),
        (date(2026, 11, 16), 2, Unit.WEEK, date(2026, 11, 30)),
        (date(2027, 1, 31), 1, Unit.MONTH, date(2027, 2, 28)),
        (date(2028, 2, 29), 1, Unit.YEAR, date(2029, 2, 28)),
    ],
)
def test_so_long_after_a_day(day: date, number: int, unit: Unit, expected: date) -> None:
    assert recurrence.shifted(day, number, unit) == expected


@pytest.mark.parametrize("number", [-3000, 9000, 10**12])
def test_no_day_lies_beyond_the_calendar(number: int) -> None:
    with pytest.raises(OutOfRangeError):
        recurrence.shifted(date(2026, 11, 16), number, Unit.YEAR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"interval": 0},
        {"count": 0},
        {"weekdays": frozenset({7}), "unit": Unit.WEEK},
        {"weekdays": frozenset({1}), "unit": Unit.MONTH},
    ],
)
def test_a_rule_that_makes_no_sense_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Rule(**({"unit": Unit.DAY, "first": date(2026, 11, 17)} | wrong))  # type: ignore[arg-type]


@given(RULES)
def test_days_ascend_from_the_first_and_keep_to_the_end(rule: Rule) -> None:
    found = first(25, rule)
    assert found[:1] == [rule.first][: len(found)]
    assert all(before < after for before, after in pairwise(found))
    assert rule.count is None or len(found) <= rule.count
    assert rule.until is None or all(day <= rule.until for day in found)


@given(first_day=NEAR, interval=st.integers(1, 30))
def test_months_are_those_of_the_calendar_clipped_from_the_first(
    first_day: date, interval: int
) -> None:
    """An independent oracle: relativedelta clips each time from the day of the first."""
    found = first(12, Rule(unit=Unit.MONTH, first=first_day, interval=interval))
    assert found == [first_day + relativedelta(months=interval * n) for n in range(len(found))]
    last_days = (monthrange(day.year, day.month)[1] for day in found)
    assert all(
        day.day == min(first_day.day, last) for day, last in zip(found, last_days, strict=True)
    )


@given(first_day=NEAR, interval=st.integers(1, 9))
def test_years_keep_their_day(first_day: date, interval: int) -> None:
    found = first(8, Rule(unit=Unit.YEAR, first=first_day, interval=interval))
    assert found == [first_day + relativedelta(years=interval * n) for n in range(8)]


@given(first_day=NEAR, weekdays=st.frozensets(st.integers(0, 6), min_size=1))
def test_every_week_on_some_days_is_every_such_day(
    first_day: date, weekdays: frozenset[int]
) -> None:
    found = first(20, Rule(unit=Unit.WEEK, first=first_day, weekdays=weekdays))
    every = (first_day + timedelta(days=n) for n in range(200))
    assert found == list(islice((day for day in every if day.weekday() in weekdays), 20))
