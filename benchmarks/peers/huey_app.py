"""Huey on Redis, a job a message, in threads."""

import os

from huey import RedisHuey

from benchmarks.peers import work

huey = RedisHuey("peer", url=os.environ["PEER_REDIS"], results=False, blocking=True)


@huey.task()
def send(message_id: int) -> None:
    work.send(message_id)


def enqueue() -> None:
    for number in work.message_ids():
        send(number)
