"""Prism (https://stoplight.io/open-source/prism): a server made of a provider's own specification.

It is used where it is installed: `prism` on the PATH or in PRISM, or, in CI, fetched by npx.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.stand_ins.base import Request

_START_WITHIN_S = 120
_OUR_OWN = frozenset({"host", "content-length", "connection", "accept-encoding"})


def command() -> Sequence[str] | None:
    if found := os.environ.get("PRISM") or shutil.which("prism"):
        return [found]
    if os.environ.get("CI") == "true" and (npx := shutil.which("npx")):
        return [npx, "--yes", "@stoplight/prism-cli@5"]
    return None


needs_prism = pytest.mark.skipif(
    command() is None,
    reason="prism is not installed (npm install -g @stoplight/prism-cli, or PRISM=its path)",
)


@contextmanager
def prism(spec: Path) -> Iterator[str]:
    """The address of a server that answers as `spec` says, and 4xx to what is not in it."""
    run = command()
    assert run is not None
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    process = subprocess.Popen(
        [*run, "mock", "--host", "127.0.0.1", "--port", str(port), str(spec)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # npx and node are one after another
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, "prism ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("prism did not start")


def complaints(url: str, request: Request) -> list[str]:
    """What it has against a recorded request; where it only refuses it, the status and why."""
    status, body = answer(url, request)
    if 200 <= status < 300:
        return []
    try:
        return [one["message"] for one in json.loads(body)["validation"]]
    except (ValueError, KeyError):
        return [f"{status} {body}"]


def answer(url: str, request: Request) -> tuple[int, str]:
    """What it answers to a recorded request: status and body."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    headers = {name: value for name, value in request.headers.items() if name not in _OUR_OWN}
    again = urllib.request.Request(  # noqa: S310 - its own address
        f"{url}{request.path}{query}",
        data=request.body or None,
        headers=headers,
        method=request.method,
    )
    try:
        with urllib.request.urlopen(again, timeout=30) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
