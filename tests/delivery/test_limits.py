import itertools
from datetime import datetime, timedelta

import pytest

from delivery.limits import Account
from tests.make import NOW

MS = timedelta(milliseconds=1)


def account(rate_per_s: float, next_slot_at: datetime = NOW) -> Account:
    return Account(
        id=1,
        provider="console",
        channel="sms",
        settings={},
        rate_per_s=rate_per_s,
        next_slot_at=next_slot_at,
    )


@pytest.mark.parametrize(
    ("rate_per_s", "wanted", "free"),
    [(80, 1000, 17), (80, 5, 5), (1000, 1000, 201), (1, 1000, 1), (1 / 60, 1000, 1), (80, 0, 0)],
)
def test_only_slots_that_begin_soon_are_free(rate_per_s: float, wanted: int, free: int) -> None:
    assert account(rate_per_s).free_slots(wanted, NOW) == free


def test_none_is_free_while_half_of_those_ahead_are_taken() -> None:
    assert account(80, NOW + 101 * MS).free_slots(1000, NOW) == 0
    assert account(80, NOW + 100 * MS).free_slots(1000, NOW) == 9


def test_slow_account_waits_its_whole_interval() -> None:
    slow = account(1 / 60, NOW + timedelta(seconds=59))
    assert slow.free_slots(10, NOW) == 0
    assert slow.worth_asking_at(0, NOW) == NOW + timedelta(seconds=58.9)


def test_slots_follow_one_another_at_the_rate_wherever_claims_begin() -> None:
    first = account(1000)
    taken = first.slots(150, NOW)
    second = account(1000, first.next_slot_after(150, NOW)).slots(50, NOW + 60 * MS)

    starts = [*taken, *second]
    assert starts[0] == NOW
    assert {later - sooner for sooner, later in itertools.pairwise(starts)} == {MS}


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    rested = account(10, NOW - timedelta(hours=1))
    assert rested.free_slots(1000, NOW) == 3
    assert rested.slots(2, NOW) == [NOW, NOW + 100 * MS]


def test_a_slot_years_ahead_was_a_wrong_clock_and_is_not_waited_for() -> None:
    assert account(10, NOW + timedelta(days=365)).slots(1, NOW) == [NOW]
    assert account(10, NOW + timedelta(seconds=30)).free_slots(1, NOW) == 0


def test_settings_that_change_make_another_account_of_it() -> None:
    before, after = account(10), account(10)
    object.__setattr__(after, "settings", {"token": "new"})
    assert before.fingerprint != after.fingerprint
