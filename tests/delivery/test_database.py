import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from crm.models import Customer
from delivery.database import Database, DatabaseGoneError, DatabaseThread
from tests import postgresql
from tests.databases import Installation
from tests.make import make_customer


def names(database: Database) -> list[str]:
    return database.read(lambda _cursor: list(Customer.objects.values_list("name", flat=True)))


def patient(pauses: list[float], *, at_most: int) -> Callable[[float], bool]:
    def go_on(pause_s: float) -> bool:
        pauses.append(pause_s)
        time.sleep(0.05)
        return len(pauses) <= at_most

    return go_on


def test_a_locked_file_is_tried_until_it_is_free(sqlite_path: str) -> None:
    pauses: list[float] = []
    database = Database(patient(pauses, at_most=100))
    connection.settings_dict["OPTIONS"]["timeout"] = 0
    other = sqlite3.connect(sqlite_path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, other.rollback).start()

    database.write(lambda _cursor: make_customer(name="Ravi"))

    assert names(database) == ["Ravi"]
    assert pauses[:3] == [0.05, 0.1, 0.2]
    other.close()


def test_patience_ends_with_an_error_of_its_own(sqlite_path: str) -> None:
    connection.settings_dict["OPTIONS"]["timeout"] = 0
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseGoneError):
        Database(lambda _: False).write(lambda _cursor: make_customer())
    other.close()


def test_a_statement_nobody_understands_is_not_tried_again(sqlite_path: str) -> None:
    def nonsense(cursor: object) -> None:
        cursor.execute("SELECT * FROM no_such_table")  # type: ignore[attr-defined]

    with pytest.raises(OperationalError, match="no such table"):
        Database(lambda _: True).read(nonsense)


def test_what_fails_in_the_middle_leaves_nothing(database: Database) -> None:
    def work(_cursor: object) -> None:
        make_customer()
        raise KeyError

    with pytest.raises(KeyError):
        database.write(work)
    assert names(database) == []


def test_commits_survive_a_power_cut_on_sqlite(sqlite_path: str) -> None:
    def synchronous(cursor: object) -> int:
        cursor.execute("PRAGMA synchronous")  # type: ignore[attr-defined]
        return int(cursor.fetchone()[0])  # type: ignore[attr-defined]

    assert Database(lambda _: False).read(synchronous) == 2


@pytest.mark.postgresql
def test_a_connection_that_was_cut_is_opened_again(on_postgresql: Installation) -> None:
    pauses: list[float] = []
    database = Database(patient(pauses, at_most=100))
    database.write(lambda _cursor: make_customer(name="Ravi"))
    postgresql.execute(
        on_postgresql.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )

    database.write(lambda _cursor: make_customer(name="Zoë"))

    assert names(database) == ["Ravi", "Zoë"]
    assert pauses == [0.05]


def test_jobs_run_one_at_a_time_on_one_thread(installation: Installation) -> None:
    threads: list[int] = []

    def job() -> None:
        threads.append(threading.get_ident())

    async def main() -> None:
        with DatabaseThread() as thread:
            await asyncio.gather(*(thread.do(job) for _ in range(20)))

    asyncio.run(main())
    assert len(threads) == 20
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_in_a_hurry_nobody_waits_for_a_database_that_is_away(sqlite_path: str) -> None:
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def main() -> None:
        with DatabaseThread() as thread:
            thread.hurry()
            await thread.do(thread.database.write, lambda _cursor: make_customer())

    connection.settings_dict["OPTIONS"]["timeout"] = 0
    with pytest.raises(DatabaseGoneError):
        asyncio.run(main())
    other.close()


@pytest.fixture
def sqlite_path(on_sqlite: Installation) -> str:
    return on_sqlite.url.removeprefix("sqlite:///")


@pytest.mark.postgresql
def test_postgresql_clears_the_outbox_of_dead_rows_early(on_postgresql: Installation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'crm_messageschedule'")
        assert cursor.fetchone() == (
            ["autovacuum_vacuum_scale_factor=0.01", "autovacuum_vacuum_threshold=10000"],
        )
