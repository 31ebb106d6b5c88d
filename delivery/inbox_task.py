"""The worker's standing tasks for what comes in: its own thread to the database, so that sending
never waits for it.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from delivery.database import DatabaseGoneError, DatabaseThread
from delivery.inbox import AT_ONCE, Inbox
from delivery.inbox_media import MediaFetcher

log = logging.getLogger(__name__)

#: How late what nobody announced may be noticed.
LOOK_EVERY_S = 0.5
FETCH_EVERY_S = 3.0


class InboxTask:
    """`woken` is set from outside when something has come in."""

    def __init__(self, thread: DatabaseThread, clock: Callable[[], datetime]) -> None:
        self.woken = asyncio.Event()
        self._thread = thread
        self._clock = clock
        self._inbox = Inbox(thread.database)
        self._media = MediaFetcher(thread, clock)

    async def apply(self) -> None:
        while True:
            self.woken.clear()
            if await self._apply() < AT_ONCE:
                await self._pause()

    async def fetch(self) -> None:
        while True:
            if not await self._media.fetch_due():
                await asyncio.sleep(FETCH_EVERY_S)

    async def work_off(self) -> None:
        """What has come in so far, and the files with it."""
        while await self._apply():
            pass
        while await self._media.fetch_due():
            pass

    async def _apply(self) -> int:
        """Whatever is wrong with what came in, messages go out meanwhile."""
        try:
            done = await self._thread.do(self._inbox.apply, self._clock())
        except DatabaseGoneError:
            raise
        except Exception:
            log.exception("inbox: cannot be applied")
            return 0
        if done:
            log.info("inbox: %d callbacks", done)
        return done

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self.woken.wait()
        except TimeoutError:
            pass
