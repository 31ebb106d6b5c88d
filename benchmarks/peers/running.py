"""The processes of a run: the provider, Redis, workers, and what they use."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.places import PROJECT

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_ENVIRONMENT = PROJECT / ".built" / "peers"
_WANTED = Path(__file__).with_name("requirements.txt")


def peers_python() -> str:
    """The Python of the peers' own environment, made or renewed first where it has to be."""
    python, stamp = _ENVIRONMENT / "bin" / "python", _ENVIRONMENT / ".installed"
    if not stamp.exists() or stamp.read_bytes() != _WANTED.read_bytes():
        print("Installing the peers ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", _ENVIRONMENT], check=True)
        install = ("-m", "pip", "install", "-q", "--require-hashes", "-r", str(_WANTED))
        subprocess.run([python, *install], check=True)
        stamp.write_bytes(_WANTED.read_bytes())
    return str(python)


class Background:
    """A command with everything it starts, killed at the end."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed in __exit__)
        self.process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()

    def said(self) -> str:
        self._log.seek(0)
        return self._log.read()[-2_000:]

    def cpu_s(self) -> float:
        """User and system, of all of it, those that have ended among them."""
        return sum(_cpu_s(pid) for pid in tree(self.process.pid))

    def memory_mb(self) -> float:
        """The sum of the peaks; what processes share counts once for each."""
        return sum(_peak_kb(pid) for pid in tree(self.process.pid)) / 1024


class Provider:
    """benchmarks/peers/provider.py in a process of its own: its CPU is nobody's here."""

    def __init__(self, latency_s: float) -> None:
        command = [sys.executable, "-m", "benchmarks.peers.provider", "--latency", str(latency_s)]
        self._process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def arrivals(self) -> list[float]:
        """When each request came, in seconds of the Unix epoch, in order."""
        found: list[float] = json.loads(self._ask("GET", "/figures"))
        return found

    def count(self) -> int:
        """Of requests, without much ado."""
        return int(self._ask("GET", "/count"))

    def forget(self) -> None:
        self._ask("DELETE", "/")

    def _ask(self, method: str, path: str) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()


class Redis:
    """A server that keeps nothing on the disk."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [shutil.which("redis-server") or "", "--port", str(port), "--save", ""]
        self._background = Background([*command, "--bind", "127.0.0.1"], dict(os.environ))
        self.url = f"redis://127.0.0.1:{port}/0"
        self._port = port

    def __enter__(self) -> Self:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                self.forget()
                return self
            time.sleep(0.05)
        raise SystemExit(f"redis-server does not answer: {self._background.said()}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._background.__exit__(kind, error, trace)

    def forget(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            connection.recv(16)

    def cpu_s(self) -> float:
        return self._background.cpu_s()


def tree(pid: int) -> list[int]:
    """A process and everything below it."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        below = " ".join((task / "children").read_text(encoding="ascii") for task in tasks)
    except OSError:
        return []
    return [pid, *(one for child in below.split() for one in tree(int(child)))]


def _cpu_s(pid: int) -> float:
    """From /proc: utime, stime and, of children that have been waited for, cutime and cstime."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return sum(map(int, text.rpartition(")")[2].split()[11:15])) / _TICKS_PER_S


def _peak_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
