"""Celery, a job a message, in threads."""

import os

from celery import Celery

from benchmarks.peers import work

app = Celery("peer", broker=os.environ["PEER_REDIS"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_pool_limit=None,
    worker_hijack_root_logger=False,
)


@app.task
def send(message_id: int) -> None:
    work.send(message_id)


def enqueue() -> None:
    with app.producer_pool.acquire() as producer:
        for number in work.message_ids():
            send.apply_async((number,), producer=producer)
