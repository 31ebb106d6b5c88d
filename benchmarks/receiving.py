"""What a provider tells, on both sides of the database: one JSON line for each verb.

`fill` makes sent messages and an account to call; `apply` applies all that has come in for them.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import batched
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from django.db import connection

from benchmarks import outbox
from benchmarks.receipts import BUSINESS, NUMBER
from crm.actions.secrets import sealed
from crm.models import Attempt, MessageSchedule, ProviderAccount, ProviderCallback, User
from delivery.database import Database
from delivery.inbox import Inbox
from rules.message_states import Status

APP_SECRET = "the-benchmarks-own"  # noqa: S105 (of an account that lives as long as the run)


def fill(messages: int) -> dict[str, str]:
    """Each message `wamid.<n>` has gone by one attempt, as a worker would have written it."""
    User.objects.get_or_create(username="benchmark")
    account = ProviderAccount(
        provider="whatsapp_cloud",
        channel="whatsapp",
        settings={"phone_number_id": NUMBER, "waba_id": BUSINESS},
        secrets=sealed(
            {"access_token": "EAAG", "app_secret": APP_SECRET, "verify_token": "benchmark"}
        ),
    )
    outbox.make_messages(outbox.set_up(account), messages, status=Status.SENT)
    numbers = MessageSchedule.objects.order_by("pk").values_list("pk", flat=True)
    for place, group in enumerate(batched(numbers, 2_000)):
        _send(account, place * 2_000, group)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return {"path": f"/webhooks/whatsapp_cloud/{account.webhook_key}/", "app_secret": APP_SECRET}


def _send(account: ProviderAccount, first: int, numbers: tuple[int, ...]) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)
    names = {number: f"wamid.{first + place}" for place, number in enumerate(numbers)}
    messages = [
        MessageSchedule(
            pk=number, provider_message_id=name, account=account, sent_at=at, attempts=1
        )
        for number, name in names.items()
    ]
    changed = ["provider_message_id", "account", "sent_at", "attempts"]
    MessageSchedule.objects.bulk_update(messages, changed, batch_size=500)
    Attempt.objects.bulk_create(
        Attempt(
            id=uuid4(),
            message_id=number,
            number=1,
            account=account,
            worker="benchmark",
            started_at=at,
            finished_at=at,
            outcome="accepted",
            provider_message_id=name,
        )
        for number, name in names.items()
    )


def apply(receipts: int) -> dict[str, float]:
    kept = ProviderCallback.objects.filter(state="new").count()
    if kept != receipts:
        raise SystemExit(f"{kept} of {receipts} callbacks were kept")
    inbox = Inbox(Database(lambda _pause_s: True))
    began, used = time.monotonic(), time.process_time()
    while inbox.apply(outbox.now()):
        pass
    took_s, cpu_s = time.monotonic() - began, time.process_time() - used
    read = MessageSchedule.objects.filter(status=Status.READ).count()
    if read * 3 != receipts:
        raise SystemExit(f"{read} of {receipts // 3} messages were read")
    return {"took_s": took_s, "cpu_s": cpu_s}


if __name__ == "__main__":
    verb, count = sys.argv[1:]
    print(json.dumps({"fill": fill, "apply": apply}[verb](int(count))))
