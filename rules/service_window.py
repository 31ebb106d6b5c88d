"""WhatsApp's customer service window: freeform text only for a while after the customer wrote."""

from datetime import datetime, timedelta

LASTS = timedelta(hours=24)
#: What comes in on a customer's behalf and is no message of theirs: it opens nothing.
NOT_WRITTEN = ("number", "preference")


def open_until(heard_at: datetime | None) -> datetime | None:
    """When it closes, by the customer's last message (aware); None where there never was one."""
    return heard_at + LASTS if heard_at else None


def is_open(heard_at: datetime | None, at: datetime) -> bool:
    closes = open_until(heard_at)
    return closes is not None and at < closes
