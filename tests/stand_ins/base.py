"""Servers on this machine that speak a provider's protocol, fail as told, and count what they took.

    with serving(TwilioStandIn()) as stand_in:
        …   # stand_in.url is the account's base_url
        assert stand_in.taken["+34600111222"] == ["Hello"]

What happens to a recipient's messages is a list of steps; the last one stays:

    accept            taken and answered
    answer:<status>   not taken; that HTTP status with the provider's usual body for it
    error:<code>      not taken; the provider's own error code in its own form
    slow:<seconds>    taken, and answered that much later
    lost              taken; the connection is dropped before a byte of the answer
    half              taken; the connection is dropped in the middle of the answer
    drop              not taken; the connection is dropped
    garbage           taken; what is answered is not the provider's language
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import ClientConnectionResetError, web


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came, for assertions on our side of the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass
class StandIn:
    """A provider's subclass routes its addresses and answers `accepted`, `refused`, `errored`."""

    script: Mapping[str, Sequence[str]] = field(default_factory=dict)
    latency_s: float = 0.0
    usual: str = "accept"

    def __post_init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        #: By recipient, the texts of everything taken: what the person would have got.
        self.taken: defaultdict[str, list[str]] = defaultdict(list)
        self._steps_done: defaultdict[str, int] = defaultdict(int)

    def routes(self) -> Sequence[web.RouteDef]:
        raise NotImplementedError

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._keep], client_max_size=200 * 1024 * 1024)
        app.add_routes(self.routes())
        return app

    def next_step(self, recipient: str) -> tuple[str, str]:
        """The step's name and its detail."""
        steps = self.script.get(recipient, [self.usual])
        done = self._steps_done[recipient]
        self._steps_done[recipient] += 1
        name, _, detail = steps[min(done, len(steps) - 1)].partition(":")
        return name, detail

    def take(self, recipient: str, text: str) -> None:
        self.taken[recipient].append(text)

    @web.middleware
    async def _keep(self, request: web.Request, handler: web.RequestHandler) -> web.StreamResponse:
        at = datetime.now(UTC)
        body = await request.read()
        self.requests.append(
            Request(
                method=request.method,
                path=request.path,
                headers={name.lower(): value for name, value in request.headers.items()},
                query=dict(request.query),
                body=body,
                at=at,
            )
        )
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        return await handler(request)


def drop(request: web.Request) -> web.StreamResponse:
    """Close the connection without another byte."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def half(request: web.Request, body: bytes) -> web.StreamResponse:
    """Begin to answer, and close the connection in the middle."""
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    with suppress(ClientConnectionResetError):  # the other side was killed meanwhile
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    return drop(request)


@contextmanager
def serving[S: StandIn](stand_in: S, port: int = 0, *, host: str = "127.0.0.1") -> Iterator[S]:
    """The stand-in on a port of its own (or a given one), in a thread of its own."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(stand_in.application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def run() -> None:
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield stand_in
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
