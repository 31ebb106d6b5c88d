"""How fast due messages leave, and what that costs: one engine, one database, one JSON line.

`ledger` is `manage.py deliver --once`. `naive` is what one writes first: a thread for each message
in flight, and every step a row of its own through the ORM.
"""

import argparse
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from django.core.management import call_command
from django.db import connection

from benchmarks import outbox
from crm.actions.messages import rendered
from crm.models import Attempt, Business, DeliveryEvent, MessageSchedule
from delivery.claims import LEASE
from rules.message_states import Status


def with_the_ledger(in_flight: int, _latency_s: float) -> None:
    call_command("deliver", once=True, concurrency=in_flight)


def naively(in_flight: int, latency_s: float) -> None:
    business = Business.objects.current()
    due = MessageSchedule.objects.filter(status=Status.SCHEDULED, due_at__lte=outbox.now())
    with ThreadPoolExecutor(in_flight) as pool:
        send = partial(_send_naively, business=business, latency_s=latency_s)
        for _ in pool.map(send, due.select_related("customer", "invoice").order_by("due_at")):
            pass
        for _ in range(in_flight):
            pool.submit(connection.close)


def _send_naively(message: MessageSchedule, *, business: Business, latency_s: float) -> None:
    text = rendered(message, business).text
    message.status, message.lease_until = Status.SENDING, outbox.now() + LEASE
    message.save()
    attempt = Attempt.objects.create(message=message, number=1, started_at=outbox.now())
    time.sleep(latency_s)
    sys.stdout.write(f"{message.customer.phone_number}: {text}\n")
    message.status, message.sent_at, message.text_sent = Status.SENT, outbox.now(), text
    message.lease_until = None
    message.save()
    attempt.outcome, attempt.finished_at = "accepted", outbox.now()
    attempt.save()
    DeliveryEvent.objects.create(message=message, attempt=attempt, status=Status.SENT)


ENGINES = {"ledger": with_the_ledger, "naive": naively}


def measure(engine: str, messages: int, in_flight: int, latency_s: float) -> dict[str, float]:
    began, used = time.monotonic(), _cpu_s()
    ENGINES[engine](in_flight, latency_s)
    took_s = time.monotonic() - began
    sent = MessageSchedule.objects.filter(status=Status.SENT).count()
    if sent != messages:
        raise SystemExit(f"{engine}: {sent} of {messages} were sent")
    return {"took_s": took_s, "cpu_s": _cpu_s() - used}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--latency", type=float, required=True)
    parser.add_argument("--provider", help="where Twilio is spoken; else the console")
    asked = parser.parse_args()
    account = outbox.twilio(asked.provider) if asked.provider else outbox.console(asked.latency)
    outbox.make_messages(outbox.set_up(account), asked.messages)
    # What customers would get is not what is told: that goes to the caller.
    told, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    figures = measure(asked.engine, asked.messages, asked.in_flight, asked.latency)
    told.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
