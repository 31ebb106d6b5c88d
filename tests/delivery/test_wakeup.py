import time
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from crm.actions.wake import wake_sender
from crm.models import Heartbeat, MessageSchedule
from delivery import wakeup
from rules.message_states import Status
from tests import postgresql
from tests.databases import Installation
from tests.delivery.processes import worker
from tests.delivery.workers import wait_until
from tests.make import make_account, make_customer, make_message


def test_sqlite_has_nothing_to_listen_to(on_sqlite: Installation) -> None:
    assert not wakeup.can_listen()


@pytest.mark.postgresql
def test_postgresql_wakes_the_worker_at_the_commit(on_postgresql: Installation) -> None:
    make_account(rate_per_s=10_000)
    customer = make_customer()
    with worker(on_postgresql):
        wait_until(Heartbeat.objects.exists)
        wait_until(_somebody_listens)
        waited = []
        for _ in range(8):
            time.sleep(0.15)
            with transaction.atomic():
                make_message(customer, at=datetime.now(UTC), message_content="Hello.")
                wake_sender()
            committed = time.monotonic()
            wait_until(lambda: not _waiting().exists())
            waited.append(time.monotonic() - committed)
        # Without a word it would look once a second, and wait for half of that on the average.
        assert median(waited) < 0.2


@pytest.mark.postgresql
def test_a_listening_connection_that_was_cut_comes_back(on_postgresql: Installation) -> None:
    make_account(rate_per_s=10_000)
    customer = make_customer()
    with worker(on_postgresql):
        wait_until(_somebody_listens)
        postgresql.execute(
            on_postgresql.url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
        )
        make_message(customer, at=datetime.now(UTC), message_content="Hello.")
        wait_until(lambda: not _waiting().exists())
        wait_until(_somebody_listens)


def _waiting() -> QuerySet[MessageSchedule]:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    return MessageSchedule.objects.filter(status=Status.SCHEDULED, due_at__lt=soon)


def _somebody_listens() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
        )
        return cursor.fetchone() is not None
