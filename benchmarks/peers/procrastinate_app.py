"""Procrastinate, whose queue is the same PostgreSQL; asynchronous."""

import asyncio
import os

from procrastinate import App, PsycopgConnector

from benchmarks.peers import work

app = App(connector=PsycopgConnector(conninfo=work.DATABASE, max_size=work.CONNECTIONS))
_tools = work.AsyncTools()


@app.task(name="send")
async def send(message_id: int) -> None:
    await _tools.send(message_id)


async def _enqueue() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await send.batch_defer_async(*({"message_id": number} for number in work.message_ids()))


async def _run() -> None:
    async with app.open_async(), _tools:
        await app.run_worker_async(
            concurrency=int(os.environ["CONCURRENCY"]), wait=True, delete_jobs="always"
        )


def enqueue() -> None:
    asyncio.run(_enqueue())


def run() -> None:
    asyncio.run(_run())
