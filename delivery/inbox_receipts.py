"""What receipts make of messages: in any order, any number of times, the same in the end.

A receipt is of one try. It names it by our own reference, or by the provider's id of the message's
last one. What cannot be decided yet is handed back: the try is not known (its answer has not been
written down), or a worker holds the message this very moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from delivery import inbox_changes
from delivery.dialects import Columns, Dialect, read_moment
from delivery.inbox_changes import Attempt, Message
from providers.callbacks import Receipt
from rules.message_states import IN_FLIGHT, Status

#: The lock that one applying worker holds on PostgreSQL, for as long as its transaction.
LOCK = 0x63_6D_69_6E_62_6F_78


@dataclass(frozen=True, kw_only=True)
class Told:
    """`source` is what the caller knows it by."""

    source: int
    account_id: int
    receipt: Receipt


def apply(
    cursor: CursorWrapper, dialect: Dialect, told: Sequence[Told], now: datetime
) -> list[Told]:
    """Those that wait for something. Holding LOCK, in a transaction."""
    if not told:
        return []
    known = _known(cursor, dialect, told)
    messages: dict[int, Message] = {}
    waiting: list[Told] = []
    weighed: list[tuple[Told, int]] = []
    for one in told:
        found = known.of(one)
        if found is None or found[0].was in IN_FLIGHT:
            waiting.append(one)
            continue
        message = messages.setdefault(found[0].id, found[0])
        message.weigh(one.receipt, found[1], now)
        weighed.append((one, message.id))
    overtaken = inbox_changes.write(cursor, dialect, messages.values(), now)
    return waiting + [one for one, message_id in weighed if message_id in overtaken]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """By account and what a receipt names: our reference, or the provider's id."""

    by_reference: Mapping[tuple[int, UUID], tuple[Message, Attempt]]
    by_provider_id: Mapping[tuple[int, str], tuple[Message, Attempt]]

    def of(self, told: Told) -> tuple[Message, Attempt] | None:
        reference = _uuid(told.receipt.reference)
        by_reference = reference and self.by_reference.get((told.account_id, reference))
        key = (told.account_id, told.receipt.provider_message_id)
        return by_reference or self.by_provider_id.get(key)


def _known(cursor: CursorWrapper, dialect: Dialect, told: Sequence[Told]) -> _Known:
    """A try belongs to the account that made it, or to any once that account is gone."""
    references = {(one.account_id, _uuid(one.receipt.reference)) for one in told}
    ids = {(one.account_id, one.receipt.provider_message_id) for one in told}
    referred = [key for key in references if key[1]]
    by_reference = _rows(cursor, dialect, {"account_id": "bigint", "id": "uuid"}, referred)
    named = [key for key in ids if key[1]]
    by_id = _rows(cursor, dialect, {"account_id": "bigint", "provider_id": "text"}, named)
    return _Known(
        by_reference={(account, UUID(str(key))): found for account, key, found in by_reference},
        by_provider_id={(account, key): found for account, key, found in by_id},
    )


_COLUMNS = """
    a.id, a.number, a.started_at, a.finished_at, a.outcome, a.provider_message_id,
    m.id, m.status, m.claim_token, m.attempts, m.fallback_channel, m.sent_by_id,
    m.sent_at, m.delivered_at, m.read_at, m.provider_message_id,
    m.reason, m.reason_code, m.reason_words
"""
_ITS_OWN = "(a.account_id = new.account_id OR a.account_id IS NULL)"
_BY = {
    "id": f"""
        JOIN crm_attempt AS a ON a.id = new.id AND {_ITS_OWN}
        JOIN crm_messageschedule AS m ON m.id = a.message_id
    """,
    "provider_id": f"""
        JOIN crm_messageschedule AS m
            ON m.provider_message_id = new.provider_id AND m.provider_message_id <> ''
        JOIN crm_attempt AS a
            ON a.message_id = m.id AND a.provider_message_id = new.provider_id AND {_ITS_OWN}
    """,
}


def _rows(
    cursor: CursorWrapper, dialect: Dialect, columns: Columns, keys: Iterable[tuple[int, Any]]
) -> list[tuple[int, Any, tuple[Message, Attempt]]]:
    rows = list(keys)
    if not rows:
        return []
    _account, key = columns
    new = dialect.given(columns, rows)
    cursor.execute(
        f"SELECT new.account_id, new.{key}, {_COLUMNS} FROM {new.source} {_BY[key]}",  # noqa: S608
        new.parameters,
    )
    return [(row[0], row[1], (_message(row[8:]), _attempt(row[2:8]))) for row in cursor.fetchall()]


def _attempt(row: Sequence[Any]) -> Attempt:
    """Handed over is what was accepted when that was heard, all else when it was begun."""
    number, place, started_at, finished_at, outcome, provider_id = row
    handed_over_at = finished_at if outcome == "accepted" else started_at
    return Attempt(
        id=UUID(str(number)),
        number=place,
        started_at=read_moment(started_at),
        handed_over_at=read_moment(handed_over_at),
        provider_message_id=provider_id,
    )


def _message(row: Sequence[Any]) -> Message:
    sent_at, delivered_at, read_at = [value and read_moment(value) for value in row[6:9]]
    return Message(
        id=row[0],
        was=Status(row[1]),
        status=Status(row[1]),
        token=row[2],
        attempts=row[3],
        fallback_channel=row[4],
        is_sent_by_hand=row[5] is not None,
        sent_at=sent_at,
        delivered_at=delivered_at,
        read_at=read_at,
        provider_message_id=row[9],
        reason=row[10],
        code=row[11],
        words=row[12],
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
