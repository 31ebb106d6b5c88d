"""Changes, written into the ledger in groups.

Each under its guard: the row must still be in the state its holder left it in and carry the
holder's fencing token. A worker whose lease was lost changes nothing.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import json
from collections.abc import Collection, Sequence

from django.db.backends.utils import CursorWrapper

from crm.models.ledger import Source
from delivery import consequences
from delivery.changes import Change
from delivery.dialects import STATE_BY_ID, Columns, Dialect, column
from rules.message_states import GONE, WANTS_A_PERSON, Status, require_move

_MESSAGE: Columns = {
    "message_id": "bigint",
    "token": "bigint",
    "status": "text",
    "reason": "text",
    "code": "text",
    "words": "text",
    "provider_message_id": "text",
    "due_at": "timestamptz",
    "sent_at": "timestamptz",
    "wants_since": "timestamptz",
    "at": "timestamptz",
}
_ATTEMPT: Columns = {
    "attempt_id": "uuid",
    "at": "timestamptz",
    "ending": "text",
    "provider_message_id": "text",
    "code": "text",
    "words": "text",
}
_EVENT: Columns = {
    "message_id": "bigint",
    "attempt_id": "uuid",
    "status": "text",
    "detail": "jsonb",
    "at": "timestamptz",
}


def write(
    cursor: CursorWrapper, dialect: Dialect, changes: Sequence[Change], *, was: Status
) -> set[int]:
    """Make the changes, all from the state `was`; the ids of those that held their guard."""
    for status in {change.status for change in changes} - {was}:
        require_move(was, status)
    held = _write_messages(cursor, dialect, changes, was)
    made = [change for change in changes if change.message_id in held]
    if made:
        _finish_attempts(cursor, dialect, [change for change in made if change.attempt_id])
        write_events(cursor, dialect, made)
    consequences.draw(cursor, dialect, made)
    return held


def _write_messages(
    cursor: CursorWrapper, dialect: Dialect, changes: Sequence[Change], was: Status
) -> set[int]:
    new = dialect.given(_MESSAGE, [_message_row(change) for change in changes])
    cursor.execute(
        f"""
        UPDATE crm_messageschedule AS m
        SET status = new.status, reason = new.reason, reason_code = new.code,
            reason_words = new.words, provider_message_id = new.provider_message_id,
            due_at = coalesce(new.due_at, m.due_at), sent_at = new.sent_at,
            delivered_at = CASE new.status WHEN '{Status.DELIVERED}' THEN new.at END,
            read_at = CASE new.status WHEN '{Status.READ}' THEN new.at END,
            wants_since = new.wants_since, look_up_at = NULL,
            snoozed_until = CASE new.status WHEN '{Status.SCHEDULED}' THEN m.snoozed_until END,
            lease_until = NULL, claimed_by = '', updated_at = new.at
        FROM {new.source}
        WHERE m.id = new.message_id AND m.claim_token = new.token AND {STATE_BY_ID} = '{was}'
        RETURNING id
        """,
        new.parameters,
    )
    return set(column(cursor.fetchall()))


def _message_row(change: Change) -> tuple[object, ...]:
    return (
        change.message_id,
        change.token,
        change.status,
        change.reason or "",
        change.code,
        change.words,
        "" if change.channel else change.provider_message_id,
        change.due_at,
        (change.gone_at or change.at) if change.status in GONE else None,
        change.at if change.status in WANTS_A_PERSON else None,
        change.at,
    )


def _finish_attempts(cursor: CursorWrapper, dialect: Dialect, changes: Sequence[Change]) -> None:
    if not changes:
        return
    rows = [
        (one.attempt_id, one.at, one.ending, one.provider_message_id, one.code, one.words)
        for one in changes
    ]
    new = dialect.given(_ATTEMPT, rows)
    cursor.execute(
        f"""
        UPDATE crm_attempt AS a
        SET finished_at = new.at, outcome = new.ending, code = new.code, words = new.words,
            provider_message_id = new.provider_message_id
        FROM {new.source}
        WHERE a.id = new.attempt_id
        """,
        new.parameters,
    )


def write_events(
    cursor: CursorWrapper,
    dialect: Dialect,
    changes: Collection[Change],
    *,
    source: Source = Source.WORKER,
) -> None:
    rows = [(one.message_id, one.attempt_id, one.status, _detail(one), one.at) for one in changes]
    new = dialect.given(_EVENT, rows)
    cursor.execute(
        f"""
        INSERT INTO crm_deliveryevent (message_id, attempt_id, status, source, detail, at)
        SELECT message_id, attempt_id, status, '{source}', detail, at FROM {new.source}
        """,
        new.parameters,
    )


def _detail(change: Change) -> str:
    known = {
        "reason": change.reason,
        "code": change.code,
        "words": change.words,
        "channel": change.channel,
        "because": change.because,
        "next_try": change.due_at and change.due_at.isoformat(),
    }
    return json.dumps({name: value for name, value in known.items() if value})
