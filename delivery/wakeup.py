"""Being told at once that something has become due.

PostgreSQL tells on a channel; nothing tells on SQLite, where the worker looks often instead. The
listening connection may come and go: it only saves waiting, and looking goes on without it.
"""

import asyncio
import logging
from typing import Any

import psycopg
from django.db import connection

from crm.actions.wake import CHANNEL

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


def can_listen() -> bool:
    return connection.vendor == "postgresql"


async def listen(woken: asyncio.Event) -> None:
    """Set `woken` at each notification, until cancelled."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_parameters()) as listening:
                await listening.execute(f"LISTEN {CHANNEL}")
                pause_s = FIRST_PAUSE_S
                woken.set()  # something may have come while nobody listened
                async for _ in listening.notifies():
                    woken.set()
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
