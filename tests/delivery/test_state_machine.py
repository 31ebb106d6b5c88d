"""Whatever happens in whatever order: nothing is lost, and nobody gets it twice."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import Installation
from tests.delivery.ledger_machine import Ledger

QUIETLY = settings(
    deadline=None,
    max_examples=60,
    stateful_step_count=60,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)


def test_nothing_is_lost_and_nobody_gets_it_twice(on_sqlite: Installation) -> None:
    run_state_machine_as_test(Ledger, settings=QUIETLY)


@pytest.mark.postgresql
def test_nor_on_postgresql(on_postgresql: Installation) -> None:
    run_state_machine_as_test(Ledger, settings=settings(QUIETLY, max_examples=20))
