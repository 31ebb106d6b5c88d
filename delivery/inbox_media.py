"""Fetching the files that customers sent; the pages only ever see what lies on our own disk."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.conf import settings

from crm.actions import inbound_media
from crm.actions.inbound_media import NotKeptError
from crm.actions.listeners import Called, every_called
from crm.models import InboundMedia
from delivery.database import DatabaseThread
from providers.base import Provider
from providers.callbacks import InboundMedia as Wanted
from providers.callbacks import Listener, Media
from providers.errors import LookupFailedError

log = logging.getLogger(__name__)

FETCH_WITHIN_S = 120.0


class MediaFetcher:
    def __init__(self, thread: DatabaseThread, clock: Callable[[], datetime]) -> None:
        self._thread = thread
        self._clock = clock

    async def fetch_due(self) -> int:
        """How many were looked after; those that failed are tried again later."""
        now = self._clock()
        due = await self._write(lambda: inbound_media.take_due(now))
        if due:
            called = await self._write(lambda: {one.account_id: one for one in every_called()})
            await asyncio.gather(*(self._fetch(one, called) for one in due))
        return len(due)

    async def _fetch(self, media: InboundMedia, accounts: dict[int, Called]) -> None:
        """Whatever one file does, the others are fetched."""
        try:
            called = accounts.get(media.message.account_id or 0)
            if called is None:
                raise LookupFailedError("no such account")  # noqa: TRY301
            async with asyncio.timeout(FETCH_WITHIN_S):
                fetched = await _fetched(called.listener, media)
            stored = await asyncio.to_thread(inbound_media.store, fetched, named=media.file_name)
        except NotKeptError as error:
            words = str(error)
            await self._write(lambda: inbound_media.give_up(media, words))
        except Exception as error:  # noqa: BLE001 (written down on the one that is at fault)
            words = str(error) or type(error).__name__
            log.warning("file %d: cannot be fetched (%s)", media.pk, type(error).__name__)
            await self._write(lambda: inbound_media.postpone(media, words, self._clock()))
        else:
            await self._write(lambda: inbound_media.keep(media, stored))

    async def _write[T](self, work: Callable[[], T]) -> T:
        return await self._thread.do(self._thread.database.write, lambda _cursor: work())


async def _fetched(listener: Listener, media: InboundMedia) -> Media:
    wanted = Wanted(
        reference=media.reference,
        content_type=media.content_type,
        file_name=media.file_name,
        size=media.size,
    )
    async with cast("Provider", listener):
        return await listener.fetch(wanted, at_most=settings.RECEIPT_MAX_BYTES)
