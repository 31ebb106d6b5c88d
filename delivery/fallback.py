"""Onto the other channel: what was refused for good where a person allowed another way.

The same row goes back into the outbox for that channel, so that it stays one promise, and once
only: the permission is used up. What may have arrived never falls back, nor does what a file goes
along with: an SMS carries none, and half a message is not sent.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Mapping

from django.db.backends.utils import CursorWrapper

from delivery.dialects import Dialect
from providers.errors import FALLS_BACK, ErrorKind

#: The other channel that a message `m` may go out by, "" where none.
ALLOWED = "(CASE WHEN m.receipt_id IS NULL THEN m.fallback_channel ELSE '' END)"


def is_wanted(kind: ErrorKind, channel: str) -> bool:
    """`channel` is the other one that a person allowed, "" where none."""
    return bool(channel) and kind in FALLS_BACK


def switch(cursor: CursorWrapper, dialect: Dialect, channels: Mapping[int, str]) -> None:
    """Messages that the caller has just put back into the outbox go out by these channels.

    The tries are counted afresh there; the attempts so far stay in the ledger.
    """
    new = dialect.given({"message_id": "bigint", "channel": "text"}, list(channels.items()))
    cursor.execute(
        f"""
        UPDATE crm_messageschedule AS m
        SET message_type = new.channel, fallback_channel = '', first_tried_at = NULL
        FROM {new.source} WHERE m.id = new.message_id
        """,
        new.parameters,
    )
