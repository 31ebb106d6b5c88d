"""A PostgreSQL server for tests: DATABASE_URL_TEST_POSTGRESQL, or a throw-away one of our own.

The throw-away one needs PostgreSQL's programs on this machine; it never runs as root. With CI=true
it has to be there; elsewhere its tests are left out, with the reason.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

_OWN_USER = "postgres"


def url_of(base: str, database: str) -> str:
    return f"{base.rpartition('/')[0]}/{database}"


def execute(url: str, statement: Any) -> list[tuple[Any, ...]]:
    """One statement outside any transaction; its rows, where it has some."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True, kw_only=True)
class Server:
    """A cluster of our own, which may be killed and started again.

    `open_to` is a network of this machine's own from which it is reached besides.
    """

    programs: Path
    directory: Path
    port: int
    open_to: str = ""

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        return int((self.directory / "data" / "postmaster.pid").read_text().split()[0])

    def make(self) -> None:
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N")
        # What a test's kill -9 can lose is in the kernel by then: no need to wait for the disk.
        addresses = "*" if self.open_to else "127.0.0.1"
        settings = f"port={self.port}\nlisten_addresses='{addresses}'\nfsync=off\n"
        config = self.directory / "data" / "postgresql.conf"
        sockets = f"unix_socket_directories='{self.directory}'\n"
        config.write_text(config.read_text() + settings + sockets)
        if self.open_to:
            with (self.directory / "data" / "pg_hba.conf").open("a") as access:
                access.write(f"host all all {self.open_to} trust\n")

    def start(self) -> None:
        log = str(self.directory / "log")
        self._run("pg_ctl", "-D", self._data, "-l", log, "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is as good as a power cut."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = [
                "setpriv",
                "--reuid",
                _OWN_USER,
                "--regid",
                _OWN_USER,
                "--clear-groups",
                *command,
            ]
        subprocess.run(
            command, check=True, cwd=self.directory, stdout=subprocess.DEVNULL, timeout=120
        )


@contextlib.contextmanager
def throw_away_server(*, open_to: str = "") -> Iterator[Server]:
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="customer-manager-pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, _OWN_USER, _OWN_USER)
    server = Server(programs=programs, directory=directory, port=_free_port(), open_to=open_to)
    server.make()
    server.start()
    try:
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop("immediate")
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def server_url() -> Iterator[str]:
    """Where databases for tests may be made."""
    if given := os.environ.get("DATABASE_URL_TEST_POSTGRESQL"):
        yield given
        return
    with throw_away_server() as server:
        yield server.url


def _programs() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    return _left_out("needs PostgreSQL: initdb is neither on PATH nor in /usr/lib/postgresql/*/bin")


def _left_out(reason: str) -> Any:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port
