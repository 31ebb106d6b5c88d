"""One `python -m customer_manager.run` with a folder and a port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from customer_manager.env import BASE_DIR
from tests.make import PASSWORD

PATIENCE_S = 60
FIRST_VISIT = {
    "password": PASSWORD,
    "name": "Salón Luz",
    "country": "ES",
    "time_zone": "Europe/Madrid",
    "currency": "EUR",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


class Installation:
    """One `python -m customer_manager.run`, and what it says."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = environment.get("PORT") or str(free_port())
        self.folder = folder
        self.log = folder.with_suffix(".log")
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        given = {"DATA_DIR": str(folder), "PORT": self.port} | environment
        with self.log.open("a") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "customer_manager.run"],
                cwd=BASE_DIR,
                env=kept | given,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_until_it_answers(self) -> None:
        until(lambda: "Ctrl-C stops" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def get(self, path: str, **headers: str) -> tuple[HTTPResponse, str]:
        return self.request("GET", path, headers=headers)

    def request(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, str]:
        connection = HTTPConnection("127.0.0.1", int(self.port), timeout=PATIENCE_S)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        return response, text

    def health(self) -> dict[str, object]:
        try:
            return dict(json.loads(self.get("/healthz")[1]))
        except (OSError, ValueError):
            return {}

    def children(self, words: str) -> list[int]:
        """The processes below this one whose command line holds `words`."""
        return [pid for pid, line in descendants(self.process.pid) if words in line]

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def descendants(pid: int) -> list[tuple[int, str]]:
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        found += [(int(child), line), *descendants(int(child))]
    return found
