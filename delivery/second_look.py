"""Asking again what became of messages that may have gone: a time-out, a lost connection, a 5xx.

People are told at once. Meanwhile whichever worker is free asks the provider, soon and then ever
more rarely; `rules/retry.py` says when. Only proof changes anything, and only while nobody has
decided: for as long as the question is open the message is leased, so that no person sends it
once more while a provider that takes a request twice is asked by repeating it.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from django.db.backends.utils import CursorWrapper

from crm.models import Business
from delivery import candidates, hindrances, orphans, outcomes
from delivery.connections import Connections
from delivery.database import Database, DatabaseGoneError, DatabaseThread, discreet
from delivery.dialects import STATE_BY_ID, Columns, Dialect
from delivery.orphans import Orphan
from delivery.outcomes import Change, change_after
from delivery.reconciler import look_up
from providers.base import Outcome, Uncertain
from rules import retry
from rules.message_states import Status

log = logging.getLogger(__name__)

#: Questions open at a time: they come on top of what is being sent.
AT_ONCE = 10
ANSWER_WITHIN_S = 30.0
#: Longer than an answer may take, and shorter than people wait.
LEASE = timedelta(seconds=60)
LOOK_EVERY_S = 2.0
#: The lock under which proof is written, on PostgreSQL.
LOCK = 0x63_6D_6C_6F_6F_6B
LOCK_PAUSE_S = 0.05


class SecondLook:
    """`changed` is called on the event loop with each message that proof has moved."""

    def __init__(
        self,
        *,
        thread: DatabaseThread,
        connections: Connections,
        run: str,
        clock: Callable[[], datetime],
        changed: Callable[[Change], None],
    ) -> None:
        self._thread = thread
        self._connections = connections
        self._run = run
        self._clock = clock
        self._changed = changed

    async def run(self) -> None:
        while True:
            if await self.look() < AT_ONCE:
                await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> int:
        """Ask about those whose turn it is; how many they were.

        Whatever is wrong with one of them, messages go out meanwhile.
        """
        try:
            held = await self._thread.do(hold, self._thread.database, self._run, self._clock())
            await asyncio.gather(*(self._ask(one) for one in held))
        except DatabaseGoneError:
            raise
        except Exception:
            log.exception("what may have gone cannot be asked about")
            return 0
        return len(held)

    async def _ask(self, one: Orphan) -> None:
        outcome = await look_up(self._connections, one, within_s=ANSWER_WITHIN_S)
        written: Change | None = None
        if outcome is not None and not isinstance(outcome, Uncertain):
            written = await self._write(one, outcome)
        if written:
            log.info("message %d: its provider says %s", written.message_id, written.status)
            self._changed(written)
        else:
            await self._thread.do(postpone, self._thread.database, one, self._clock())

    async def _write(self, one: Orphan, outcome: Outcome) -> Change | None:
        while True:
            try:
                return await self._thread.do(
                    settle, self._thread.database, one, outcome, self._clock()
                )
            except _BusyError:
                await asyncio.sleep(LOCK_PAUSE_S)


class _BusyError(Exception):
    """Another worker is writing proof."""


def hold(database: Database, run: str, now: datetime) -> Sequence[Orphan]:
    """Take what is to be asked about now; nobody else asks, or decides, while the lease lasts."""
    if not database.read(lambda cursor: _any(cursor, database.dialect, now)):
        return ()
    return database.write(lambda cursor: _hold(cursor, database.dialect, run, now))


def settle(database: Database, one: Orphan, outcome: Outcome, now: datetime) -> Change | None:
    """Write down what is proved; None where nothing may be made of it. Raises _BusyError."""
    change = replace(change_after(one.made, outcome, now), gone_at=one.attempted_at)
    try:
        return database.write(lambda cursor: _settle(cursor, database.dialect, one, change, now))
    except (DataError, IntegrityError) as error:
        log.error("message %d: proof cannot be written: %s", change.message_id, discreet(error))  # noqa: TRY400
        return None


def postpone(database: Database, one: Orphan, now: datetime) -> None:
    """Nothing is proved: until it is asked again, people may decide."""
    database.write(lambda cursor: _postpone(cursor, database.dialect, [one], now))


# Nothing is asked of an account that a person has switched off, or its provider has stopped.
_TO_LOOK_UP = f"""
    SELECT m.id FROM crm_messageschedule AS m
    JOIN crm_provideraccount AS p ON p.id = m.account_id AND p.enabled AND p.paused_because = ''
    WHERE m.status = '{Status.UNCONFIRMED}' AND m.acknowledged_at IS NULL
        AND m.look_up_at IS NOT NULL AND m.look_up_at <= %s
    ORDER BY m.look_up_at LIMIT %s
