from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.retry import (
    FIRST_DELAY_S,
    GIVE_UP_AFTER,
    JITTER,
    LONGEST_DELAY_S,
    LONGEST_RETRY_AFTER_S,
    SHORTEST_HOLD_S,
    delay_s,
    give_up,
    hold_s,
)

attempts = st.integers(1, 10_000)


@given(attempts, st.text())
@settings(deadline=None)
def test_a_delay_doubles_up_to_its_cap_with_a_little_on_top(number: int, seed: str) -> None:
    bare = min(FIRST_DELAY_S * 2 ** min(number - 1, 50), LONGEST_DELAY_S)
    assert bare <= delay_s(number, seed=seed) <= bare * (1 + JITTER)


@given(attempts, st.text(), st.floats(-10, 1e9))
@settings(deadline=None)
def test_a_provider_is_never_asked_sooner_than_it_wants(
    number: int, seed: str, wanted: float
) -> None:
    delay = delay_s(number, seed=seed, retry_after_s=wanted)
    assert delay >= min(wanted, LONGEST_RETRY_AFTER_S)
    assert delay <= LONGEST_RETRY_AFTER_S * (1 + JITTER)


def test_the_same_message_waits_the_same_and_others_spread() -> None:
    assert delay_s(3, seed="42") == delay_s(3, seed="42")
    delays = sorted(delay_s(1, seed=str(n)) for n in range(1000))
    assert len(set(delays)) > 990
    middle = FIRST_DELAY_S * (1 + JITTER / 2)
    assert 400 < sum(delay < middle for delay in delays) < 600


@given(attempts, st.text(), st.floats(-10, 1e9))
@settings(deadline=None)
def test_an_account_is_held_as_long_as_its_provider_asked_for(
    number: int, seed: str, wanted: float
) -> None:
    held = hold_s(number, seed=seed, retry_after_s=wanted)
    assert held == min(max(wanted, SHORTEST_HOLD_S), LONGEST_RETRY_AFTER_S)


def test_an_account_whose_provider_asked_for_nothing_is_held_longer_each_time() -> None:
    held = [hold_s(number, seed="42") for number in range(1, 7)]
    assert held == sorted(held)
    assert held[0] < 20
    assert hold_s(50, seed="42") >= LONGEST_DELAY_S


def test_attempts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        delay_s(0, seed="42")


def test_it_gives_up_when_its_time_is_over() -> None:
    first = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert not give_up(first, first)
    assert not give_up(first, first + GIVE_UP_AFTER - timedelta(microseconds=1))
    assert give_up(first, first + GIVE_UP_AFTER)
