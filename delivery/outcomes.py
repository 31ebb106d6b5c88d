"""What a message becomes once something is known about it, and writing that down.

Changes are written in groups, each under its guard: the row must still be in the state its holder
left it in and carry the holder's fencing token. A worker whose lease was lost changes nothing.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from crm.models.ledger import Outcome as Ending
from crm.models.ledger import Source
from delivery import consequences, fallback
from delivery.dialects import STATE_BY_ID, Columns, Dialect, column
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import REASONS, STOPS_THE_ACCOUNT
from rules import retry
from rules.message_states import GONE, WANTS_A_PERSON, Status, require_move
from rules.reasons import Reason

LONGEST_CODE, LONGEST_WORDS, LONGEST_PROVIDER_ID = 60, 500, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One attempt as far as its outcome needs it. `number` counts from 1 since a person asked.

    `fallback` is the other channel a person allowed, "" where none.
    """

    message_id: int
    token: int
    attempt_id: UUID
    number: int
    first_tried_at: datetime
    send_by: datetime | None
    fallback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """`ending` is how the attempt ended, where one was made; `due_at` only for another try.

    `gone_at` is when it left, where that was earlier than `at`. With `stops_account` nothing else
    would go through the account either, with `held_until` not before then. `channel` is the one it
    goes out by from now on, `because` of what.
    """

    message_id: int
    token: int
    status: Status
    at: datetime
    reason: Reason | None = None
    code: str = ""
    words: str = ""
    provider_message_id: str = ""
    due_at: datetime | None = None
    gone_at: datetime | None = None
    attempt_id: UUID | None = None
    ending: Ending = Ending.PENDING
    stops_account: bool = False
    held_until: datetime | None = None
    channel: str = ""
    because: Reason | None = None


def change_after(made: Try, outcome: Outcome | None, now: datetime) -> Change:
    """What the message becomes by what the provider, or proof, said of this attempt.

    None says that it was never begun: back into the outbox, at the place it had.
    """
    match outcome:
        case None:
            return _change(made, now, Status.SCHEDULED, Ending.NOT_SENT, words="never begun")
        case Accepted(provider_message_id=provider_id, status=status):
            return _change(made, now, status, Ending.ACCEPTED, provider_id=provider_id)
        case Refused():
            return _after_refusal(made, outcome, now)
        case Uncertain(code=code, why=words, cause=why):
            ending, status = Ending.UNCERTAIN, Status.UNCONFIRMED
            return _change(made, now, status, ending, reason=why, code=code, words=words)
        case NotSent():
            return _after_not_sent(made, outcome, now)


def _after_refusal(made: Try, refused: Refused, now: datetime) -> Change:
    why, code, words = REASONS[refused.kind], refused.code, refused.reason
    ending = Ending.REFUSED
    change = _change(made, now, Status.FAILED, ending, reason=why, code=code, words=words)
    if fallback.is_wanted(refused.kind, made.fallback):
        return fall_back(change, made.fallback)
    return replace(change, stops_account=refused.kind in STOPS_THE_ACCOUNT)


def fall_back(change: Change, channel: str) -> Change:
    """In place of a failure: the other channel, at once."""
    return replace(
        change,
        status=Status.SCHEDULED,
        reason=Reason.FELL_BACK,
        because=change.reason,
        channel=channel,
        due_at=change.at,
    )


def _after_not_sent(made: Try, outcome: NotSent, now: datetime) -> Change:
    """What holds the account leaves the message its place: it is the first to go afterwards."""
    code, words, asked_s = outcome.code, outcome.why, outcome.retry_after_s
    holds, why, due_at = outcome.holds_account, None, None
    status = Status.SCHEDULED
    if retry.give_up(made.first_tried_at, now):
        status, why = Status.FAILED, Reason.LIMIT if holds else Reason.GAVE_UP
    elif not holds:
        due_at = _next_try(made, now, asked_s)
    ending = Ending.NOT_SENT
    change = _change(made, now, status, ending, reason=why, code=code, words=words, due_at=due_at)
    if not holds:
        return change
    pause_s = retry.hold_s(made.number, seed=str(made.message_id), retry_after_s=asked_s)
    return replace(change, held_until=now + timedelta(seconds=pause_s))


def _next_try(made: Try, now: datetime, asked_s: float | None) -> datetime:
    """Not after its send-by moment: then it is looked at once more, and given up."""
    delay_s = retry.delay_s(made.number, seed=str(made.message_id), retry_after_s=asked_s)
    next_try = now + timedelta(seconds=delay_s)
    return next_try if made.send_by is None else max(now, min(next_try, made.send_by))


def _change(
    made: Try,
    now: datetime,
    status: Status,
    ending: Ending,
    *,
    reason: Reason | None = None,
    code: str = "",
    words: str = "",
    provider_id: str = "",
    due_at: datetime | None = None,
) -> Change:
    return Change(
        message_id=made.message_id,
        token=made.token,
        status=status,
        at=now,
        reason=reason,
        code=_clean(code, LONGEST_CODE),
        words=_clean(words, LONGEST_WORDS),
        provider_message_id=_clean(provider_id, LONGEST_PROVIDER_ID),
        due_at=due_at,
        attempt_id=made.attempt_id,
        ending=ending,
    )


def _clean(text: str, longest: int) -> str:
    """What a provider says has any length and may hold what PostgreSQL refuses to store."""
    return text.replace("\0", "")[:longest]


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
    "look_up_at": "timestamptz",
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
    for status in {change.status for change in changes}:
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
            wants_since = new.wants_since, snoozed_until = NULL, look_up_at = new.look_up_at,
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
        change.provider_message_id,
        change.due_at,
        (change.gone_at or change.at) if change.status in GONE else None,
        change.at if change.status in WANTS_A_PERSON else None,
        retry.ask_again_at(change.at, change.at) if change.ending is Ending.UNCERTAIN else None,
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
