"""Fill an installation with messages: `python -m benchmarks.fill 10000 --provider http://…`.

Due minutes ago, unless `--due-at` says from when on (seconds of the Unix epoch) and `--per-s` how
many a second. `--ahead` more are promised for next year.
"""

import argparse
import os
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from benchmarks import outbox
from crm.models import MessageSchedule
from rules.message_states import Status

YEAR = timedelta(days=365)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fill", description=__doc__)
    parser.add_argument("messages", type=int)
    parser.add_argument("--provider", required=True, help="where Twilio is spoken")
    parser.add_argument("--rate", type=float, default=1e6, help="of the account, per second")
    parser.add_argument("--due-at", type=float)
    parser.add_argument("--per-s", type=float, help="how many are due in each second; all at once")
    parser.add_argument("--ahead", type=int, default=0)
    asked = parser.parse_args()
    customers = outbox.set_up(outbox.twilio(asked.provider), rate_per_s=asked.rate)
    if asked.ahead:
        outbox.make_messages(customers, asked.ahead)
        MessageSchedule.objects.update(
            schedule_date=outbox.now() + YEAR, due_at=outbox.now() + YEAR
        )
    outbox.make_messages(customers, asked.messages)
    if asked.due_at:
        _make_due(datetime.fromtimestamp(asked.due_at, UTC), asked.messages, asked.per_s)


def _make_due(first: datetime, count: int, per_s: float | None) -> None:
    """In the order they were made in, evenly, or all in the same instant."""
    due = MessageSchedule.objects.filter(status=Status.SCHEDULED).order_by("-pk")[:count]
    rows = list(due.only("pk"))[::-1]
    for number, row in enumerate(rows):
        row.due_at = row.schedule_date = first + timedelta(seconds=number / per_s if per_s else 0)
    MessageSchedule.objects.bulk_update(rows, ["due_at", "schedule_date"], batch_size=300)


if __name__ == "__main__":
    main()
