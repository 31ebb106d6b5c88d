"""Celery, a hundred messages a job, sent at once by asyncio inside the job.

With PEER_TOGETHER=1 a job also writes the hundred in two statements: an engine of one's own, inside
a job.
"""

import asyncio
import os
from functools import cache
from itertools import batched

from celery import Celery

from benchmarks.peers import work

app = Celery("peer", broker=os.environ["PEER_REDIS"])
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=1, worker_hijack_root_logger=False
)
BATCH = 100
TOGETHER = os.environ.get("PEER_TOGETHER") == "1"

_tools = work.AsyncTools()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Once a process, after the fork."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(_tools.__aenter__())
    return loop


@app.task
def send_many(message_ids: list[int]) -> None:
    _loop().run_until_complete(_send(message_ids))


async def _send(message_ids: list[int]) -> None:
    if TOGETHER:
        await _tools.send_together(message_ids)
    else:
        await asyncio.gather(*map(_tools.send, message_ids))


def enqueue() -> None:
    for ids in batched(work.message_ids(), BATCH, strict=False):
        send_many.delay(list(ids))
