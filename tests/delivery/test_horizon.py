from datetime import datetime, timedelta

from delivery.horizon import BEGINNING, MARGIN, Horizon
from tests.make import NOW


def look(horizon: Horizon, *first_due: datetime, at_s: float, took_s: float = 0.001) -> datetime:
    """Where the look began."""
    horizon.begin_look(at_s)
    horizon.end_look(first_due, NOW, began_s=at_s, ended_s=at_s + took_s)
    return horizon.since


def test_first_look_is_a_full_one_and_the_next_begins_where_something_waits() -> None:
    horizon = Horizon()
    waiting = NOW - timedelta(hours=1)
    assert look(horizon, waiting, at_s=0) == BEGINNING
    assert look(horizon, waiting, at_s=1) == waiting - MARGIN


def test_empty_outbox_is_looked_at_from_a_little_before_now() -> None:
    """A page that says "now" writes down the minute that has begun."""
    horizon = Horizon()
    look(horizon, NOW + timedelta(days=1), at_s=0)
    assert look(horizon, at_s=1) == NOW - MARGIN


def test_horizon_follows_the_backlog_without_full_looks() -> None:
    horizon = Horizon()
    look(horizon, NOW - timedelta(hours=2), at_s=0)
    look(horizon, NOW - timedelta(hours=1), at_s=1)
    assert look(horizon, at_s=2) == NOW - timedelta(hours=1) - MARGIN


def test_full_looks_come_back_every_few_seconds() -> None:
    horizon = Horizon()
    look(horizon, at_s=0)
    assert look(horizon, at_s=4.9) > BEGINNING
    assert look(horizon, at_s=5.1) == BEGINNING


def test_dear_full_looks_take_a_hundredth_of_the_time() -> None:
    horizon = Horizon()
    look(horizon, at_s=0, took_s=0.3)
    assert look(horizon, at_s=30) > BEGINNING
    assert look(horizon, at_s=30.4) == BEGINNING
