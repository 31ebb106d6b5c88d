"""Writing down, before the first byte leaves, exactly what is about to leave.

Each claimed message is looked at again as it is now: its customer's will and number, the hour, its
words. What no longer holds does not go out, and says why (hindrances.py).
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DataError, IntegrityError
from django.db.backends.utils import CursorWrapper

from crm.models import Business
from delivery import candidates, contents, hindrances, outcomes
from delivery.candidates import Candidate
from delivery.claims import LEASE, Claim
from delivery.contents import Content
from delivery.database import Database, discreet
from delivery.dialects import STATE_BY_ID, Columns, Dialect, column, read_moment
from delivery.hindrances import Circumstances
from delivery.limits import Account
from delivery.outcomes import Change, Try
from providers.base import Outgoing
from rules.message_states import Status, require_move
from rules.reasons import Reason

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """`sending` in the ledger: it may leave from `starts_at` on, and not after `lease_until`."""

    made: Try
    outgoing: Outgoing
    account: Account
    starts_at: datetime
    lease_until: datetime


@dataclass(frozen=True, kw_only=True)
class Departed:
    departures: Sequence[Departure] = ()
    for_people: int = 0

    def __add__(self, other: "Departed") -> "Departed":
        return Departed(
            departures=[*self.departures, *other.departures],
            for_people=self.for_people + other.for_people,
        )


class Departures:
    def __init__(self, database: Database, run: str) -> None:
        self._database = database
        self._run = run

    def write(self, cursor: CursorWrapper, claims: Sequence[Claim], now: datetime) -> Departed:
        """`sending` and an attempt for each claim that may go, in the claim's own transaction.

        Raises DataError or IntegrityError where the database will not have one of them.
        """
        return self._write(cursor, claims, {one.message_id: one.row for one in claims}, now)

    def write_by_halves(self, claims: Sequence[Claim], now: datetime) -> Departed:
        """The same for claims that are held, committed, so that one bad row stops no other."""
        try:
            return self._database.write(lambda cursor: self._write_held(cursor, claims, now))
        except (DataError, IntegrityError) as error:
            if len(claims) == 1:
                log.error("message %d: cannot be sent: %s", claims[0].message_id, discreet(error))  # noqa: TRY400
                return self._give_up(claims[0], now)
            half = len(claims) // 2
            first, second = claims[:half], claims[half:]
            return self.write_by_halves(first, now) + self.write_by_halves(second, now)

    def _write_held(
        self, cursor: CursorWrapper, claims: Sequence[Claim], now: datetime
    ) -> Departed:
        tokens = {one.message_id: one.token for one in claims}
        rows = candidates.held(cursor, self._database.dialect, tokens, was=Status.CLAIMED)
        return self._write(cursor, claims, {row.id: row for row in rows}, now, was=Status.CLAIMED)

    def _write(
        self,
        cursor: CursorWrapper,
        claims: Sequence[Claim],
        rows: Mapping[int, Candidate],
        now: datetime,
        *,
        was: Status = Status.SCHEDULED,
    ) -> Departed:
        if not rows:
            return Departed()
        dialect = self._database.dialect
        contents_of, changes = _looked_at(cursor, dialect, list(rows.values()), claims, now)
        if changes:
            outcomes.write(cursor, dialect, changes, was=was)
        stay = {change.message_id for change in changes}
        going = [one for one in claims if one.message_id in rows and one.message_id not in stay]
        departures = [
            _departure(rows[claim.message_id], contents_of[claim.message_id], claim, number, now)
            for claim, number in zip(going, _new_ids(len(going), now), strict=True)
        ]
        held = _mark(cursor, dialect, departures, rows, run=self._run, was=was, now=now)
        departures = [one for one in departures if one.made.message_id in held]
        self._write_attempts(cursor, departures, rows, now)
        for_people = sum(change.status is not Status.SCHEDULED for change in changes)
        return Departed(departures=departures, for_people=for_people)

    def _write_attempts(
        self,
        cursor: CursorWrapper,
        departures: Sequence[Departure],
        claimed: Mapping[int, Candidate],
        now: datetime,
    ) -> None:
        if not departures:
            return
        rows = [
            (
                one.made.attempt_id,
                one.made.message_id,
                claimed[one.made.message_id].number,
                one.account.id,
                self._run,
                hashlib.sha256(one.outgoing.text.encode()).hexdigest(),
                now,
            )
            for one in departures
        ]
        new = self._database.dialect.given(_ATTEMPT, rows)
        names = ", ".join(_ATTEMPT)
        cursor.execute(
            f"""
            INSERT INTO crm_attempt ({names}, outcome, provider_message_id, code, words)
            SELECT {names}, '', '', '', '' FROM {new.source}
            """,
            new.parameters,
        )

    def _give_up(self, claim: Claim, now: datetime) -> Departed:
        change = Change(
            message_id=claim.message_id,
            token=claim.token,
            status=Status.FAILED,
            reason=Reason.INTERNAL_ERROR,
            at=now,
        )
        held = self._database.write(
            lambda cursor: outcomes.write(
                cursor, self._database.dialect, [change], was=Status.CLAIMED
            )
        )
        return Departed(for_people=len(held))


_ATTEMPT: Columns = {
    "id": "uuid",
    "message_id": "bigint",
    "number": "bigint",
    "account_id": "bigint",
    "worker": "text",
    "body_sha256": "text",
    "started_at": "timestamptz",
}
_DEPARTURE: Columns = {
    "message_id": "bigint",
    "held": "bigint",
    "token": "bigint",
    "account_id": "bigint",
    "text": "text",
    "phone": "text",
}


def _looked_at(
    cursor: CursorWrapper,
    dialect: Dialect,
    rows: Sequence[Candidate],
    claims: Sequence[Claim],
    now: datetime,
) -> tuple[Mapping[int, Content], list[Change]]:
    """What each says, and what becomes of those that do not go out now."""
    business = Business.objects.current()
    accounts = {claim.message_id: claim.account for claim in claims}
    contents_of = contents.of(rows, accounts, business, now)
    windowed = [row for row in rows if not row.template_id and accounts[row.id].has_window]
    known = Circumstances(
        business=business,
        contents=contents_of,
        windowed={row.id for row in windowed},
        heard=hindrances.heard(cursor, dialect, windowed),
        now=now,
    )
    return contents_of, hindrances.of(rows, known)


def _departure(
    row: Candidate, content: Content, claim: Claim, attempt_id: UUID, now: datetime
) -> Departure:
    assert content.text is not None  # noqa: S101 (a hindrance otherwise)
    send_by = read_moment(row.send_by) if row.send_by else None
    return Departure(
        made=Try(
            message_id=row.id,
            token=claim.token,
            attempt_id=attempt_id,
            number=row.tries + 1,
            first_tried_at=read_moment(row.first_tried_at) if row.first_tried_at else now,
            send_by=send_by,
            fallback=row.fallback,
        ),
        outgoing=Outgoing(
            attempt_id=str(attempt_id),
            channel=row.channel,
            to=row.phone,
            text=content.text,
            at=max(now, claim.starts_at),
            send_by=send_by,
            template=content.template,
            attachment=content.attachment,
            callback_url=claim.account.callback_url,
        ),
        account=claim.account,
        starts_at=claim.starts_at,
        lease_until=now + LEASE,
    )


def _new_ids(count: int, now: datetime) -> list[UUID]:
    """UUIDs of version 7: in the order of time, so that the index grows at one end only."""
    moment = int(now.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62
    random = os.urandom(10 * count)
    drawn = (int.from_bytes(random[at : at + 10]) for at in range(0, len(random), 10))
    return [UUID(int=moment | (one >> 68) << 64 | one & (1 << 62) - 1) for one in drawn]


def _mark(
    cursor: CursorWrapper,
    dialect: Dialect,
    departures: Sequence[Departure],
    claimed: Mapping[int, Candidate],
    *,
    run: str,
    was: Status,
    now: datetime,
) -> set[int]:
    if not departures:
        return set()
    require_move(was, Status.SENDING)
    rows = [
        (
            one.made.message_id,
            claimed[one.made.message_id].token,
            one.made.token,
            one.account.id,
            one.outgoing.text,
            one.outgoing.to,
        )
        for one in departures
    ]
    new = dialect.given(_DEPARTURE, rows)
    moment = dialect.moment(now)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule AS m
        SET status = '{Status.SENDING}', claimed_by = %s, claim_token = new.token,
            attempts = m.attempts + 1, first_tried_at = coalesce(m.first_tried_at, %s),
            account_id = new.account_id,
            text_sent = new.text, sent_to = new.phone, lease_until = %s, updated_at = %s
        FROM {new.source}
        WHERE m.id = new.message_id AND m.claim_token = new.held AND {STATE_BY_ID} = '{was}'
        RETURNING id
        """,
        [run, moment, dialect.moment(now + LEASE), moment, *new.parameters],
    )
    return set(column(cursor.fetchall()))
