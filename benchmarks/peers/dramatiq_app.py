"""Dramatiq on Redis, a job a message, in threads."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks.peers import work

dramatiq.set_broker(RedisBroker(url=os.environ["PEER_REDIS"]))


@dramatiq.actor(max_retries=0)
def send(message_id: int) -> None:
    work.send(message_id)


def enqueue() -> None:
    for number in work.message_ids():
        send.send(number)
