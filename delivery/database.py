"""The engine's one way to the database: short transactions on one thread, tried until they hold.

What is passed to `read` and `write` may run more than once, because a lock or a lost connection
undoes it; it must change nothing but the database.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from delivery.dialects import DIALECTS, Dialect

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0


def discreet(error: Exception) -> str:
    """For the log: PostgreSQL quotes the whole row, numbers and texts, below the first line.

    A traceback would too.
    """
    return str(error).partition("\n")[0]


class DatabaseGoneError(Exception):
    """The database did not come back while there was time to wait for it."""


class Database:
    """Used by one thread; each thread has Django's connection of its own.

    `patience` is asked before each new try with the pause in seconds and says whether to go on.
    """

    def __init__(self, patience: Callable[[float], bool]) -> None:
        self._patience = patience
        self._opened: Any = None

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[connection.vendor]

    def read[T](self, work: Callable[[CursorWrapper], T]) -> T:
        return self._until_it_holds(lambda: self._with_cursor(work))

    def write[T](self, work: Callable[[CursorWrapper], T]) -> T:
        """One transaction. Whatever `work` raises of its own undoes it and is passed on."""
        return self._until_it_holds(lambda: self._in_transaction(work))

    def _until_it_holds[T](self, work: Callable[[], T]) -> T:
        pause_s, tries = FIRST_PAUSE_S, 0
        while True:
            try:
                result = work()
            except (OperationalError, InterfaceError) as error:
                if not _passes(error):
                    raise
                tries += 1
                self._start_again(error, tries, pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                if tries:
                    log.warning("database: works again after %d tries", tries)
                return result

    def _start_again(self, error: Exception, tries: int, pause_s: float) -> None:
        """A locked SQLite file, a deadlock, a server that restarts: all pass."""
        log.log(
            logging.WARNING if tries == 1 else logging.DEBUG,
            "database: %s; trying again",
            str(error).partition("\n")[0],
        )
        connection.close()
        if not self._patience(pause_s):
            raise DatabaseGoneError from error

    def _with_cursor[T](self, work: Callable[[CursorWrapper], T]) -> T:
        with connection.cursor() as cursor:
            if connection.connection is not self._opened:
                self.dialect.open(cursor)
                self._opened = connection.connection
            return work(cursor)

    def _in_transaction[T](self, work: Callable[[CursorWrapper], T]) -> T:
        self._with_cursor(lambda _: None)
        with transaction.atomic():
            return self._with_cursor(work)


def _passes(error: Exception) -> bool:
    """Whether waiting may help: not with SQLite's error for a statement it does not understand."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is None or code & 0xFF != sqlite3.SQLITE_ERROR


class DatabaseThread:
    """The thread beside the event loop on which all database work happens, one job at a time."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._hurry = threading.Event()
        self._database = Database(self._be_patient)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hurry.set()
        # Looked up there: each thread has a connection of its own.
        self._executor.submit(lambda: connection.close())  # noqa: PLW0108
        self._executor.shutdown()

    async def do[**P, T](self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: job(*args, **kwargs))

    @property
    def database(self) -> Database:
        """For the jobs."""
        return self._database

    def hurry(self) -> None:
        """There is no time left to wait for a database that is away."""
        self._hurry.set()

    def _be_patient(self, pause_s: float) -> bool:
        return not self._hurry.wait(pause_s)
