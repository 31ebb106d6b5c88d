"""Taking rows of the outbox for one worker: no other touches them while the lease lasts."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper

from delivery import candidates, limits
from delivery.candidates import Candidate
from delivery.dialects import Columns, Dialect
from delivery.due import Due
from delivery.limits import Account
from rules.message_states import Status

#: How long a claim lasts unless it is renewed; a worker renews what it still holds.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A row for whoever writes down `token`, its next fencing token, while it is locked."""

    row: Candidate
    account: Account
    starts_at: datetime

    @property
    def message_id(self) -> int:
        return self.row.id

    @property
    def token(self) -> int:
        return self.row.token + 1


def claim(
    cursor: CursorWrapper, dialect: Dialect, account: Account, due: Due, *, room: int
) -> list[Claim]:
    """Lock what the account may start soon, `room` at most, until this transaction ends.

    Called with the account's row locked: the slots taken are exactly those of the rows locked.
    """
    free = account.free_slots(room, due.now)
    rows = candidates.locked(cursor, dialect, due, free) if free else []
    if rows:
        limits.take(cursor, dialect, account, account.next_slot_after(len(rows), due.now))
    slots = account.slots(len(rows), due.now)
    return [
        Claim(row=row, account=account, starts_at=slot)
        for row, slot in zip(rows, slots, strict=True)
    ]


_HELD: Columns = {"message_id": "bigint", "token": "bigint"}


def hold(
    cursor: CursorWrapper, dialect: Dialect, claims: Sequence[Claim], *, run: str, now: datetime
) -> None:
    """Keep them beyond this transaction, as `claimed`."""
    new = dialect.given(_HELD, [(one.message_id, one.token) for one in claims])
    moment, lease = dialect.moment(now), dialect.moment(now + LEASE)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET status = '{Status.CLAIMED}', claimed_by = %s, claim_token = new.token,
            lease_until = %s, updated_at = %s
        FROM {new.source}
        WHERE id = new.message_id
        """,
        [run, lease, moment, *new.parameters],
    )
