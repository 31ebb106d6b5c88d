"""A message, weighed against its receipts and written back with all that follows from them.

`rules/message_states.py` has the weights. Every change is made under the guard of the state it was
weighed against: what a person or a worker has moved meanwhile is weighed anew.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from crm.actions.wake import wake_sender
from crm.models.ledger import Source
from delivery import consequences, fallback
from delivery.dialects import STATE_BY_ID, Columns, Dialect, column
from delivery.outcomes import (
    LONGEST_CODE,
    LONGEST_PROVIDER_ID,
    LONGEST_WORDS,
    Change,
    fall_back,
    write_events,
)
from providers.callbacks import Receipt
from providers.errors import REASONS, STOPS_THE_ACCOUNT, ErrorKind
from rules.message_states import GONE, Status, after_proof


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """As far as a receipt needs to know it; `number` counts the message's tries from 1."""

    id: UUID
    number: int
    started_at: datetime
    handed_over_at: datetime
    provider_message_id: str


@dataclass(kw_only=True)
class Message:
    """`was` is what it is in the database, `status` what the receipts make of it."""

    id: int
    was: Status
    status: Status
    token: int
    attempts: int
    fallback_channel: str
    is_sent_by_hand: bool
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    provider_message_id: str
    reason: str
    code: str
    words: str
    steps: list[Change] = field(default_factory=list)
    #: Tries whose answer nobody heard, and the id that their receipt has told now.
    learnt: dict[UUID, str] = field(default_factory=dict)
    is_changed: bool = False

    def weigh(self, receipt: Receipt, attempt: Attempt, now: datetime) -> None:
        """The provider's clock is believed as far as it is possible."""
        is_last = attempt.number == self.attempts
        if receipt.status is Status.FAILED and self.is_sent_by_hand:
            return  # the promise has been kept by a person
        at = min(max(receipt.at, attempt.started_at), now)
        new = after_proof(self.status, receipt.status, of_last_try=is_last)
        if new is not self.status:
            step = self._step(new, receipt, attempt, at)
            self._become(replace(step, due_at=now) if step.due_at else step)
        if new in GONE:
            self._note(receipt.status, at, attempt)
        if not attempt.provider_message_id and receipt.provider_message_id:
            self._learn(attempt, receipt.provider_message_id, is_last=is_last)

    @property
    def due_at(self) -> datetime | None:
        """Where it has gone back into the queue: for the other channel."""
        return self.steps[-1].due_at if self.steps else None

    def _step(self, new: Status, receipt: Receipt, attempt: Attempt, at: datetime) -> Change:
        step = Change(
            message_id=self.id, token=self.token, status=new, at=at, attempt_id=attempt.id
        )
        if new is not Status.FAILED:
            return step
        kind = receipt.kind or ErrorKind.UNKNOWN
        failed = replace(
            step,
            reason=REASONS[kind],
            code=_clean(receipt.code, LONGEST_CODE),
            words=_clean(receipt.words, LONGEST_WORDS),
            stops_account=kind in STOPS_THE_ACCOUNT,
        )
        falls = fallback.is_wanted(kind, self.fallback_channel)
        return fall_back(failed, self.fallback_channel) if falls else failed

    def _become(self, step: Change) -> None:
        self.steps.append(step)
        self.status, self.is_changed = step.status, True
        self.reason, self.code, self.words = step.reason or "", step.code, step.words
        if step.status not in GONE:
            self.sent_at = None
        if step.channel:
            self.provider_message_id = ""

    def _note(self, told: Status, at: datetime, attempt: Attempt) -> None:
        """The earliest that was ever told of each, in whatever order it was told."""
        before = (self.sent_at, self.delivered_at, self.read_at)
        self.sent_at = self.sent_at or attempt.handed_over_at
        if told is Status.DELIVERED:
            self.delivered_at = min(self.delivered_at or at, at)
        if told is Status.READ:
            self.read_at = min(self.read_at or at, at)
        self.is_changed |= before != (self.sent_at, self.delivered_at, self.read_at)

    def _learn(self, attempt: Attempt, provider_id: str, *, is_last: bool) -> None:
        self.learnt[attempt.id] = provider_id = _clean(provider_id, LONGEST_PROVIDER_ID)
        if is_last and not self.provider_message_id and not self.due_at:
            self.provider_message_id, self.is_changed = provider_id, True


def write(
    cursor: CursorWrapper, dialect: Dialect, messages: Iterable[Message], now: datetime
) -> set[int]:
    """The ids of those that somebody has moved meanwhile: nothing of them is written."""
    changed = [one for one in messages if one.is_changed or one.learnt]
    if not changed:
        return set()
    held = _write_messages(cursor, dialect, changed, now)
    written = [one for one in changed if one.id in held]
    _write_ids(cursor, dialect, written)
    if steps := [step for one in written for step in one.steps]:
        write_events(cursor, dialect, steps, source=Source.RECEIPT)
    consequences.draw(cursor, dialect, [one.steps[-1] for one in written if one.steps])
    if any(one.due_at for one in written):
        wake_sender()
    return {one.id for one in changed} - held


_MESSAGE: Columns = {
    "message_id": "bigint",
    "token": "bigint",
    "was": "text",
    "status": "text",
    "reason": "text",
    "code": "text",
    "words": "text",
    "provider_message_id": "text",
    "sent_at": "timestamptz",
    "delivered_at": "timestamptz",
    "read_at": "timestamptz",
    "due_at": "timestamptz",
    "at": "timestamptz",
}
#: A failure is news to whoever had looked at the message before.
_FAILED_NOW = f"new.status = '{Status.FAILED}' AND new.was <> '{Status.FAILED}'"


def _write_messages(
    cursor: CursorWrapper, dialect: Dialect, messages: Sequence[Message], now: datetime
) -> set[int]:
    new = dialect.given(_MESSAGE, [_message_row(one, now) for one in messages])
    cursor.execute(
        f"""
        UPDATE crm_messageschedule AS m
        SET status = new.status, reason = new.reason, reason_code = new.code,
            reason_words = new.words, provider_message_id = new.provider_message_id,
            sent_at = new.sent_at, delivered_at = new.delivered_at, read_at = new.read_at,
            due_at = coalesce(new.due_at, m.due_at),
            wants_since = CASE WHEN {_FAILED_NOW} THEN new.at
                WHEN new.status = new.was THEN m.wants_since END,
            snoozed_until = CASE WHEN new.status = new.was THEN m.snoozed_until END,
            acknowledged_at = CASE WHEN {_FAILED_NOW} THEN NULL ELSE m.acknowledged_at END,
            acknowledged_by_id = CASE WHEN {_FAILED_NOW} THEN NULL ELSE m.acknowledged_by_id END,
            updated_at = new.at
        FROM {new.source}
        WHERE m.id = new.message_id AND m.claim_token = new.token AND {STATE_BY_ID} = new.was
        RETURNING id
        """,
        new.parameters,
    )
    return set(column(cursor.fetchall()))


def _message_row(message: Message, now: datetime) -> tuple[object, ...]:
    return (
        message.id,
        message.token,
        message.was,
        message.status,
        message.reason,
        message.code,
        message.words,
        message.provider_message_id,
        message.sent_at,
        message.delivered_at,
        message.read_at,
        message.due_at,
        now,
    )


def _write_ids(cursor: CursorWrapper, dialect: Dialect, messages: Iterable[Message]) -> None:
    rows = [learnt for message in messages for learnt in message.learnt.items()]
    if not rows:
        return
    new = dialect.given({"attempt_id": "uuid", "provider_message_id": "text"}, rows)
    cursor.execute(
        f"""
        UPDATE crm_attempt AS a SET provider_message_id = new.provider_message_id
        FROM {new.source} WHERE a.id = new.attempt_id AND a.provider_message_id = ''
        """,
        new.parameters,
    )


def _clean(text: str, longest: int) -> str:
    """What a provider says has any length and may hold what PostgreSQL refuses to store."""
    return text.replace("\0", "")[:longest]
