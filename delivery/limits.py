"""How much may start now: the free places of this worker, and the rate of each account.

An account's rate is one moment in its row, `next_slot_at`: when its next message may start. Whoever
claims moves it forward under the row's lock, so that any number of workers keep the rate together.
"""

import json
import logging
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from crm.actions import account_pauses
from crm.actions.secrets import SecretsLostError, opened
from crm.models.customers import Channel
from delivery.dialects import Dialect, column, read_moment
from providers import registry
from providers.registry import Entry
from rules.retry import LONGEST_RETRY_AFTER_S

log = logging.getLogger(__name__)

#: Slots are taken this long before they begin: long enough for the claim's own commits, short
#: enough that what a killed worker held was about to go anyway.
AHEAD = timedelta(milliseconds=200)
LONGEST_WHY = 300


#: Nobody takes slots further ahead than this and one message's time: whoever has written such a
#: moment had a clock that was wrong, and the account does not wait for it to come true.
CLOCKS_DIFFER_BY = timedelta(minutes=1)
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Account:
    """`settings` are with the credentials, opened: never to be logged.

    `secrets_lost`: nobody can open them any more. `webhook_key` is where the provider tells us.
    """

    id: int
    provider: str
    channel: str
    settings: Mapping[str, object] = field(repr=False)
    rate_per_s: float
    next_slot_at: datetime
    held_until: datetime | None = None
    webhook_key: str = ""
    secrets_lost: bool = False

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the account is set up anew."""
        return f"{self.provider} {json.dumps(self.settings, sort_keys=True)}"

    @cached_property
    def credentials(self) -> Collection[str]:
        """The values of its secret settings, the longest first."""
        secret = {one.name for one in self._entry.settings if one.secret} if self._entry else set()
        values = {str(self.settings[name]) for name in secret & self.settings.keys()}
        return sorted(filter(None, values), key=len, reverse=True)

    @cached_property
    def has_window(self) -> bool:
        """Whether plain text goes only for a while after the customer has written."""
        return (
            self.channel == Channel.WHATSAPP and self._entry is not None and self._entry.templates
        )

    @property
    def attachments(self) -> Collection[str]:
        """The channels on which a file may go along."""
        return self._entry.attachments if self._entry else ()

    @cached_property
    def callback_url(self) -> str:
        """Where the provider may tell what became of a message, "" where it cannot reach us.

        Nobody is told over an open line, but for a stand-in on this machine.
        """
        base = settings.SITE_URL
        if not base or self._entry is None or not self._entry.callbacks:
            return ""
        host = urlsplit(str(self.settings.get("base_url", ""))).hostname
        if not base.startswith("https://") and host not in _THIS_MACHINE:
            return ""
        return f"{base}/webhooks/{self.provider}/{self.webhook_key}/"

    @property
    def _entry(self) -> Entry | None:
        return registry.PROVIDERS.get(self.provider)

    def is_held(self, now: datetime) -> bool:
        """Whether its provider asked for a pause. None lasts longer than the longest we grant."""
        longest = timedelta(seconds=LONGEST_RETRY_AFTER_S) + CLOCKS_DIFFER_BY
        return self.held_until is not None and now < self.held_until <= now + longest

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
    SELECT id, provider, channel, settings, secrets, rate_per_s, next_slot_at, held_until,
        webhook_key
    FROM crm_provideraccount
"""
_PAUSED = "SELECT channel FROM crm_provideraccount WHERE enabled AND paused_because <> ''"
_USABLE = _ACCOUNTS + "WHERE enabled AND paused_because = '' ORDER BY id "


def every(cursor: CursorWrapper) -> list[Account]:
    """Also those that nothing new may be sent through."""
    cursor.execute(_ACCOUNTS)
    return [_account(row) for row in cursor.fetchall()]


def usable_locked(cursor: CursorWrapper, dialect: Dialect) -> list[Account]:
    """Nobody else takes slots of these accounts until this transaction ends.

    One whose credentials are lost is stopped before it fails one message after the other.
    """
    cursor.execute(_USABLE + dialect.lock)
    accounts = [_account(row) for row in cursor.fetchall()]
    if lost := [one.id for one in accounts if one.secrets_lost]:
        log.warning("stopped, as their credentials cannot be opened: accounts %s", lost)
        account_pauses.stop_locked(lost)
    return [one for one in accounts if not one.secrets_lost]


def paused_channels(cursor: CursorWrapper) -> set[str]:
    """Where an account was to send and no longer can."""
    cursor.execute(_PAUSED)
    return set(column(cursor.fetchall()))


def pause(cursor: CursorWrapper, dialect: Dialect, stops: Mapping[UUID, str]) -> list[int]:
    """Send nothing more through the accounts of these attempts, each with why, until told to.

    The ids of the accounts that were at work until now.
    """
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
    return column(cursor.fetchall())


def hold(cursor: CursorWrapper, dialect: Dialect, holds: Mapping[UUID, datetime]) -> None:
    """Leave the accounts of these attempts alone until then, or longer where that is known."""
    new = dialect.given({"attempt_id": "uuid", "until": "timestamptz"}, list(holds.items()))
    cursor.execute(
        f"""
        UPDATE crm_provideraccount SET held_until = hold.until
        FROM (
            SELECT a.account_id, max(new.until) AS until
            FROM {new.source} JOIN crm_attempt AS a ON a.id = new.attempt_id
            GROUP BY a.account_id
        ) AS hold
        WHERE id = hold.account_id AND (held_until IS NULL OR held_until < hold.until)
        """,  # noqa: S608 (our own words; values are parameters)
        new.parameters,
    )


def take(cursor: CursorWrapper, dialect: Dialect, account: Account, next_slot: datetime) -> None:
    cursor.execute(
        "UPDATE crm_provideraccount SET next_slot_at = %s WHERE id = %s",
        [dialect.moment(next_slot), account.id],
    )


def _account(row: Sequence[Any]) -> Account:
    number, provider, channel, told, secrets, rate_per_s, next_slot_at, held_until, key = row
    credentials = _opened(secrets)
    told = json.loads(told) if isinstance(told, str) else told
    return Account(
        id=number,
        provider=provider,
        channel=channel,
        settings={**told, **(credentials or {})},
        rate_per_s=rate_per_s,
        next_slot_at=read_moment(next_slot_at),
        held_until=read_moment(held_until) if held_until else None,
        webhook_key=key,
        secrets_lost=credentials is None,
    )


@lru_cache(maxsize=64)
def _opened(sealed: str) -> Mapping[str, str] | None:
    """Opened once, not in every round; None where nobody can."""
    try:
        return opened(sealed)
    except SecretsLostError:
        return None
