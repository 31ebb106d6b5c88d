"""How SQLite goes about what every page asks: it must not read all that was ever sent.

PostgreSQL finds its way by itself; `python -m benchmarks.pages` measures what comes of it.
"""

import pytest
from django.db import connection

from crm.models import Customer, MessageSchedule
from rules.message_states import Status
from tests.make import NOW, make_account, make_customer, make_message

pytestmark = pytest.mark.django_db

PARTIAL = ("message_wants_a_person", "message_due", "message_tried_again", "message_leased")


@pytest.fixture(autouse=True)
def _years_of_messages() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's own plans")
    make_account()
    customers = Customer.objects.bulk_create(
        Customer(name=f"Customer {number}", phone_number=f"+346123{number:05}")
        for number in range(200)
    )
    one = MessageSchedule.objects.values().get(pk=make_message(make_customer(), at=NOW).pk)
    del one["id"]
    gone = {**one, "status": Status.READ, "sent_at": NOW}
    MessageSchedule.objects.bulk_create(
        MessageSchedule(**{**gone, "customer_id": customer.pk})
        for customer in customers
        for _ in range(20)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_what_wants_a_person_is_found_by_the_indexes_of_what_waits() -> None:
    for query in (
        MessageSchedule.objects.reminders(NOW)[:20],
        MessageSchedule.objects.snoozed(NOW)[:20],
        MessageSchedule.objects.unacknowledged(NOW),
    ):
        plan = query.explain()
        assert [name for name in PARTIAL if name in plan] == list(PARTIAL), plan
        assert "message_of_customer" not in plan


def test_the_newest_are_read_off_the_index_of_their_dates() -> None:
    rows = MessageSchedule.objects.live().select_related("invoice", "account")
    for query in (rows, rows.gone()):
        plan = query.order_by("-schedule_date", "-pk")[:50].explain()
        assert "message_by_date" in plan
        assert "TEMP B-TREE" not in plan
