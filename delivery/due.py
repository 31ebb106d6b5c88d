"""What is due in the outbox: found by its index, the oldest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from crm.models.customers import Channel
from delivery.dialects import Dialect, read_moment
from rules.message_states import Status

#: Of `m` and its customer `c`; its parameters are those of `Due.parameters`. The ORDER BY is not
#: for fairness alone: without it PostgreSQL may choose to read the whole table.
DUE = f"""
    m.status = '{Status.SCHEDULED}' AND m.message_type = %s
        AND m.due_at >= %s AND m.due_at <= %s AND c.trashed_at IS NULL
    ORDER BY m.due_at LIMIT %s
"""
_IDS = f"""
    SELECT m.id FROM crm_messageschedule AS m
    JOIN crm_customer AS c ON c.id = m.customer_id
    WHERE {DUE}
"""  # noqa: S608 (our own words; values are parameters)
_FIRST = " UNION ALL ".join(
    f"""
    SELECT * FROM (
        SELECT m.message_type, m.due_at FROM crm_messageschedule AS m
        JOIN crm_customer AS c ON c.id = m.customer_id
        WHERE m.status = '{Status.SCHEDULED}' AND m.message_type = '{channel}'
            AND m.due_at >= %s AND c.trashed_at IS NULL
        ORDER BY m.due_at LIMIT 1
    ) AS first_{channel}
    """  # noqa: S608 (our own words; values are parameters)
    for channel in Channel.values
)


@dataclass(frozen=True, kw_only=True)
class Due:
    """The messages of one channel that are due at `now`; none is scheduled before `since`."""

    channel: str
    since: datetime
    now: datetime

    def parameters(self, dialect: Dialect, at_most: int) -> list[Any]:
        return [self.channel, dialect.moment(self.since), dialect.moment(self.now), at_most]

    def ids(self, dialect: Dialect, at_most: int) -> tuple[str, list[Any]]:
        """A condition on `id` with its parameters: the oldest first, of customers who are here."""
        return dialect.picked(f"{_IDS} {dialect.lock_messages}"), self.parameters(dialect, at_most)


def first_due(cursor: CursorWrapper, dialect: Dialect, since: datetime) -> dict[str, datetime]:
    """When the first scheduled message of each channel is due; no channel where there is none."""
    cursor.execute(_FIRST, [dialect.moment(since)] * len(Channel))
    return {channel: read_moment(moment) for channel, moment in cursor.fetchall()}
