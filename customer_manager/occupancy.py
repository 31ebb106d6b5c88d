"""What one running installation holds for itself: its data and its port."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OccupiedError(Exception):
    """Somebody else holds it; the message is a sentence for the person at the terminal."""


@contextmanager
def data_held(directory: Path, address: str) -> Iterator[None]:
    """Hold the data for this process; the system lets go of it even after a kill -9.

    Raises OccupiedError.
    """
    with (directory / "run.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise OccupiedError(_data_in_use(directory, file.read().strip())) from error
        file.truncate(0)
        file.write(f"{address} (process {os.getpid()})")
        file.flush()
        yield


def _data_in_use(directory: Path, holder: str) -> str:
    return (
        f"Customer Manager already runs with the data in {directory}: {holder or 'starting'}.\n"
        "Stop it first, or give this one data of its own: make run DATA_DIR=/another/folder"
    )


def require_free_port(host: str, port: int) -> None:
    """Raises OccupiedError where nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # A port whose last connections are just closing is free; one that is listened on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except (OSError, OverflowError) as error:
            raise OccupiedError(_port_sentence(error, host, port)) from error


def _port_sentence(error: Exception, host: str, port: int) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} is in use by another program.\n"
            f"Choose another one: make run PORT={port + 1}"
        )
    if number == errno.EACCES:
        return f"Only root may listen on port {port}. Choose one above 1023: make run PORT=8000"
    return f"Cannot listen on HOST={host} PORT={port}: {error}"
