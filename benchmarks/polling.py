"""What it costs to find that nothing is due, when very many messages have gone: one JSON line."""

import argparse
import json
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from django.db import connection  # noqa: E402

from benchmarks import outbox  # noqa: E402
from delivery.database import Database  # noqa: E402
from delivery.planner import Planner  # noqa: E402
from rules.message_states import Status  # noqa: E402

POLLS = 300


def send_all_at_once() -> None:
    """Every message through its states, as so many updates leave the table without a vacuum."""
    with connection.cursor() as cursor:
        for status in (Status.CLAIMED, Status.SENDING, Status.SENT):
            cursor.execute("UPDATE crm_messageschedule SET status = %s", [status])


def polls_ms(database: Database, count: int, *, full: bool) -> list[float]:
    """`full` looks begin at the index's first entry, as a worker's first look does."""
    planner = Planner(database, "benchmark#1")
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
    customers = outbox.set_up(latency_s=0)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ALTER TABLE crm_messageschedule SET (autovacuum_enabled=off)")
    outbox.make_messages(customers, asked.messages)
    send_all_at_once()
    database = Database(lambda _pause_s: False)
    first = polls_ms(database, 1, full=True)[0]
    figures = {
        "first_ms": first,
        "full_ms": statistics.median(polls_ms(database, 30, full=True)),
        "ms": statistics.median(polls_ms(database, POLLS, full=False)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
