"""A provider that takes its time and nothing else: HTTP/1.1 by hand, so that it is never the limit.

    python -m benchmarks.peers.provider --latency 0.15

prints its port as a line. Every POST is answered after the latency with what WhatsApp or Twilio
would say of an accepted message. `GET /figures` tells when requests came, `GET /count` how many
they were, `DELETE /` forgets them.
"""

import argparse
import asyncio
import itertools
import json
import time

_numbers = itertools.count(1)
_LENGTH = b"content-length:"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Figures:
    def __init__(self) -> None:
        self.arrivals: list[float] = []


class Conversation(asyncio.Protocol):
    """One connection; requests on it come one after the other."""

    def __init__(self, figures: Figures, latency_s: float) -> None:
        self._figures = figures
        self._latency_s = latency_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (request := self._next_request()) is not None:
            self._answer(request)

    def _next_request(self) -> bytes | None:
        head, mark, rest = self._received.partition(b"\r\n\r\n")
        if not mark:
            return None
        length = 0
        if (at := head.lower().find(_LENGTH)) >= 0:
            length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return None
        self._received = rest[length:]
        return head

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"POST"):
            self._figures.arrivals.append(time.time())
            asyncio.get_running_loop().call_later(self._latency_s, self._accept)
        elif head.startswith(b"DELETE"):
            self._figures.arrivals.clear()
            self._write(b"{}")
        elif head.startswith(b"GET /count"):
            self._write(str(len(self._figures.arrivals)).encode())
        else:
            self._write(json.dumps(self._figures.arrivals).encode())

    def _accept(self) -> None:
        number = next(_numbers)
        accepted = {"messages": [{"id": f"wamid.{number}"}], "sid": f"SM{number:032}"}
        self._write(json.dumps(accepted | {"status": "queued"}).encode())

    def _write(self, body: bytes) -> None:
        if not self._transport.is_closing():
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            )
            self._transport.write(head.encode() + b"\r\n\r\n" + body)


async def serve(latency_s: float) -> None:
    figures = Figures()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Conversation(figures, latency_s), "127.0.0.1", 0, backlog=2048
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, required=True)
    asyncio.run(serve(parser.parse_args().latency))
