"""What it costs to find that nothing is due, when very many messages have gone: one JSON line."""

import argparse
import contextlib
import json
import os
import statistics
import time
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from django.db import connection, connections

from benchmarks import outbox
from delivery.database import Database
from delivery.planner import Planner
from rules.message_states import Status

POLLS = 300
_STEP = "UPDATE crm_messageschedule SET status = %s, lease_until = CURRENT_TIMESTAMP"


def send_all_at_once() -> None:
    """Every message through its states, as so many updates leave the table without a vacuum."""
    with connection.cursor() as cursor:
        for status in (Status.SENDING, Status.SENT):
            cursor.execute(_STEP, [status])


@contextlib.contextmanager
def somebody_reading() -> Iterator[None]:
    """A backup that has begun before: while it lasts, no dead entry may be forgotten."""
    if connection.vendor != "postgresql":
        yield
        return
    other = connections.create_connection("default")
    with contextlib.closing(other), other.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT 1 FROM crm_business")
        yield


def polls_ms(count: int, *, full: bool) -> list[float]:
    """`full` looks begin at the index's first entry, as a worker's first look does."""
    database = Database(lambda _pause_s: False)
    planner = Planner(database, "benchmark#1")
    if not full:
        planner.round(0, outbox.now())
    took = []
    for _ in range(count):
        if full:
            planner = Planner(database, "benchmark#1")
        began = time.perf_counter()
        planner.round(0, outbox.now())
        took.append((time.perf_counter() - began) * 1000)
    return took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, required=True)
    asked = parser.parse_args()
    customers = outbox.set_up(outbox.console(0))
    if connection.vendor == "postgresql":
        connection.cursor().execute("ALTER TABLE crm_messageschedule SET (autovacuum_enabled=off)")
    outbox.make_messages(customers, asked.messages)
    figures = {}
    with somebody_reading():
        send_all_at_once()
        figures["full_beside_a_reader_ms"] = statistics.median(polls_ms(5, full=True))
        figures["beside_a_reader_ms"] = statistics.median(polls_ms(POLLS, full=False))
    figures["first_ms"] = polls_ms(1, full=True)[0]
    figures["full_ms"] = statistics.median(polls_ms(30, full=True))
    figures["ms"] = statistics.median(polls_ms(POLLS, full=False))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
