"""Taking rows of the outbox for one worker: no other touches them while the lease lasts."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from crm.models.customers import Channel
from delivery import limits
from delivery.dialects import Dialect, read_moment
from delivery.limits import Account
from rules.message_states import Status

#: How long a claim lasts unless it is renewed; a worker renews what it still holds.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """`token` is the fencing token: whoever claims the row next has a higher one."""

    message_id: int
    token: int
    account: Account
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class Due:
    """The messages of one channel that are due at `now`; none is scheduled before `since`."""

    channel: str
    since: datetime
    now: datetime

    def ids(self, dialect: Dialect, at_most: int) -> tuple[str, list[Any]]:
        """A condition on `id` with its parameters: the oldest first, of customers who are here."""
        parameters = [self.channel, dialect.moment(self.since), dialect.moment(self.now), at_most]
        return dialect.picked(_DUE + dialect.lock_messages), parameters


def first_due(cursor: CursorWrapper, dialect: Dialect, since: datetime) -> dict[str, datetime]:
    """When the first scheduled message of each channel is due; no channel where there is none."""
    cursor.execute(_FIRST_DUE, [dialect.moment(since)] * len(Channel))
    return {channel: read_moment(moment) for channel, moment in cursor.fetchall()}


def claim(
    cursor: CursorWrapper, dialect: Dialect, account: Account, due: Due, *, run: str, room: int
) -> list[Claim]:
    """Claim what the account may start soon, `room` at most.

    Called with the account's row locked: the slots taken are exactly those of the rows claimed.
    """
    free = account.free_slots(room, due.now)
    rows = _claim_rows(cursor, dialect, due, free, run) if free else []
    if rows:
        limits.take(cursor, dialect, account, account.next_slot_after(len(rows), due.now))
    slots = account.slots(len(rows), due.now)
    return [
        Claim(message_id=message_id, token=token, account=account, starts_at=slot)
        for (_, message_id, token), slot in zip(rows, slots, strict=True)
    ]


def _claim_rows(
    cursor: CursorWrapper, dialect: Dialect, due: Due, at_most: int, run: str
) -> Sequence[tuple[object, int, int]]:
    """Moment, id and token of each, the oldest first."""
    condition, parameters = due.ids(dialect, at_most)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET status = '{Status.CLAIMED}', claimed_by = %s, claim_token = claim_token + 1,
            lease_until = %s, updated_at = %s
        WHERE id {condition}
        RETURNING due_at, id, claim_token
        """,
        [run, dialect.moment(due.now + LEASE), dialect.moment(due.now), *parameters],
    )
    return sorted(cursor.fetchall())


# The ORDER BY is not for fairness alone: without it PostgreSQL may choose to read the whole table.
_DUE = f"""
    SELECT m.id FROM crm_messageschedule AS m
    JOIN crm_customer AS c ON c.id = m.customer_id
    WHERE m.status = '{Status.SCHEDULED}' AND m.message_type = %s
        AND m.due_at >= %s AND m.due_at <= %s AND c.trashed_at IS NULL
    ORDER BY m.due_at LIMIT %s
"""
_FIRST_DUE = " UNION ALL ".join(
    f"""
    SELECT * FROM (
        SELECT m.message_type, m.due_at FROM crm_messageschedule AS m
        JOIN crm_customer AS c ON c.id = m.customer_id
        WHERE m.status = '{Status.SCHEDULED}' AND m.message_type = '{channel}'
            AND m.due_at >= %s AND c.trashed_at IS NULL
        ORDER BY m.due_at LIMIT 1
    ) AS first_{channel}
    """
    for channel in Channel.values
)
