from datetime import timedelta

import pytest

from crm.models import Heartbeat, MessageSchedule
from delivery.database import Database
from delivery.heartbeats import Pulse, forget_old
from rules.message_states import Status
from tests.make import NOW, make_message

PULSE = Pulse(worker="front desk", run="front desk#1", started_at=NOW)
LATER = NOW + timedelta(seconds=5)


def test_a_worker_is_alive_until_it_is_silent_or_stopped(database: Database) -> None:
    PULSE.beat(database, (), NOW)
    PULSE.beat(database, (), LATER)

    beat = Heartbeat.objects.get()
    assert (beat.worker, beat.started_at, beat.beat_at) == ("front desk", NOW, LATER)
    assert Heartbeat.objects.alive(LATER + timedelta(seconds=29))
    assert not Heartbeat.objects.alive(LATER + timedelta(seconds=31))

    PULSE.stop(database, LATER)
    assert Heartbeat.objects.get().stopped_at == LATER
    assert not Heartbeat.objects.alive(LATER)


def test_a_worker_that_comes_back_is_alive_again(database: Database) -> None:
    PULSE.stop(database, NOW)
    Pulse(worker="front desk", run="front desk#2", started_at=LATER).beat(database, (), LATER)

    beat = Heartbeat.objects.get()
    assert (beat.started_at, beat.stopped_at) == (LATER, None)


@pytest.mark.parametrize(
    ("left_s", "run", "renewed"),
    [(30, "front desk#1", True), (50, "front desk#1", False), (30, "another#2", False)],
)
def test_leases_of_what_is_held_are_renewed_before_they_end(
    database: Database, left_s: int, run: str, *, renewed: bool
) -> None:
    lease = NOW + timedelta(seconds=left_s)
    message = make_message(status=Status.SENDING, claimed_by=run, claim_token=1, lease_until=lease)
    PULSE.beat(database, {message.pk}, NOW)

    row = MessageSchedule.objects.get()
    assert row.lease_until == (NOW + timedelta(seconds=60) if renewed else lease)


def test_leases_of_what_is_not_held_run_out(database: Database) -> None:
    lease = NOW + timedelta(seconds=1)
    make_message(status=Status.SENDING, claimed_by="front desk#1", lease_until=lease)
    PULSE.beat(database, {999}, NOW)
    assert MessageSchedule.objects.get().lease_until == lease


def test_workers_long_gone_are_forgotten(database: Database) -> None:
    PULSE.beat(database, (), NOW)
    assert forget_old(NOW + timedelta(days=1)) == 0
    assert forget_old(NOW + timedelta(days=3)) == 1
