"""Being told at once that something has become due.

PostgreSQL tells on a channel; nothing tells on SQLite, where the worker looks often instead. The
listening connection may come and go: it only saves waiting, and looking goes on without it.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


def can_listen() -> bool:
    return connection.vendor == "postgresql"


async def listen(woken: Mapping[str, asyncio.Event]) -> None:
    """Set a channel's event at each of its notifications, until cancelled."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_parameters()) as listening:
                for channel, event in woken.items():
                    await listening.execute(f"LISTEN {channel}")
                    event.set()  # something may have come while nobody listened
                pause_s = FIRST_PAUSE_S
                async for notice in listening.notifies():
                    woken[notice.channel].set()
        except psycopg.OperationalError as error:
            log.debug("wake-up: %s", error)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _parameters() -> dict[str, Any]:
    """How Django connects, less what is for Django's own cursors."""
    ours = connection.get_connection_params()
    return {
        name: value for name, value in ours.items() if name not in {"cursor_factory", "context"}
    } | {"autocommit": True}
