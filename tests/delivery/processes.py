"""Real workers in processes of their own, which can be stopped, frozen and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.databases import Installation

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "manage.py", "deliver"]


@contextmanager
def worker(
    installation: Installation, *arguments: str, log: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """`manage.py deliver` on this installation, killed at the end if it is still there."""
    target = (log or installation.data_dir / "worker.log").open("a")
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=PROJECT,
        env=installation.environment,
        stdout=target,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)
        target.close()


def kill(process: subprocess.Popen[Any]) -> None:
    """As the kernel does when memory runs out: nothing can be said any more."""
    process.kill()
    process.wait(timeout=30)


def freeze(process: subprocess.Popen[Any]) -> None:
    """Every thread of it stands still on return.

    The signal is one thread's at first, which tells the others as soon as it has the processor:
    on a busy machine they run on until then.
    """
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


def stop(process: subprocess.Popen[Any], *, at_most_s: float = 30) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=at_most_s)


def run_once(installation: Installation, *arguments: str) -> str:
    done = subprocess.run(
        [*COMMAND, "--once", *arguments],
        cwd=PROJECT,
        env=installation.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout
