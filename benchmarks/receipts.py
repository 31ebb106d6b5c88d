"""Receipts a second: kept by two web servers, and applied by one worker.

Signed callbacks of WhatsApp's Cloud API, one receipt each: sent, delivered, read, in mixed order.
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import places
from benchmarks.places import PROJECT, Place

NUMBER, BUSINESS = "106540352242922", "102290129340398"
WEB_WORKERS = 2
CONNECTIONS = 32
PATIENCE_S = 60


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """`late_ms` is what the slowest of a hundred waited for its 200."""

    per_s: float
    median_ms: float
    late_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.receipts", description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000, help="three receipts each")
    asked = parser.parse_args()
    print("| | kept/s | median ms | p99 ms | applied/s | CPU-s per 1,000 |")
    print("|---|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        _tell(stack.enter_context(places.sqlite()), asked.messages)
        _tell(stack.enter_context(places.postgresql_server()), asked.messages)


def _tell(place: Place, messages: int) -> None:
    called = json.loads(place.run("-m", "benchmarks.receiving", "fill", str(messages)))
    port = _free_port()
    requests = _requests(called["path"], called["app_secret"], messages, port)
    with _web(place, port):
        kept = asyncio.run(_ingest(port, requests))
    said = place.run("-m", "benchmarks.receiving", "apply", str(len(requests)))
    applied = json.loads(said.splitlines()[-1])
    count = len(requests)
    print(
        f"| {place.name} | {kept.per_s:,.0f} | {kept.median_ms:.1f} | {kept.late_ms:.1f} "
        f"| {count / applied['took_s']:,.0f} | {applied['cpu_s'] / count * 1000:.2f} |",
        flush=True,
    )


def _requests(path: str, app_secret: str, messages: int, port: int) -> list[bytes]:
    states = ("sent", "delivered", "read")
    told = [(number, state) for number in range(messages) for state in states]
    random.Random(7).shuffle(told)  # noqa: S311 (the same order each time)
    return [_request(path, app_secret, _body(*one), port) for one in told]


def _body(number: int, state: str) -> bytes:
    status = {
        "id": f"wamid.{number}",
        "status": state,
        "timestamp": str(int(time.time())),
        "recipient_id": "34612345678",
        "conversation": {"id": "a" * 32, "origin": {"type": "utility"}},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"},
    }
    metadata = {"display_phone_number": "34910000000", "phone_number_id": NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]}
    entry = {"id": BUSINESS, "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _request(path: str, app_secret: str, body: bytes, port: int) -> bytes:
    signature = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nUser-Agent: facebookexternalua\r\n"
        f"Accept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _ingest(port: int, requests: list[bytes]) -> Ingest:
    waiting, took_ms = iter(requests), []
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_call(port, waiting, took_ms))
    took_s = time.perf_counter() - began
    took_ms.sort()
    return Ingest(
        per_s=len(requests) / took_s,
        median_ms=took_ms[len(took_ms) // 2],
        late_ms=took_ms[len(took_ms) * 99 // 100],
    )


async def _call(port: int, waiting: Iterator[bytes], took_ms: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(len(b"<Response/>"))
        took_ms.append((time.perf_counter() - began) * 1000)
    writer.close()


@contextlib.contextmanager
def _web(place: Place, port: int) -> Iterator[None]:
    settings = {"PORT": str(port), "WEB_WORKERS": str(WEB_WORKERS)}
    server = subprocess.Popen(
        [sys.executable, "-m", "customer_manager.web"],
        cwd=PROJECT,
        env=place.environment | settings,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the server did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
