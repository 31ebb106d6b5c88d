"""Waking the sender: what a person has just made due goes out at once, not at the next look."""

from django.db import connection

#: PostgreSQL's channel on which workers listen.
CHANNEL = "customer_manager_outbox"


def wake_sender() -> None:
    """Call it in the transaction that makes a message due: PostgreSQL tells the workers on commit.

    Elsewhere workers look at the outbox often enough by themselves.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
