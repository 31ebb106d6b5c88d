from datetime import date, time
from typing import Any

import pytest
from django.utils import translation

from crm.models import Business, MessageSchedule, MessageSeries
from crm.templatetags.display import written_for
from crm.templatetags.series_words import anchor_words, repeats, rhythm, rule_words
from rules.recurrence import Rule, Unit

HERE = Business(country="GB", time_zone="Europe/London", currency="GBP")
THIRD = date(2026, 12, 3)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"unit": Unit.DAY}, "Every day"),
        ({"unit": Unit.DAY, "interval": 3}, "Every 3 days"),
        ({"unit": Unit.WEEK}, "Every week on Thursday"),
        (
            {"unit": Unit.WEEK, "interval": 2, "weekdays": frozenset({0, 3})},
            "Every 2 weeks on Monday and Thursday",
        ),
        ({"unit": Unit.MONTH}, "Every month on the 3rd"),
        ({"unit": Unit.MONTH, "first": date(2027, 1, 31)}, "Every month on the last day"),
        ({"unit": Unit.MONTH, "first": date(2027, 1, 30)}, "Every month on the 30th or last day"),
        ({"unit": Unit.MONTH, "interval": 3, "count": 4}, "Every 3 months on the 3rd, 4 times"),
        ({"unit": Unit.YEAR}, "Every year on 3 December"),
        (
            {"unit": Unit.YEAR, "until": date(2030, 1, 1)},
            "Every year on 3 December, until 1 January 2030",
        ),
    ],
)
def test_how_often_in_words(facts: dict[str, Any], said: str) -> None:
    with written_for(HERE), translation.override("en"):
        assert rule_words(Rule(**({"first": THIRD} | facts))) == said


def test_a_series_says_the_time_of_day_too() -> None:
    series = MessageSeries(unit="month", interval=1, first_day=THIRD, wall_time=time(10))
    with written_for(HERE):
        assert rhythm(series) == "Every month on the 3rd at 10:00"
        assert repeats(series) == "repeats monthly"
    assert repeats(MessageSeries(unit="month", interval=2)) == "repeats"


@pytest.mark.parametrize(
    ("anchor", "offset", "unit", "said"),
    [
        ("", 0, "day", ""),
        ("due", -2, "day", "2 days before it is due"),
        ("due", 0, "week", "on the day it is due"),
        ("due", 1, "week", "1 week after it is due"),
        ("issued", 1, "year", "1 year after its date of issue"),
    ],
)
def test_what_a_moment_hangs_on(anchor: str, offset: int, unit: str, said: str) -> None:
    message = MessageSchedule(anchor=anchor, anchor_offset=offset, anchor_unit=unit)
    assert anchor_words(message) == said
