"""Callbacks are on the disk before their provider is told that they arrived.

Requests that come at the same time share a commit: one of them writes for all that wait, so that
a disk which takes 2 ms for a commit is no limit of 500 callbacks a second.
"""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import DataError, IntegrityError, connection
from django.db.backends.utils import CursorWrapper

from crm.actions.wake import wake_inbox
from crm.models.inbound import CallbackState
from providers.callbacks import Callback

log = logging.getLogger(__name__)

#: PostgreSQL lets announcing transactions commit only one after the other.
ANNOUNCE_EVERY_S = 0.2

#: What a proxy on the way added, and what proves who called: neither says what happened.
_NOT_KEPT = ("x-forwarded-", "x-real-", "x-request-", "x-hub-signature", "x-twilio-signature")


@dataclass
class _Waiting:
    row: tuple[Any, ...]
    is_written: bool = False
    error: Exception | None = None


class Storage:
    """One for each process."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._queue = threading.Lock()
        self._turn = threading.Lock()
        self._announced_at = float("-inf")

    def keep(self, account_id: int, callback: Callback, now: datetime) -> None:
        """Returns when it is kept, or had been before. Raises django.db.Error."""
        mine = _Waiting(_row(account_id, callback, now))
        with self._queue:
            self._waiting.append(mine)
        with self._turn:
            if not mine.is_written:
                self._write_all()
        if mine.error:
            raise mine.error

    def _write_all(self) -> None:
        with self._queue:
            group, self._waiting = self._waiting, []
        try:
            _insert([one.row for one in group])
        except (DataError, IntegrityError):
            self._write_each(group)  # one of them is at fault, not all
        except Exception as error:  # noqa: BLE001 (everyone who waits raises it)
            for one in group:
                one.error = error
        for one in group:
            one.is_written = True
        self._announce()

    def _write_each(self, group: Sequence[_Waiting]) -> None:
        for one in group:
            try:
                _insert([one.row])
            except (DataError, IntegrityError) as error:
                one.error = error

    def _announce(self) -> None:
        """The last of a burst may go unannounced: workers look by themselves once a second."""
        if time.monotonic() - self._announced_at > ANNOUNCE_EVERY_S:
            self._announced_at = time.monotonic()
            wake_inbox()


storage = Storage()


def fingerprint(account_id: int, callback: Callback) -> str:
    """Of what is said, wherever in the request it stands: some say it in the query."""
    said = f"{account_id} {urlsplit(callback.url).query}\n".encode()
    return hashlib.sha256(said + callback.body).hexdigest()


def _row(account_id: int, callback: Callback, now: datetime) -> tuple[Any, ...]:
    return (
        account_id,
        fingerprint(account_id, callback),
        callback.method,
        callback.url,
        json.dumps(_kept(callback)),
        callback.body,
        connection.ops.adapt_datetimefield_value(now),
        CallbackState.NEW.value,
        "",
    )


def _kept(callback: Callback) -> dict[str, str]:
    """The headers that what is said may depend on."""
    return {
        name: value
        for name, value in callback.headers.items()
        if name == "content-type" or (name.startswith("x-") and not name.startswith(_NOT_KEPT))
    }


_COLUMNS = "account_id, fingerprint, method, url, headers, body, received_at, state, words"
_PLACES = "(%s, %s, %s, %s, %s, %s, %s, %s, %s)"


def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """One statement, one commit."""
    places = ", ".join([_PLACES] * len(rows))
    with connection.cursor() as cursor, _on_the_disk(cursor):
        cursor.execute(
            f"INSERT INTO crm_providercallback ({_COLUMNS}) VALUES {places} "  # noqa: S608
            "ON CONFLICT (fingerprint) DO NOTHING",
            [value for row in rows for value in row],
        )


@contextmanager
def _on_the_disk(cursor: CursorWrapper) -> Iterator[None]:
    """A page's commit may be lost to a power cut, this one may not: nobody sends it again."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    cursor.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        cursor.execute("PRAGMA synchronous = NORMAL")
