"""Waking the sender: what a person has just made due goes out at once, not at the next look."""

from django.db import connection

#: PostgreSQL's channels on which workers listen: something is due; a callback has come in.
CHANNEL = "customer_manager_outbox"
INBOX_CHANNEL = "customer_manager_inbox"


def wake_sender() -> None:
    """Call it in the transaction that makes a message due: PostgreSQL tells the workers on commit.

    Elsewhere workers look at the outbox often enough by themselves.
    """
    _tell(CHANNEL)


def wake_inbox() -> None:
    """The same once a provider's callback has been kept."""
    _tell(INBOX_CHANNEL)


def _tell(channel: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {channel}")
