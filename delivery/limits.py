"""How much may start now: the free places of this worker, and the rate of each account.

An account's rate is one moment in its row, `next_slot_at`: when its next message may start. Whoever
claims moves it forward under the row's lock, so that any number of workers keep the rate together.
"""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from delivery.dialects import Dialect, column, read_moment

log = logging.getLogger(__name__)

#: Slots are taken this long before they begin: long enough for the claim's own commits, short
#: enough that what a killed worker held was about to go anyway.
AHEAD = timedelta(milliseconds=200)
LONGEST_WHY = 300


#: Nobody takes slots further ahead than this and one message's time: whoever has written such a
#: moment had a clock that was wrong, and the account does not wait for it to come true.
CLOCKS_DIFFER_BY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Account:
    id: int
    provider: str
    channel: str
    settings: Mapping[str, object]
    rate_per_s: float
    next_slot_at: datetime

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the account is set up anew."""
        return f"{self.provider} {json.dumps(self.settings, sort_keys=True)}"

    def free_slots(self, wanted: int, now: datetime) -> int:
        """How many of `wanted` messages may be claimed for slots that begin soon.

        None while half of what may be taken ahead is still taken: few claims of many.
        """
        if self._next(now) - AHEAD / 2 > now:
            return 0
        ahead_s = (now + AHEAD - self._next(now)).total_seconds()
        return min(wanted, math.floor(ahead_s * self.rate_per_s) + 1)

    def slots(self, count: int, now: datetime) -> list[datetime]:
        """When each of the next `count` messages may start."""
        first = self._next(now)
        return [first + timedelta(seconds=number / self.rate_per_s) for number in range(count)]

    def next_slot_after(self, count: int, now: datetime) -> datetime:
        return self._next(now) + timedelta(seconds=count / self.rate_per_s)

    def worth_asking_at(self, count: int, now: datetime) -> datetime:
        """When there are slots to take again after the next `count`."""
        return max(now, self.next_slot_after(count, now) - AHEAD / 2)

    def _next(self, now: datetime) -> datetime:
        """Slots nobody used are gone: a pause is not made up for by a burst."""
        believable = now + CLOCKS_DIFFER_BY + timedelta(seconds=1 / self.rate_per_s)
        return max(now, self.next_slot_at) if self.next_slot_at <= believable else now


_ACCOUNTS = """
    SELECT id, provider, channel, settings, rate_per_s, next_slot_at
    FROM crm_provideraccount
"""
_PAUSED = "SELECT channel FROM crm_provideraccount WHERE enabled AND paused_because <> ''"
_USABLE = _ACCOUNTS + "WHERE enabled AND paused_because = '' ORDER BY id "


def every(cursor: CursorWrapper) -> list[Account]:
    """Also those that nothing new may be sent through."""
    cursor.execute(_ACCOUNTS)
    return [_account(row) for row in cursor.fetchall()]


def usable_locked(cursor: CursorWrapper, dialect: Dialect) -> list[Account]:
    """Nobody else takes slots of these accounts until this transaction ends."""
    cursor.execute(_USABLE + dialect.lock)
    return [_account(row) for row in cursor.fetchall()]


def paused_channels(cursor: CursorWrapper) -> set[str]:
    """Where an account was to send and no longer can."""
    cursor.execute(_PAUSED)
    return set(column(cursor.fetchall()))


def pause(cursor: CursorWrapper, dialect: Dialect, stops: Mapping[UUID, str]) -> None:
    """Send nothing more through the accounts of these attempts, each with why, until told to."""
    rows = [(attempt_id, why[:LONGEST_WHY]) for attempt_id, why in stops.items()]
    new = dialect.given({"attempt_id": "uuid", "why": "text"}, rows)
    cursor.execute(
        f"""
        UPDATE crm_provideraccount SET paused_because = stop.why
        FROM (
            SELECT a.account_id, new.why
            FROM {new.source} JOIN crm_attempt AS a ON a.id = new.attempt_id
        ) AS stop
        WHERE id = stop.account_id AND paused_because = ''
        RETURNING id
        """,  # noqa: S608 (our own words; values are parameters)
        new.parameters,
    )
    for number in column(cursor.fetchall()):
        log.warning("account %d: refused by its provider, paused", number)


def take(cursor: CursorWrapper, dialect: Dialect, account: Account, next_slot: datetime) -> None:
    cursor.execute(
        "UPDATE crm_provideraccount SET next_slot_at = %s WHERE id = %s",
        [dialect.moment(next_slot), account.id],
    )


def _account(row: Sequence[Any]) -> Account:
    number, provider, channel, settings, rate_per_s, next_slot_at = row
    return Account(
        id=number,
        provider=provider,
        channel=channel,
        settings=json.loads(settings) if isinstance(settings, str) else settings,
        rate_per_s=rate_per_s,
        next_slot_at=read_moment(next_slot_at),
    )
