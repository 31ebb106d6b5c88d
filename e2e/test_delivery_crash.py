"""kill -9 of real workers at each step of the ledger, on each database.

How the moment is caught: a trigger in the database holds a worker up where the test wants it, and
a console that takes its time keeps messages on the wire. Its record says what customers got.
"""

import json
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from crm.models import Attempt, MessageSchedule, ProviderAccount
from rules.message_states import Status
from tests import postgresql
from tests.databases import (
    Installation,
    as_default,
    installation,
    on_postgresql,
    postgresql_installation,
    postgresql_template,
    sqlite_installation,
    sqlite_template,
)
from tests.delivery.processes import freeze, kill, run_once, stop, worker
from tests.delivery.workers import wait_until
from tests.make import make_account, make_customer, make_message

__all__ = [
    "installation",
    "on_postgresql",
    "postgresql_installation",
    "postgresql_template",
    "sqlite_installation",
    "sqlite_template",
]


def make_due(count: int) -> None:
    customer = make_customer()
    at = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(count):
        make_message(customer, due_at=at, message_content=f"Hello {number}.")


def in_state(status: Status) -> int:
    return MessageSchedule.objects.filter(status=status).count()


def taken(record: Path) -> Counter[str]:
    """How often the console took each attempt."""
    lines = record.read_text().splitlines() if record.exists() else []
    return Counter(one["attempt"] for one in map(json.loads, lines) if one["accepted"])


def expire_leases() -> None:
    """As if a minute had passed."""
    MessageSchedule.objects.filter(lease_until__isnull=False).update(
        lease_until=datetime.now(UTC) - timedelta(seconds=1)
    )


@contextmanager
def held_up(installation: Installation, table: str, event: str, condition: str) -> Iterator[None]:
    """Whoever does this in the database stands still in the middle of it."""
    with connection.cursor() as cursor:
        for statement in _STANDSTILL_PG if installation.is_postgresql else _STANDSTILL_SQLITE:
            cursor.execute(statement.format(table=table, event=event, condition=condition))
    try:
        yield
    finally:
        if installation.is_postgresql:  # the server's side of a dead worker goes on standing still
            postgresql.execute(installation.url, _END_OTHERS)
        with connection.cursor() as cursor:
            on_table = f" ON {table}" if installation.is_postgresql else ""
            cursor.execute(f"DROP TRIGGER standstill{on_table}")


_STANDSTILL_SQLITE = (
    """
    CREATE TRIGGER standstill AFTER {event} ON {table} WHEN {condition} BEGIN
        SELECT max(i) FROM (
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)
            SELECT i FROM n
        );
    END
    """,
)
_STANDSTILL_PG = (
    """
    CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER standstill AFTER {event} ON {table} FOR EACH ROW
    WHEN ({condition}) EXECUTE FUNCTION stand_still()
    """,
)
_HELD_UP = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
_END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%crm_%'
        AND wait_event = 'PgSleep'
