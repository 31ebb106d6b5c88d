"""Taskiq on Redis, a job a message, asynchronous."""

import asyncio
import os

from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import ListQueueBroker

from benchmarks.peers import work

broker = ListQueueBroker(os.environ["PEER_REDIS"], max_connection_pool_size=1000)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def startup(state: TaskiqState) -> None:
    state.tools = await work.AsyncTools().__aenter__()


@broker.task
async def send(message_id: int) -> None:
    await broker.state.tools.send(message_id)


async def _enqueue() -> None:
    await broker.startup()
    for message_id in work.message_ids():
        await send.kiq(message_id)
    await broker.shutdown()


def enqueue() -> None:
    asyncio.run(_enqueue())
