"""Rows whose holder is gone: an expired lease, or a run that is known to have ended."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from delivery import fallback, limits, outcomes
from delivery.claims import LEASE
from delivery.database import Database
from delivery.dialects import Columns, Dialect, column, read_moment
from delivery.limits import Account
from delivery.outcomes import Change, Try
from providers.base import Outgoing
from rules.message_states import Status
from rules.reasons import Reason

#: Taken over in one transaction; what is left is found by the next recovery.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """A message in `sending` that was taken over, with its unfinished attempt by `worker`."""

    made: Try
    outgoing: Outgoing
    attempted_at: datetime
    worker: str
    account: Account | None
    known_ids: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Found:
    back_in_outbox: int = 0
    orphans: Sequence[Orphan] = ()


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Whose rows are taken: those of `ended` runs, and all whose lease has run out by `now`.

    No lease has run out before `since`. Not those of `held`, which this very `run` is at work on.
    """

    run: str
    ended: frozenset[str]
    held: frozenset[int]
    since: datetime
    now: datetime

    def gone(self, dialect: Dialect) -> tuple[str, list[Any]]:
        moments = [dialect.moment(self.since), dialect.moment(self.now)]
        if not self.ended:  # the more frequent, and then the index of leases is all it takes
            return "m.lease_until >= %s AND m.lease_until < %s", moments
        ended = dialect.given({"run": "text"}, [(run,) for run in self.ended])
        condition = f"""
            (m.lease_until >= %s AND m.lease_until < %s
                OR m.claimed_by IN (SELECT run FROM {ended.source}))
        """
        return condition, [*moments, *ended.parameters]

    def condition(self, dialect: Dialect, status: Status) -> tuple[str, list[Any]]:
        gone, parameters = self.gone(dialect)
        held = dialect.given({"message_id": "bigint"}, [(number,) for number in self.held])
        rows = f"""
            SELECT m.id FROM crm_messageschedule AS m
            WHERE m.status = '{status}'
                AND {gone}
                AND NOT (
                    m.claimed_by = %s AND m.id IN (SELECT message_id FROM {held.source})
                )
            ORDER BY m.lease_until LIMIT {AT_ONCE}
        """
        parameters += [self.run, *held.parameters]
        return dialect.picked(rows + dialect.lock_messages), parameters


def take_over(database: Database, gone: Gone) -> Found:
    """Put what had not left back into the outbox, and hold what may have left."""
    if not database.read(lambda cursor: _any(cursor, database.dialect, gone)):
        return Found()
    return database.write(lambda cursor: _take_over(cursor, database.dialect, gone))


def runs_in_flight(database: Database) -> set[str]:
    """The runs that hold a message or began an attempt nobody knows the outcome of."""
    return database.read(_runs_in_flight)


def _any(cursor: CursorWrapper, dialect: Dialect, gone: Gone) -> bool:
    condition, parameters = gone.gone(dialect)
    cursor.execute(
        f"""
        SELECT 1 FROM crm_messageschedule AS m
        WHERE m.status IN ('{Status.CLAIMED}', '{Status.SENDING}')
            AND {condition}
        LIMIT 1
        """,
        parameters,
    )
    return cursor.fetchone() is not None


def _take_over(cursor: CursorWrapper, dialect: Dialect, gone: Gone) -> Found:
    back = _give_back(cursor, dialect, gone)
    tokens = _hold(cursor, dialect, gone)
    orphans = held(cursor, dialect, tokens, "a.finished_at IS NULL") if tokens else []
    if without_attempt := tokens.keys() - {one.made.message_id for one in orphans}:
        _give_up(cursor, dialect, {number: tokens[number] for number in without_attempt}, gone.now)
    return Found(back_in_outbox=back, orphans=orphans)


def _give_back(cursor: CursorWrapper, dialect: Dialect, gone: Gone) -> int:
    """The token stays: `sending` is only ever written by whoever still has the row claimed."""
    condition, parameters = gone.condition(dialect, Status.CLAIMED)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET status = '{Status.SCHEDULED}', claimed_by = '', lease_until = NULL, updated_at = %s
        WHERE id {condition}
        RETURNING id
        """,
        [dialect.moment(gone.now), *parameters],
    )
    changes = [
        Change(message_id=number, token=0, status=Status.SCHEDULED, at=gone.now)
        for number in column(cursor.fetchall())
    ]
    if changes:
        outcomes.write_events(cursor, dialect, changes)
    return len(changes)


def _hold(cursor: CursorWrapper, dialect: Dialect, gone: Gone) -> dict[int, int]:
    """Each message that was taken over, with its new token."""
    condition, parameters = gone.condition(dialect, Status.SENDING)
    moment = dialect.moment
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET claimed_by = %s, claim_token = claim_token + 1, lease_until = %s, updated_at = %s
        WHERE id {condition}
        RETURNING id, claim_token
        """,
        [gone.run, moment(gone.now + LEASE), moment(gone.now), *parameters],
    )
    return dict(cursor.fetchall())


def _give_up(
    cursor: CursorWrapper, dialect: Dialect, tokens: Mapping[int, int], now: datetime
) -> None:
    """Nothing in the ledger says what was tried: only a person can find out."""
    changes = [
        Change(
            message_id=number,
            token=token,
            status=Status.UNCONFIRMED,
            reason=Reason.WORKER_DIED,
            at=now,
        )
        for number, token in tokens.items()
    ]
    outcomes.write(cursor, dialect, changes, was=Status.SENDING)


class _Row(NamedTuple):
    id: int
    channel: str
    send_by: datetime | str | None
    first_tried_at: datetime | str
    text: str
    phone: str
    attempt_id: UUID | str
    number: int
    attempted_at: datetime | str
    worker: str
    account_id: int | None
    fallback: str


_HELD: Columns = {"message_id": "bigint"}


def held(
    cursor: CursorWrapper, dialect: Dialect, tokens: Mapping[int, int], which: str
) -> list[Orphan]:
    """The messages with these tokens, each with the one of its attempts `a` that `which` is of."""
    new = dialect.given(_HELD, [(number,) for number in tokens])
    cursor.execute(
        f"""
        SELECT m.id, m.message_type, m.send_by, coalesce(m.first_tried_at, a.started_at),
            m.text_sent, m.sent_to,
            a.id, a.number, a.started_at, a.worker, a.account_id, {fallback.ALLOWED}
        FROM {new.source}
        JOIN crm_messageschedule AS m ON m.id = new.message_id
        JOIN crm_attempt AS a ON a.message_id = m.id AND {which}
        """,
        new.parameters,
    )
    rows = [_Row(*row) for row in cursor.fetchall()]
    accounts = {account.id: account for account in limits.every(cursor)}
    known = {phone: _known_ids(cursor, phone) for phone in {row.phone for row in rows}}
    return [
        _orphan(row, tokens[row.id], accounts.get(row.account_id or 0), known[row.phone])
        for row in rows
    ]


def _orphan(row: _Row, token: int, account: Account | None, known: Collection[str]) -> Orphan:
    attempt_id = UUID(str(row.attempt_id))
    send_by = read_moment(row.send_by) if row.send_by else None
    return Orphan(
        made=Try(
            message_id=row.id,
            token=token,
            attempt_id=attempt_id,
            number=row.number,
            first_tried_at=read_moment(row.first_tried_at),
            send_by=send_by,
            fallback=row.fallback,
        ),
        outgoing=Outgoing(
            attempt_id=str(attempt_id),
            channel=row.channel,
            to=row.phone,
            text=row.text,
            send_by=send_by,
        ),
        attempted_at=read_moment(row.attempted_at),
        worker=row.worker,
        account=account,
        known_ids=frozenset(known),
    )


def _known_ids(cursor: CursorWrapper, phone: str) -> list[str]:
    """Provider ids of all other tries to reach this number, whoever shares it."""
    cursor.execute(
        """
        SELECT a.provider_message_id FROM crm_customer AS c
        JOIN crm_messageschedule AS m ON m.customer_id = c.id
        JOIN crm_attempt AS a ON a.message_id = m.id
        WHERE c.phone_number = %s AND m.sent_to = %s AND a.provider_message_id <> ''
        """,
        [phone, phone],
    )
    return column(cursor.fetchall())


def may_be_another(cursor: CursorWrapper, orphan: Orphan, provider_message_id: str) -> bool:
    """Whether what a provider's list shows may be a message just like it to the same number.

    That one has the id by now, or had it in an earlier try; or it is on the wire, and its answer
    has not been written down.
    """
    if not provider_message_id or orphan.outgoing.attempt_id in provider_message_id:
        return False
    cursor.execute(
        f"""
        SELECT 1 FROM crm_messageschedule
        WHERE provider_message_id = %s AND provider_message_id <> '' AND id <> %s
        UNION ALL
        SELECT 1 FROM crm_customer AS c JOIN crm_messageschedule AS m ON m.customer_id = c.id
        WHERE c.phone_number = %s AND m.status = '{Status.SENDING}' AND m.id <> %s
        UNION ALL
        SELECT 1 FROM crm_customer AS c JOIN crm_messageschedule AS m ON m.customer_id = c.id
        JOIN crm_attempt AS a ON a.message_id = m.id
        WHERE c.phone_number = %s AND a.provider_message_id = %s
        LIMIT 1
        """,
        [
            provider_message_id,
            orphan.made.message_id,
            orphan.outgoing.to,
            orphan.made.message_id,
            orphan.outgoing.to,
            provider_message_id,
        ],
    )
    return cursor.fetchone() is not None


def _runs_in_flight(cursor: CursorWrapper) -> set[str]:
    cursor.execute(
        f"""
        SELECT m.claimed_by, coalesce(a.worker, '') FROM crm_messageschedule AS m
        LEFT JOIN crm_attempt AS a ON a.message_id = m.id AND a.finished_at IS NULL
        WHERE m.status IN ('{Status.CLAIMED}', '{Status.SENDING}')
        """
    )
    return {run for row in cursor.fetchall() for run in row}