"""


def stands_still(installation: Installation) -> bool:
    """Whether somebody is held up in the middle of a transaction."""
    if installation.is_postgresql:
        return bool(postgresql.execute(installation.url, _HELD_UP))
    first = is_locked()
    time.sleep(0.3)  # a write that is not held up takes milliseconds
    return first and is_locked()


def is_locked() -> bool:
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def test_killed_while_it_writes_down_what_leaves_it_goes_out_once(
    installation: Installation,
) -> None:
    record = installation.data_dir / "record"
    make_account(rate_per_s=10_000, settings={"record": str(record)})
    make_due(5)
    with held_up(installation, "crm_attempt", "INSERT", "NEW.number = 1"):
        with worker(installation) as process:
            wait_until(lambda: stands_still(installation))
            kill(process)
        assert (in_state(Status.SCHEDULED), taken(record).total()) == (5, 0)

    assert run_once(installation).endswith("5 sent\n")

    assert in_state(Status.SENT) == 5
    assert (len(taken(record)), taken(record).total()) == (5, 5)


def test_killed_on_the_wire_without_proof_it_is_shown_as_unconfirmed(
    installation: Installation,
) -> None:
    make_account(rate_per_s=10_000, settings={"latency_s": 60})
    make_due(4)
    with worker(installation, "--concurrency", "3") as process:
        wait_until(lambda: len(begun(installation)) == 3)
        kill(process)
    assert in_state(Status.SENDING) == 4
    ProviderAccount.objects.update(settings={})

    run_once(installation)

    # Three were on the wire; the fourth only stood ready, and the journal proves it.
    assert (in_state(Status.UNCONFIRMED), in_state(Status.SENT)) == (3, 1)
    lost = MessageSchedule.objects.filter(status=Status.UNCONFIRMED)
    assert set(lost.values_list("reason", flat=True)) == {"worker_died"}


def test_killed_on_the_wire_the_providers_look_up_decides(installation: Installation) -> None:
    """Half of the latency is before the console takes a message, half after."""
    record = installation.data_dir / "record"
    make_account(rate_per_s=40, settings={"record": str(record), "latency_s": 1.0})
    make_due(40)
    with worker(installation, "--concurrency", "40") as process:
        wait_until(lambda: taken(record).total() >= 10)
        kill(process)
    before = taken(record).total()
    assert in_state(Status.SENT) < before < in_state(Status.SENDING) + in_state(Status.SENT)
    ProviderAccount.objects.update(settings={"record": str(record)})

    run_once(installation)
    MessageSchedule.objects.filter(status=Status.SCHEDULED).update(due_at=datetime.now(UTC))
    run_once(installation)

    assert in_state(Status.SENT) == 40
    assert messages_taken(record) == dict.fromkeys(message_ids(), 1)


def test_killed_after_the_answer_and_before_it_was_written_back(
    installation: Installation,
) -> None:
    make_account(rate_per_s=10_000)
    make_due(5)
    log = installation.data_dir / "log"
    with held_up(installation, "crm_messageschedule", "UPDATE", "NEW.status = 'sent'"):
        with worker(installation, log=log) as process:
            wait_until(lambda: heard(installation) == 5)
            kill(process)
        assert in_state(Status.SENDING) == 5

    run_once(installation)

    assert in_state(Status.SENT) == 5
    assert printed(log) == Counter({f"Hello {number}.": 1 for number in range(5)})
    assert Attempt.objects.count() == 5


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_nothing_is_lost_and_nothing_goes_twice(
    installation: Installation, seed: int
) -> None:
    """Without any proof from the provider: what may have gone is shown, and nothing else is."""
    chance = random.Random(seed)  # noqa: S311
    workers = 3 if installation.is_postgresql else 1
    make_account(rate_per_s=10_000, settings={"latency_s": 0.1})
    make_due(1_500)
    logs = [installation.data_dir / f"log-{number}" for number in range(workers)]
    for _ in range(4):
        with ExitStack() as stack:
            running = [
                stack.enter_context(worker(installation, "--concurrency", "20", log=log))
                for log in logs
            ]
            started = in_state(Status.SCHEDULED)
            wait_until(lambda started=started: in_state(Status.SCHEDULED) < started)
            time.sleep(chance.uniform(0.1, 0.6))
            for process in running:
                kill(process)

    last = installation.data_dir / "log-last"
    last.write_text(run_once(installation))

    went = sum((printed(log) for log in [*logs, last]), Counter())
    unconfirmed = {
        message.message_content
        for message in MessageSchedule.objects.filter(status=Status.UNCONFIRMED)
    }
    sent = {message.message_content for message in MessageSchedule.objects.filter(status="sent")}
    assert max(went.values()) == 1
    assert len(sent) + len(unconfirmed) == 1_500
    assert sent <= set(went)
    assert set(went) - sent <= unconfirmed
    assert len(unconfirmed) <= 4 * workers * 20


def test_frozen_past_its_leases_it_writes_nothing(installation: Installation) -> None:
    make_account(rate_per_s=10_000, settings={"latency_s": 3})
    make_due(3)
    log = installation.data_dir / "log"
    with worker(installation, log=log) as process:
        wait_until(lambda: len(begun(installation)) == 3)
        with transaction.atomic():  # frozen within its own, it would lock the file for everybody
            freeze(process)
        expire_leases()
        run_once(installation)
        assert in_state(Status.UNCONFIRMED) == 3
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: "others decide" in log.read_text())
        assert stop(process) == 0

    assert in_state(Status.UNCONFIRMED) == 3
    assert set(printed(log).values()) == {1}


@pytest.mark.postgresql
def test_three_workers_claim_each_message_once(on_postgresql: Installation) -> None:
    record = on_postgresql.data_dir / "record"
    make_account(rate_per_s=100_000, settings={"record": str(record), "latency_s": 0.05})
    make_due(2_000)
    with ExitStack() as stack:
        for name in ("one", "two", "three"):
            stack.enter_context(worker(on_postgresql, "--worker", name, "--concurrency", "50"))
        wait_until(lambda: in_state(Status.SENT) == 2_000, at_most_s=60)

    assert messages_taken(record) == dict.fromkeys(message_ids(), 1)
    assert Attempt.objects.count() == 2_000
    shares = Counter(run.split("#")[0] for run in Attempt.objects.values_list("worker", flat=True))
    assert set(shares) == {"one", "two", "three"}


@pytest.mark.postgresql
def test_an_accounts_rate_holds_while_workers_die_and_join(on_postgresql: Installation) -> None:
    rate, messages = 80, 960
    record = on_postgresql.data_dir / "record"
    make_account(rate_per_s=rate, settings={"record": str(record), "latency_s": 0.15})
    make_due(messages)
    with ExitStack() as stack:
        first = stack.enter_context(worker(on_postgresql, "--worker", "one"))
        stack.enter_context(worker(on_postgresql, "--worker", "two"))
        wait_until(lambda: in_state(Status.SENT) > messages / 8, at_most_s=30)
        kill(first)
        stack.enter_context(worker(on_postgresql, "--worker", "three"))
        wait_until(lambda: in_state(Status.SENT) == messages, at_most_s=90)

    assert messages_taken(record) == dict.fromkeys(message_ids(), 1)
    runs = {run.split("#")[0] for run in Attempt.objects.values_list("worker", flat=True)}
    assert runs == {"one", "two", "three"}
    sent = [
        moment for moment in MessageSchedule.objects.values_list("sent_at", flat=True) if moment
    ]
    assert (max(sent) - min(sent)).total_seconds() >= messages / rate * 0.98 - 0.5


@pytest.mark.postgresql
def test_a_server_that_is_killed_and_comes_back_costs_nothing(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    record = tmp_path / "record"
    with postgresql.throw_away_server() as server, django_db_blocker.unblock():
        installation = Installation(url=server.url, data_dir=tmp_path)
        with as_default(server.url):
            call_command("migrate", verbosity=0)
            settings = {"record": str(record), "latency_s": 0.1}
            make_account(rate_per_s=10_000, settings=settings)
            make_due(600)
            with worker(installation, "--concurrency", "20") as process:
                for _ in range(2):
                    sent = in_state(Status.SENT)
                    wait_until(lambda sent=sent: in_state(Status.SENT) > sent)
                    server.stop("immediate")
                    time.sleep(1)
                    server.start()
                    connection.close()
                wait_until(lambda: in_state(Status.SENT) == 600, at_most_s=90)
                assert stop(process) == 0

            assert messages_taken(record) == dict.fromkeys(message_ids(), 1)


def message_ids() -> list[int]:
    return list(MessageSchedule.objects.values_list("pk", flat=True))


def messages_taken(record: Path) -> dict[int, int]:
    """How often the console took each message, in whatever attempt."""
    message_of = {str(one.id): one.message_id for one in Attempt.objects.all()}
    times = Counter(message_of[attempt] for attempt in taken(record).elements())
    return dict(times)


def printed(log: Path) -> Counter[str]:
    """How often the console gave out each text."""
    lines = log.read_text().splitlines()
    return Counter(line.partition(": ")[2] for line in lines if line.startswith("whatsapp → "))


def begun(installation: Installation) -> list[str]:
    return _journal_lines(installation, '{"start"')


def heard(installation: Installation) -> int:
    return len(_journal_lines(installation, '{"done"'))


def _journal_lines(installation: Installation, beginning: str) -> list[str]:
    files = (installation.data_dir / "journal").glob("*.journal")
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [line for line in lines if line.startswith(beginning)]
