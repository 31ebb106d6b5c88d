"""The databases a benchmark runs on: each a fresh one, in a folder that goes away afterwards."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import postgresql

PROJECT = Path(__file__).resolve().parent.parent
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Place:
    """`server` is the process id of a PostgreSQL server of our own, 0 where there is none."""

    name: str
    environment: dict[str, str]
    server: int = 0

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def server_cpu_s(self) -> float:
        """CPU seconds the server and its processes have used, those that have ended among them."""
        return server_cpu_s(self.server) if self.server else 0.0


def server_cpu_s(server: int) -> float:
    own = _cpu_s(server, with_ended_children=True)
    return own + sum(_cpu_s(child) for child in _children(server))


@contextlib.contextmanager
def sqlite() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="customer-manager-bench-") as directory:
        place = Place(name="SQLite", environment=_environment(directory, ""))
        place.run("manage.py", "migrate", "--skip-checks", "-v0")
        yield place


@contextlib.contextmanager
def postgresql_server() -> Iterator[Place]:
    """DATABASE_URL_TEST_POSTGRESQL, or a throw-away server that does wait for the disk."""
    given = os.environ.get("DATABASE_URL_TEST_POSTGRESQL")
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="customer-manager-"))
        server = 0
        if given:
            url = given
        else:
            own = stack.enter_context(postgresql.throw_away_server())
            url, server = own.url, own.pid
            postgresql.execute(url, "ALTER SYSTEM SET fsync = on")
            postgresql.execute(url, "SELECT pg_reload_conf()")
        base, url = url, postgresql.url_of(url, "customer_manager_bench")
        with contextlib.suppress(psycopg.errors.InvalidCatalogName):
            postgresql.execute(base, "DROP DATABASE customer_manager_bench WITH (FORCE)")
        postgresql.execute(base, "CREATE DATABASE customer_manager_bench")
        place = Place(name="PostgreSQL", environment=_environment(directory, url), server=server)
        place.run("manage.py", "migrate", "--skip-checks", "-v0")
        yield place
        postgresql.execute(base, "DROP DATABASE customer_manager_bench WITH (FORCE)")


def _environment(directory: str, url: str) -> dict[str, str]:
    settings = {"DATA_DIR": directory, "DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    return {**os.environ, **settings}


def _cpu_s(process: int, *, with_ended_children: bool = False) -> float:
    """From /proc: utime, stime and, of children that have been waited for, cutime and cstime."""
    try:
        fields = (
            Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        )
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if with_ended_children else 13])) / _TICKS_PER_S


def _children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in text.split()]
