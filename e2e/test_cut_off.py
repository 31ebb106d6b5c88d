"""Workers on hosts of their own, one of them cut off from the others and the world, and healed."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from crm.models import Attempt, MessageSchedule
from e2e.storm.count import count, unsettled
from e2e.storm.hosts import HERE, NETWORK, Host, hosts, missing
from e2e.storm.spoken import SPOKEN
from rules.message_states import GONE, Status
from tests import postgresql
from tests.databases import Installation, as_default
from tests.delivery.processes import COMMAND, PROJECT
from tests.make import make_business, make_customer, make_message
from tests.stand_ins.base import serving

MESSAGES = 1_200
#: A cut lasts longer than a lease.
CUT_S = 70


@pytest.fixture
def three_hosts() -> Any:
    if lacking := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"needs {lacking}")
        pytest.skip(f"needs {lacking}")
    with hosts(3) as made:
        yield made


@pytest.mark.postgresql
def test_a_worker_that_is_cut_off_and_comes_back_costs_nothing(
    three_hosts: list[Host], tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(postgresql.throw_away_server(open_to=NETWORK))
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(as_default(server.url))
        call_command("migrate", verbosity=0)
        spoken = SPOKEN["twilio"]
        served = spoken.serve({}, latency_s=0.3)
        stand_in = stack.enter_context(serving(served, host="0.0.0.0"))  # noqa: S104
        stand_in.url = stand_in.url.replace("127.0.0.1", HERE)
        _promise(spoken.connect(stand_in, rate_per_s=40).channel)
        url = server.url.replace("127.0.0.1", HERE)
        installation = Installation(url=url, data_dir=tmp_path)
        for host in three_hosts:
            _start(host, installation, stack)

        _wait(lambda: _shares().keys() >= {host.name for host in three_hosts})
        cut = three_hosts[0]
        cut.cut_off()
        until = time.monotonic() + CUT_S
        _wait(lambda: time.monotonic() > until, at_most_s=CUT_S + 5)
        done = _shares()[cut.name]
        cut.heal()
        _wait(lambda: _shares()[cut.name] > done or not unsettled())
        _wait(lambda: not unsettled(), at_most_s=180)
        counted = count(stand_in.taken)

    assert (counted.never, counted.twice, counted.untrue) == (0, 0, 0)
    assert set(counted.became) <= {*GONE, Status.UNCONFIRMED}
    # What was on the wire at the moment of the cut, and no more.
    assert counted.became[Status.UNCONFIRMED] <= 50


def _promise(channel: str) -> None:
    make_business()
    at = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(MESSAGES):
        customer = make_customer(phone_number=f"+3461{number:07}")
        make_message(customer, message_type=channel, due_at=at, schedule_date=at)


def _start(host: Host, installation: Installation, stack: ExitStack) -> None:
    folder = installation.data_dir / host.name  # a machine's own disk
    folder.mkdir()
    log = stack.enter_context((folder / "worker.log").open("w"))
    process = subprocess.Popen(
        host.command(*COMMAND, "--worker", host.name, "--concurrency", "30"),
        cwd=PROJECT,
        env=installation.environment
        | {"DATA_DIR": str(folder), "SECRET_KEY": settings.SECRET_KEY, "HOST": "127.0.0.1"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    stack.callback(process.wait)
    stack.callback(process.kill)


def _shares() -> Counter[str]:
    """How many attempts each host has ended."""
    ended = Attempt.objects.filter(finished_at__isnull=False).values_list("worker", flat=True)
    return Counter(run.partition("#")[0] for run in ended)


def _wait(true: Callable[[], Any], *, at_most_s: float = 60) -> None:
    until = time.monotonic() + at_most_s
    while not true():
        assert time.monotonic() < until, Counter(
            MessageSchedule.objects.values_list("status", flat=True)
        )
        time.sleep(0.2)
