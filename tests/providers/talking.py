"""Asking a raw server once, the way providers ask theirs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from providers.base import NotSent, Uncertain
from providers.http import Answer, Http
from tests.providers.raw_server import Play, RawServer, raw_server

type Told = Answer | NotSent | Uncertain


@asynccontextmanager
async def talking(
    play: Play, *, answer_within_s: float = 5, connections: int = 100
) -> AsyncIterator[tuple[RawServer, Http]]:
    async with (
        raw_server(play) as server,
        Http(base_url=server.url, answer_within_s=answer_within_s, connections=connections) as http,
    ):
        yield server, http


def post_to(play: Play, *, answer_within_s: float = 5) -> tuple[Told, RawServer]:
    async def post() -> tuple[Told, RawServer]:
        async with talking(play, answer_within_s=answer_within_s) as (server, http):
            return await http.request("POST", "/messages", json={"text": "hi"}), server

    return asyncio.run(post())


def post(base_url: str, *, connect_within_s: float = 5) -> Told:
    async def once() -> Told:
        async with Http(base_url=base_url, connect_within_s=connect_within_s) as http:
            return await http.request("POST", "/messages", json={"text": "hi"})

    return asyncio.run(once())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
        return port
