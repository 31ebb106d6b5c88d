"""Messages as they are now: to whom, on what terms, and what is known of their wishes."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from delivery import fallback
from delivery.dialects import STATE_BY_ID, Columns, Dialect
from delivery.due import DUE, Due
from rules.message_states import Status


class Candidate(NamedTuple):
    """A message as it is now. `tries` counts from when a person asked for it (again).

    `consent` is what is recorded of the customer on this channel, None where nothing is;
    `opted_out` is of the number. `zone` is the customer's own, "" where they have none.
    """

    id: int
    token: int
    channel: str
    content: str
    send_by: datetime | str | None
    tries: int
    first_tried_at: datetime | str | None
    fallback: str
    also_in_quiet_hours: bool
    template_id: int | None
    receipt_id: int | None
    customer_id: int
    phone: str
    zone: str
    in_trash: bool
    consent: bool | None
    opted_out: bool
    number: int  # of the next attempt
    due_at: datetime | str
    name: str
    company: str


_COLUMNS = f"""
    m.id, m.claim_token, m.message_type, m.message_content, m.send_by,
    (SELECT count(*) FROM crm_attempt
        WHERE message_id = m.id AND started_at >= m.first_tried_at),
    m.first_tried_at, {fallback.ALLOWED}, m.also_in_quiet_hours, m.template_id,
    m.receipt_id, c.id, c.phone_number, c.time_zone, c.trashed_at IS NOT NULL,
    consent.given, opt_out.id IS NOT NULL,
    1 + coalesce((SELECT max(number) FROM crm_attempt WHERE message_id = m.id), 0),
    m.due_at, c.name, c.company
"""
_WITH_CUSTOMER = """
    JOIN crm_customer AS c ON c.id = m.customer_id
    LEFT JOIN crm_consent AS consent
        ON consent.customer_id = c.id AND consent.channel = m.message_type
    LEFT JOIN crm_optout AS opt_out
        ON opt_out.phone_number = c.phone_number AND opt_out.channel = m.message_type
"""


def locked(cursor: CursorWrapper, dialect: Dialect, due: Due, at_most: int) -> list[Candidate]:
    """The oldest of what is due, nobody else's until this transaction ends."""
    cursor.execute(
        f"""
        SELECT {_COLUMNS} FROM crm_messageschedule AS m {_WITH_CUSTOMER}
        WHERE {DUE} {dialect.lock_messages}
        """,
        due.parameters(dialect, at_most),
    )
    return sorted(map(Candidate._make, cursor.fetchall()), key=attrgetter("due_at", "id"))


_HELD: Columns = {"message_id": "bigint", "token": "bigint"}


def held(
    cursor: CursorWrapper,
    dialect: Dialect,
    tokens: Mapping[int, int],
    *,
    was: Status,
) -> list[Candidate]:
    """The messages in the state `was` that somebody holds with these tokens."""
    new = dialect.given(_HELD, list(tokens.items()))
    cursor.execute(
        f"""
        SELECT {_COLUMNS} FROM {new.source}
        JOIN crm_messageschedule AS m ON m.id = new.message_id AND m.claim_token = new.token
        {_WITH_CUSTOMER}
        WHERE {STATE_BY_ID} = '{was}'
        """,
        new.parameters,
    )
    return [Candidate._make(row) for row in cursor.fetchall()]