"""


def _any(cursor: CursorWrapper, dialect: Dialect, now: datetime) -> bool:
    cursor.execute(_TO_LOOK_UP, [dialect.moment(now), 1])
    return cursor.fetchone() is not None


def _hold(cursor: CursorWrapper, dialect: Dialect, run: str, now: datetime) -> list[Orphan]:
    """Should this worker die, the next turn is when the lease is over."""
    moment, until = dialect.moment(now), dialect.moment(now + LEASE)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET claimed_by = %s, claim_token = claim_token + 1, lease_until = %s, look_up_at = %s,
            updated_at = %s
        WHERE id {dialect.picked(_TO_LOOK_UP + dialect.lock_messages)}
        RETURNING id, claim_token
        """,
        [run, until, until, moment, moment, AT_ONCE],
    )
    tokens = dict(cursor.fetchall())
    found = orphans.held(cursor, dialect, tokens, "a.number = m.attempts") if tokens else []
    may_go = _may_go(cursor, dialect, tokens, now)
    _postpone(cursor, dialect, [one for one in found if one.made.message_id not in may_go], now)
    return [one for one in found if one.made.message_id in may_go]


def _may_go(
    cursor: CursorWrapper, dialect: Dialect, tokens: Mapping[int, int], now: datetime
) -> set[int]:
    """The question may make it go after all: only about what its customer may get now."""
    rows = candidates.held(cursor, dialect, tokens, was=Status.UNCONFIRMED)
    hindered = hindrances.hindered(rows, Business.objects.current(), now)
    return {row.id for row in rows} - hindered


_HELD: Columns = {"message_id": "bigint", "token": "bigint", "next": "timestamptz"}


def _postpone(
    cursor: CursorWrapper, dialect: Dialect, asked: Collection[Orphan], now: datetime
) -> None:
    rows = [
        (one.made.message_id, one.made.token, retry.ask_again_at(one.attempted_at, now))
        for one in asked
    ]
    new = dialect.given(_HELD, rows)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule AS m
        SET look_up_at = new.next, lease_until = NULL, claimed_by = '', updated_at = %s
        FROM {new.source}
        WHERE m.id = new.message_id AND m.claim_token = new.token
            AND {STATE_BY_ID} = '{Status.UNCONFIRMED}'
        """,
        [dialect.moment(now), *new.parameters],
    )


def _settle(
    cursor: CursorWrapper, dialect: Dialect, one: Orphan, change: Change, now: datetime
) -> Change | None:
    if not dialect.lock_for_this_transaction(cursor, LOCK):
        raise _BusyError
    if not _is_undecided(cursor, dialect, one, now) or orphans.may_be_another(
        cursor, one, change.provider_message_id
    ):
        return None
    return change if outcomes.write(cursor, dialect, [change], was=Status.UNCONFIRMED) else None


def _is_undecided(cursor: CursorWrapper, dialect: Dialect, one: Orphan, now: datetime) -> bool:
    """Whether it is still this worker's to ask about, and nothing was tried or decided since.

    What somebody is changing this moment is left to them.
    """
    new = dialect.given({"attempt_id": "uuid"}, [(one.made.attempt_id,)])
    cursor.execute(
        f"""
        SELECT m.id FROM {new.source}
        JOIN crm_attempt AS a ON a.id = new.attempt_id
        JOIN crm_messageschedule AS m ON m.id = a.message_id AND m.attempts = a.number
        WHERE m.claim_token = %s AND m.lease_until > %s AND m.acknowledged_at IS NULL
            AND {STATE_BY_ID} = '{Status.UNCONFIRMED}'
        {dialect.lock_messages}
        """,
        [*new.parameters, one.made.token, dialect.moment(now)],
    )
    return cursor.fetchone() is not None
