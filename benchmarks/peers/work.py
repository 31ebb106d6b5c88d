"""What a job does, for every peer alike: write `sending`, call the provider, write `sent`.

PEER_DATABASE and PEER_PROVIDER say where; CONCURRENCY how many at once in this process.
"""

import asyncio
import os
import threading
from collections.abc import Iterable
from functools import cache
from typing import Self

import aiohttp
import psycopg
import psycopg_pool
import urllib3

DATABASE = os.environ.get("PEER_DATABASE", "")
PROVIDER = os.environ.get("PEER_PROVIDER", "")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "200"))
#: Nobody holds one while it waits for the provider.
CONNECTIONS = int(os.environ.get("PEER_CONNECTIONS", "20"))

_SENDING = "UPDATE peer_message SET status = 'sending' WHERE id = %s RETURNING phone, text"
_SENT = "UPDATE peer_message SET status = 'sent', provider_id = %s, sent_at = now() WHERE id = %s"

_once = threading.Lock()


@cache
def _made() -> tuple[urllib3.PoolManager, psycopg_pool.ConnectionPool]:
    http = urllib3.PoolManager(maxsize=CONCURRENCY, block=False, retries=False)
    pool = psycopg_pool.ConnectionPool(
        DATABASE,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=120,
        kwargs={"autocommit": True},
        open=True,
    )
    return http, pool


def _tools() -> tuple[urllib3.PoolManager, psycopg_pool.ConnectionPool]:
    """After a fork, and once a process."""
    with _once:
        return _made()


def send(message_id: int) -> None:
    http, pool = _tools()
    with pool.connection() as connection:
        row = connection.execute(_SENDING, [message_id]).fetchone()
    assert row is not None
    answer = http.request("POST", f"{PROVIDER}/messages", json={"to": row[0], "text": row[1]})
    provider_id = answer.json()["sid"]
    with pool.connection() as connection:
        connection.execute(_SENT, [provider_id, message_id])


class AsyncTools:
    """One event loop's session and connections."""

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self.pool = psycopg_pool.AsyncConnectionPool(
            DATABASE,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=120,
            kwargs={"autocommit": True},
            open=False,
        )
        await self.pool.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.session.close()
        await self.pool.close()

    async def send(self, message_id: int) -> None:
        async with self.pool.connection() as connection:
            row = await (await connection.execute(_SENDING, [message_id])).fetchone()
        assert row is not None
        body = {"to": row[0], "text": row[1]}
        async with self.session.post(f"{PROVIDER}/messages", json=body) as answer:
            provider_id = (await answer.json())["sid"]
        async with self.pool.connection() as connection:
            await connection.execute(_SENT, [provider_id, message_id])

    async def send_together(self, message_ids: list[int]) -> None:
        """Two statements for all of them, the calls at once."""
        async with self.pool.connection() as connection:
            found = await connection.execute(
                "UPDATE peer_message SET status = 'sending' WHERE id = ANY(%s)"
                " RETURNING id, phone, text",
                [message_ids],
            )
            rows = await found.fetchall()

        async def post(row: tuple[int, str, str]) -> tuple[int, str]:
            body = {"to": row[1], "text": row[2]}
            async with self.session.post(f"{PROVIDER}/messages", json=body) as answer:
                return row[0], (await answer.json())["sid"]

        sent = await asyncio.gather(*map(post, rows))
        async with self.pool.connection() as connection:
            await connection.execute(
                "UPDATE peer_message AS m"
                " SET status = 'sent', provider_id = new.sid, sent_at = now()"
                " FROM unnest(%s::bigint[], %s::text[]) AS new (id, sid) WHERE m.id = new.id",
                [[one[0] for one in sent], [one[1] for one in sent]],
            )


def message_ids() -> Iterable[int]:
    with psycopg.connect(DATABASE) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM peer_message ORDER BY id")]
