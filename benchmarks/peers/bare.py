"""The HTTP client alone: the ceiling. Nothing is claimed and nothing written down."""

import asyncio
import sys

import aiohttp

from benchmarks.peers import work


async def main(messages: int) -> None:
    places = asyncio.Semaphore(work.CONCURRENCY)
    body = {"to": "+34600111222", "text": "Hello Zoë, your order is ready."}

    async def post() -> None:
        async with places, session.post(f"{work.PROVIDER}/messages", json=body) as answer:
            await answer.json()

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(post() for _ in range(messages)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
