"""Callbacks that could not be read, once more: by another version of this program, and every day.

Each by itself, and with nothing locked until it is known that it can be read now.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from crm.models.inbound import CallbackState
from delivery import inbox, inbox_receipts, marks
from delivery.database import Database, DatabaseGoneError, discreet
from delivery.dialects import Dialect
from delivery.inbox import Kept, Read
from providers.callbacks import AccountChange, Event, TemplateChange

log = logging.getLogger(__name__)

AGAIN_EVERY = timedelta(days=1)
AT_ONCE = 100
#: Whoever else applies what came is done by then; if not, there is another day.
LOCK_TRIES, LOCK_PAUSE_S = 100, 0.05


def apply_again(now: datetime) -> int:
    """How many could be read this time."""
    mark = settings.DATA_DIR / "unread-callbacks"
    if marks.was_done(mark, settings.VERSION, now, within=AGAIN_EVERY):
        return 0
    database = Database(lambda _pause_s: False)
    done = sum(_apply(database, one, now) for one in _readable(database))
    marks.note(mark, settings.VERSION, now)
    return done


def _readable(database: Database) -> Iterator[Read]:
    after = 0
    while kept := _some(database, after):
        after = kept[-1].id
        for one in inbox.read(kept):
            if not one.words:
                yield replace(one, events=[*_still_counts(one.events)])


def _some(database: Database, after: int) -> list[Kept]:
    def look(cursor: CursorWrapper) -> list[Kept]:
        cursor.execute(_UNREAD, [after, AT_ONCE])
        return [inbox.as_kept(row) for row in cursor.fetchall()]

    return database.read(look)


_UNREAD = f"""
    SELECT {inbox.COLUMNS} FROM crm_providercallback AS c
    JOIN crm_provideraccount AS a ON a.id = c.account_id AND a.removed_at IS NULL
    WHERE c.state = '{CallbackState.UNREADABLE}' AND c.id > %s
    ORDER BY c.id LIMIT %s
"""  # noqa: S608 (our own words; values are parameters)


def _still_counts(events: Sequence[Event]) -> Iterator[Event]:
    """An account or a template was as they say then; how it is now, is asked."""
    for event in events:
        if isinstance(event, TemplateChange):
            yield replace(event, state=None)
        elif not isinstance(event, AccountChange):
            yield event


def _apply(database: Database, one: Read, now: datetime) -> bool:
    for _ in range(LOCK_TRIES):
        try:
            return database.write(lambda cursor: _apply_one(cursor, database.dialect, one, now))
        except _BusyError:
            time.sleep(LOCK_PAUSE_S)
        except DatabaseGoneError:
            raise
        except Exception as error:  # noqa: BLE001 (the others are tried all the same)
            words = f"{type(error).__name__}: {discreet(error)}"
            log.warning("callback %d: cannot be applied: %s", one.kept.id, words)
            return False
    return False


class _BusyError(Exception):
    """Another worker is applying what came."""


def _apply_one(cursor: CursorWrapper, dialect: Dialect, one: Read, now: datetime) -> bool:
    if not dialect.lock_for_this_transaction(cursor, inbox_receipts.LOCK):
        raise _BusyError
    cursor.execute("SELECT state FROM crm_providercallback WHERE id = %s", [one.kept.id])
    if cursor.fetchone() != (CallbackState.UNREADABLE,):
        return False  # another worker was faster, or it has gone with its account
    inbox.apply(cursor, dialect, [one], now)
    return True
