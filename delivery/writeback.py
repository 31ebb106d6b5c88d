"""Answers, written back in groups: many rows, one commit."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import DataError, IntegrityError

from delivery import outcomes
from delivery.database import Database, DatabaseThread, discreet
from delivery.journal import Journal
from delivery.outcomes import Change
from rules.message_states import Status

log = logging.getLogger(__name__)

GATHER_FOR_S = 0.2
AT_ONCE = 500


class WriteBack:
    """`written` is called with how many messages became what."""

    def __init__(
        self,
        *,
        thread: DatabaseThread,
        journal: Journal,
        written: Callable[[Counter[Status]], None],
    ) -> None:
        self._thread = thread
        self._journal = journal
        self._written = written
        self._changes: list[Change] = []
        self._writing: list[Change] = []
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._nothing = asyncio.Event()
        self._nothing.set()

    @property
    def held(self) -> set[int]:
        """The messages whose changes are not in the database yet."""
        return {change.message_id for change in (*self._writing, *self._changes)}

    def add(self, change: Change) -> None:
        self._changes.append(change)
        self._nothing.clear()
        self._some.set()
        if len(self._changes) >= AT_ONCE:
            self._enough.set()

    async def run(self) -> None:
        while True:
            await self._some.wait()
            await self._gather()
            await self._write_group()

    async def finished(self) -> None:
        """Wait until everything that was added is in the database."""
        self._enough.set()
        await self._nothing.wait()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GATHER_FOR_S):
                await self._enough.wait()
        except TimeoutError:
            pass

    async def _write_group(self) -> None:
        group, self._changes = self._changes[:AT_ONCE], self._changes[AT_ONCE:]
        self._writing = group
        if not self._changes:
            self._some.clear()
        if len(self._changes) < AT_ONCE:
            self._enough.clear()
        held = await self._thread.do(write, self._thread.database, group)
        self._writing = []
        made = [change for change in group if change.message_id in held]
        # What the database did not take stays noted: without a line it would count as never begun.
        self._journal.forget(str(change.attempt_id) for change in made)
        counts = Counter(change.status for change in made)
        if lost := len(group) - counts.total():
            log.warning("%d answers came after their lease; others decide about these", lost)
        self._written(counts)
        if not self._changes:
            self._nothing.set()


def write(database: Database, changes: Sequence[Change]) -> set[int]:
    """The ids of the messages that held their guard."""
    try:
        return database.write(
            lambda cursor: outcomes.write(cursor, database.dialect, changes, was=Status.SENDING)
        )
    except (DataError, IntegrityError) as error:
        if len(changes) > 1:
            half = len(changes) // 2
            return write(database, changes[:half]) | write(database, changes[half:])
        number = changes[0].message_id
        log.error("message %d: the outcome cannot be written: %s", number, discreet(error))  # noqa: TRY400
        return _write_without_words(database, changes[0])


def _write_without_words(database: Database, change: Change) -> set[int]:
    """What a provider said cannot be stored as it said it; what it means can."""
    if not (change.words or change.code):
        return set()
    return write(database, [replace(change, words="", code="")])
