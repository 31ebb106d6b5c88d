from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.message_states import (
    EDITABLE,
    GONE,
    IN_FLIGHT,
    MAY_FALL_BACK,
    MOVES,
    MOVES_BY_PERSON,
    WANTS_A_PERSON,
    MoveNotAllowedError,
    Status,
    after_proof,
    after_receipt,
    may_move,
    require_move,
)

ALLOWED = """
scheduled   → claimed sending due expired failed cancelled
claimed     → sending scheduled due expired failed
sending     → sent delivered read failed unconfirmed scheduled
sent        → delivered read failed
delivered   → read
read        →
failed      → delivered read
unconfirmed → sent delivered read failed scheduled
due         →
expired     →
cancelled   →
"""

ALLOWED_BY_PERSON = """
scheduled   → sent cancelled due failed unconfirmed expired
due         → sent scheduled cancelled
failed      → sent scheduled cancelled unconfirmed
unconfirmed → sent failed scheduled cancelled
expired     → sent scheduled cancelled
cancelled   → scheduled due failed unconfirmed expired
sent        → scheduled due failed unconfirmed expired
"""

REPORTS = (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED)


def moves(table: str) -> set[tuple[Status, Status]]:
    lines = (line.split("→") for line in table.strip().splitlines())
    return {(Status(old.strip()), Status(new)) for old, news in lines for new in news.split()}


@pytest.mark.parametrize(("old", "new"), [*product(Status, Status)])
def test_the_engine_moves_along_the_table_and_nowhere_else(old: Status, new: Status) -> None:
    assert may_move(old, new) is ((old, new) in moves(ALLOWED))


@pytest.mark.parametrize(("old", "new"), [*product(Status, Status)])
def test_a_person_moves_along_their_own_table(old: Status, new: Status) -> None:
    assert may_move(old, new, by_person=True) is ((old, new) in moves(ALLOWED_BY_PERSON))


def test_a_move_that_is_not_in_the_table_is_refused_by_name() -> None:
    require_move(Status.CLAIMED, Status.SENDING)
    with pytest.raises(MoveNotAllowedError, match="read → scheduled"):
        require_move(Status.READ, Status.SCHEDULED)
    with pytest.raises(MoveNotAllowedError):
        require_move(Status.SENDING, Status.CANCELLED, by_person=True)


def test_nobody_may_touch_a_message_on_its_way() -> None:
    for old, new in product(IN_FLIGHT, Status):
        assert not may_move(old, new, by_person=True)


def test_nothing_that_may_have_left_goes_out_again_by_itself() -> None:
    """Back to the queue: only what had not left, and what is proved not to have been taken."""
    back = {old for old in Status if may_move(old, Status.SCHEDULED)}
    assert back == {Status.CLAIMED, Status.SENDING, Status.UNCONFIRMED}
    assert not back & GONE


def test_what_has_arrived_or_is_with_a_person_never_goes_out_on_the_other_channel() -> None:
    assert not MAY_FALL_BACK & {Status.DELIVERED, Status.READ}
    assert not MAY_FALL_BACK & (EDITABLE - {Status.SCHEDULED})
    assert {Status.SENT} == {old for old in MAY_FALL_BACK if not may_move(old, Status.SCHEDULED)}


def test_every_state_is_one_of_waiting_going_gone_wanting_or_called_off() -> None:
    kinds = [{Status.SCHEDULED, Status.CANCELLED}, IN_FLIGHT, GONE, WANTS_A_PERSON]
    assert sorted(status for kind in kinds for status in kind) == sorted(Status)
    assert not EDITABLE & (IN_FLIGHT | GONE)


def test_no_state_is_reached_that_a_person_cannot_leave_or_that_is_not_an_end() -> None:
    ends = {old for old in Status if not MOVES[old] and old not in MOVES_BY_PERSON}
    assert ends == {Status.READ}


@given(st.permutations(REPORTS))
@settings(deadline=None)
def test_receipts_end_in_the_same_state_in_every_order(order: list[Status]) -> None:
    state = Status.SENDING
    for report in order:
        state = after_receipt(state, report)
    assert state is Status.READ


@given(
    st.sampled_from([Status.SENDING, Status.UNCONFIRMED, Status.SENT]),
    st.lists(st.sampled_from(REPORTS), max_size=8),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_any_receipts_repeated_and_shuffled_end_where_the_strongest_says(
    start: Status, reports: list[Status], random: Random
) -> None:
    def end(order: list[Status]) -> Status:
        state = start
        for report in order:
            state = after_receipt(state, report)
        return state

    shuffled = [*reports, *reports]
    random.shuffle(shuffled)
    strength = [start, Status.SENT, Status.FAILED, Status.DELIVERED, Status.READ]
    assert end(shuffled) is end(reports) is max([start, *reports], key=strength.index)


@given(st.sampled_from(Status), st.sampled_from(Status))
@settings(deadline=None)
def test_a_receipt_never_goes_back_and_never_leaves_the_table(old: Status, told: Status) -> None:
    new = after_receipt(old, told)
    assert new is old or (new is told and may_move(old, new))
    assert after_receipt(new, told) is new


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(
    "state", [Status.SCHEDULED, Status.CLAIMED, Status.DUE, Status.EXPIRED, Status.CANCELLED]
)
def test_a_late_receipt_of_an_earlier_try_changes_nothing(state: Status, report: Status) -> None:
    assert after_receipt(state, report) is state


def test_a_late_failure_does_not_undo_a_delivery() -> None:
    assert after_receipt(Status.DELIVERED, Status.FAILED) is Status.DELIVERED
    assert after_receipt(Status.FAILED, Status.DELIVERED) is Status.DELIVERED
    assert after_receipt(Status.FAILED, Status.SENT) is Status.FAILED


@given(st.sampled_from([*Status]), st.sampled_from(REPORTS), st.booleans())
@settings(deadline=None)
def test_whoever_has_it_is_not_sent_it_again(
    state: Status, report: Status, of_last_try: bool
) -> None:
    new = after_proof(state, report, of_last_try=of_last_try)
    if state in IN_FLIGHT:
        return
    if report in {Status.DELIVERED, Status.READ}:
        assert new in {Status.DELIVERED, Status.READ}
    elif state in {Status.SCHEDULED, Status.DUE, Status.EXPIRED, Status.CANCELLED}:
        assert new is state
    else:
        assert new is (after_receipt(state, report) if of_last_try else state)


@given(st.permutations([*REPORTS, *REPORTS]), st.booleans(), st.sampled_from([*Status]))
@settings(deadline=None)
def test_proof_ends_in_the_same_state_in_every_order(
    order: list[Status], of_last_try: bool, start: Status
) -> None:
    state = start
    for report in order:
        state = after_proof(state, report, of_last_try=of_last_try)
    assert state is Status.READ or start is Status.CLAIMED
