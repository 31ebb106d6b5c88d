"""Fill an installation with messages: `python -m benchmarks.fill 10000 --provider http://…`.

Due minutes ago, unless `--due-in` says in how many seconds, and `--per-s` how many a second from
then on; when the first is due is printed, in seconds of the Unix epoch. `--ahead` more are promised
for next year.
"""

import argparse
import os
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from django.db.models import QuerySet

from benchmarks import outbox
from crm.models import MessageSchedule

YEAR = timedelta(days=365)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fill", description=__doc__)
    parser.add_argument("messages", type=int)
    parser.add_argument("--provider", required=True, help="where Twilio is spoken")
    parser.add_argument("--rate", type=float, default=1e6, help="of the account, per second")
    parser.add_argument("--due-in", type=float)
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
    if asked.due_in:
        due = MessageSchedule.objects.filter(due_at__lte=outbox.now())
        print(_make_due(due, asked.due_in, asked.per_s).timestamp())


def _make_due(due: QuerySet[MessageSchedule], in_s: float, per_s: float | None) -> datetime:
    """In the order they were made in, evenly, or all in the same instant; the first moment."""
    rows = list(due.order_by("pk").only("pk"))
    first = outbox.now() + timedelta(seconds=in_s)
    if per_s is None:
        due.update(**_promised(first))
        return first
    for number, row in enumerate(rows):
        for name, value in _promised(first + timedelta(seconds=number / per_s)).items():
            setattr(row, name, value)
    MessageSchedule.objects.bulk_update(rows, list(_promised(first)), batch_size=200)
    return first


def _promised(at: datetime) -> dict[str, Any]:
    """The columns that say when, in step: else it would be moved to where its wall time says."""
    wall_time = at.replace(tzinfo=None).isoformat(timespec="minutes")
    return {"due_at": at, "schedule_date": at, "wall_time": wall_time}


if __name__ == "__main__":
    main()
