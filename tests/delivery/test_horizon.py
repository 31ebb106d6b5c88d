from datetime import datetime, timedelta

import pytest

from delivery.horizon import BEGINNING, MARGIN, Horizon
from tests.make import NOW


class Clock:
    """Goes on only when it is told to."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def horizon(clock: Clock) -> Horizon:
    return Horizon(clock)


def look(horizon: Horizon, *waiting: datetime, at_s: float, took_s: float = 0.001) -> datetime:
    """Where the look began."""
    clock = horizon._clock_s
    assert isinstance(clock, Clock)
    clock.at_s = at_s
    with horizon.look(NOW) as made:
        made.waiting = waiting
        clock.at_s += took_s
    return made.since


def test_first_look_is_full_and_the_next_begins_where_something_waits(
    horizon: Horizon,
) -> None:
    waiting = NOW - timedelta(hours=1)
    assert look(horizon, waiting, at_s=0) == BEGINNING
    assert look(horizon, waiting, at_s=1) == waiting - MARGIN


def test_empty_outbox_is_looked_at_from_a_little_before_now(horizon: Horizon) -> None:
    """A page that says "now" writes down the minute that has begun."""
    look(horizon, NOW + timedelta(days=1), at_s=0)
    assert look(horizon, at_s=1) == NOW - MARGIN


def test_horizon_follows_the_backlog_without_full_looks(horizon: Horizon) -> None:
    look(horizon, NOW - timedelta(hours=2), at_s=0)
    look(horizon, NOW - timedelta(hours=1), at_s=1)
    assert look(horizon, at_s=2) == NOW - timedelta(hours=1) - MARGIN


def test_full_looks_come_back_every_few_seconds(horizon: Horizon) -> None:
    look(horizon, at_s=0)
    assert look(horizon, at_s=4.9) > BEGINNING
    assert look(horizon, at_s=5.1) == BEGINNING


def test_dear_full_looks_take_a_hundredth_of_the_time(horizon: Horizon) -> None:
    look(horizon, at_s=0, took_s=0.3)
    assert look(horizon, at_s=30) > BEGINNING
    assert look(horizon, at_s=30.4) == BEGINNING
