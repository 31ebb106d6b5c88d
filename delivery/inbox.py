"""What providers have told, applied: the web keeps their callbacks, this makes them true.

One worker applies at a time, in the order in which the callbacks came, many in one transaction: a
worker that dies in the middle has applied nothing of them, and the next begins anew. Receipts may
come in any order and more than once all the same; see inbox_receipts.py.
"""

import json
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from crm.actions import inbound, inbound_changes
from crm.actions.inbound import Place
from crm.actions.listeners import Called, every_called
from crm.models import ProviderCallback
from crm.models.inbound import CallbackState
from delivery import inbox_parked, inbox_receipts
from delivery.database import Database, DatabaseGoneError, discreet
from delivery.dialects import Columns, Dialect, read_moment
from delivery.inbox_horizon import InboxHorizon
from delivery.inbox_receipts import Told
from providers.callbacks import (
    AccountChange,
    Callback,
    Event,
    Inbound,
    NumberChange,
    Receipt,
    TemplateChange,
)
from providers.errors import UnreadableError

log = logging.getLogger(__name__)

AT_ONCE = 200
LONGEST_WORDS = 300
NOBODY_READS = "its account is removed, or its credentials cannot be opened"
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A callback as it lies in the database."""

    id: int
    account_id: int
    received_at: datetime
    callback: Callback


@dataclass(frozen=True, kw_only=True)
class Read:
    """`words` say why it tells nothing we understand."""

    kept: Kept
    place: Place | None = None
    events: Sequence[Event] = ()
    words: str = ""


class Inbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._horizon = InboxHorizon()
        self._parked = inbox_parked.Parked()

    def apply(self, now: datetime) -> int:
        """The next batch, and what was parked lately; how many callbacks that were."""
        done = self._apply(AT_ONCE, now)
        self._parked.apply_recent(self._database, now)
        return done

    def _apply(self, at_most: int, now: datetime) -> int:
        try:
            return self._database.write(lambda cursor: self._batch(cursor, at_most, now))
        except DatabaseGoneError:
            raise
        except Exception as error:  # noqa: BLE001 (written down on the one that is at fault)
            if at_most > 1:  # which one that is shows when they are applied one by one
                return sum(self._apply(1, now) for _ in range(at_most))
            words = f"{type(error).__name__}: {discreet(error)}"
            log.error("inbox: a callback cannot be applied: %s", words)  # noqa: TRY400
            return self._database.write(lambda cursor: self._set_aside(cursor, words, now))

    def _batch(self, cursor: CursorWrapper, at_most: int, now: datetime) -> int:
        kept = self._next(cursor, at_most)
        if kept:
            apply(cursor, self._database.dialect, [*read(kept)], now)
        return len(kept)

    def _next(self, cursor: CursorWrapper, at_most: int) -> list[Kept]:
        """None where another worker is applying."""
        if not self._database.dialect.lock_for_this_transaction(cursor, inbox_receipts.LOCK):
            return []
        since = self._horizon.since()
        cursor.execute(_NEXT, [since, at_most])
        kept = [as_kept(row) for row in cursor.fetchall()]
        self._horizon.found([one.id for one in kept])
        return kept

    def _set_aside(self, cursor: CursorWrapper, words: str, now: datetime) -> int:
        kept = self._next(cursor, 1)
        unread = [Read(kept=one, words=words) for one in kept]
        _mark(cursor, self._database.dialect, unread, set(), now)
        return len(unread)


def forget_old(now: datetime) -> int:
    """What has long been applied."""
    old = ProviderCallback.objects.filter(received_at__lt=now - KEPT_FOR)
    return old.exclude(state=CallbackState.NEW).delete()[0]


#: Of a callback, as `as_kept` takes them.
COLUMNS = "c.id, c.account_id, c.method, c.url, c.headers, c.body, c.received_at"
_NEXT = f"""
    SELECT {COLUMNS} FROM crm_providercallback AS c
    WHERE state = '{CallbackState.NEW}' AND id > %s
    ORDER BY id LIMIT %s
"""  # noqa: S608 (our own words; values are parameters)


def as_kept(row: Sequence[Any]) -> Kept:
    number, account_id, method, url, headers, body, received_at = row
    headers = json.loads(headers) if isinstance(headers, str) else headers
    callback = Callback(method=method, url=url, headers=headers, body=bytes(body))
    return Kept(
        id=number,
        account_id=account_id,
        received_at=read_moment(received_at),
        callback=callback,
    )


def read(kept: Sequence[Kept]) -> Iterator[Read]:
    """What an account was told that has been removed meanwhile, nobody can read any more."""
    accounts = {called.account_id: called for called in every_called()}
    for one in kept:
        called = accounts.get(one.account_id)
        yield _understood(one, called) if called else Read(kept=one, words=NOBODY_READS)


def _understood(kept: Kept, called: Called) -> Read:
    place = Place(account_id=called.account_id, channel=called.channel)
    try:
        events = called.listener.read(kept.callback, kept.received_at)
    except UnreadableError as error:
        return Read(kept=kept, words=str(error) or "unreadable")
    except Exception:  # a provider's reader that fails at one callback stops no other
        log.exception("callback %d: cannot be read", kept.id)
        return Read(kept=kept, words="a fault in this program: its log says more")
    return Read(kept=kept, place=place, events=events)


def apply(cursor: CursorWrapper, dialect: Dialect, read: Sequence[Read], now: datetime) -> None:
    """What they tell, and that it has been applied. Holding the inbox's lock, in a transaction."""
    parked = _apply_events(cursor, dialect, read, now)
    _mark(cursor, dialect, read, parked, now)


def _apply_events(
    cursor: CursorWrapper, dialect: Dialect, read: Sequence[Read], now: datetime
) -> set[int]:
    """The ids of callbacks that speak of messages nobody knows yet."""
    told = []
    for one in read:
        for event in one.events:
            if isinstance(event, Receipt):
                told.append(Told(source=one.kept.id, account_id=one.kept.account_id, receipt=event))
            elif one.place:
                _apply_event(one.place, event, now)
    waiting = inbox_receipts.apply(cursor, dialect, told, now)
    inbox_parked.park(cursor, dialect, waiting, now)
    return {one.source for one in waiting}


def _apply_event(
    place: Place, event: Inbound | TemplateChange | AccountChange | NumberChange, now: datetime
) -> None:
    match event:
        case Inbound():
            inbound.receive(place, event, now)
        case NumberChange():
            inbound.receive_new_number(place, event, now)
        case TemplateChange():
            inbound_changes.apply_template_change(place.account_id, event, now)
        case AccountChange():
            inbound_changes.apply_account_change(place.account_id, event)


_DONE: Columns = {"id": "bigint", "state": "text", "words": "text"}


def _mark(
    cursor: CursorWrapper,
    dialect: Dialect,
    read: Sequence[Read],
    parked: Collection[int],
    now: datetime,
) -> None:
    rows = [(one.kept.id, _state(one, parked), one.words[:LONGEST_WORDS]) for one in read]
    new = dialect.given(_DONE, rows)
    cursor.execute(
        f"""
        UPDATE crm_providercallback AS c
        SET state = new.state, words = new.words, applied_at = %s
        FROM {new.source} WHERE c.id = new.id
        """,  # noqa: S608 (our own words; values are parameters)
        [dialect.moment(now), *new.parameters],
    )


def _state(read: Read, parked: Collection[int]) -> CallbackState:
    if read.words:
        return CallbackState.UNREADABLE
    return CallbackState.PARKED if read.kept.id in parked else CallbackState.APPLIED
