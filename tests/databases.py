"""Real databases for what must hold on real ones: files, servers, commits, other processes.

A test that asks for `installation` runs on SQLite and on PostgreSQL, each time with a database of
its own that holds nothing but the tables. It is Django's default database in this process, in every
thread, and through its `DATABASE_URL` in any other.
"""

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from tests import postgresql

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A database and a folder for data, as `DATABASE_URL` and `DATA_DIR` give them.

    `more` are other settings for the processes that work on it.
    """

    url: str
    data_dir: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_postgresql(self) -> bool:
        return self.url.startswith("postgresql")

    @property
    def environment(self) -> dict[str, str]:
        own = {"DATABASE_URL": self.url, "DATA_DIR": str(self.data_dir)}
        return {**os.environ, **own, **self.more}


@contextlib.contextmanager
def as_default(url: str) -> Iterator[None]:
    """Make `url` Django's default database, for all threads; the one before comes back after."""
    before, opened = connections.settings["default"], connections["default"]
    made = connections.configure_settings({"default": _settings(url)})
    connections.settings["default"] = made["default"]
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"], connections["default"] = before, opened


def _settings(url: str) -> dict[str, Any]:
    parsed: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=60)}
    if url.startswith("sqlite"):
        parsed["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    return parsed


@pytest.fixture(scope="session")
def sqlite_template(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Path:
    """A file with the tables."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    with django_db_blocker.unblock(), as_default(f"sqlite:///{path}"):
        call_command("migrate", verbosity=0)
    return path


@pytest.fixture(scope="session")
def postgresql_template(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A server, by the URL of a database with the tables."""
    with postgresql.server_url() as base:
        name = f"customer_manager_{os.getpid()}"
        postgresql.execute(base, f'CREATE DATABASE "{name}"')
        url = postgresql.url_of(base, name)
        with django_db_blocker.unblock(), as_default(url):
            call_command("migrate", verbosity=0)
        yield url
        postgresql.execute(base, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_installation(sqlite_template: Path, tmp_path: Path) -> Installation:
    path = tmp_path / "customer_manager.sqlite3"
    shutil.copy(sqlite_template, path)
    return Installation(url=f"sqlite:///{path}", data_dir=tmp_path)


@pytest.fixture
def postgresql_installation(postgresql_template: str, tmp_path: Path) -> Iterator[Installation]:
    template = postgresql_template.rpartition("/")[2]
    name = f"{template}_{next(_numbers)}"
    base = postgresql.url_of(postgresql_template, "postgres")
    postgresql.execute(base, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield Installation(url=postgresql.url_of(base, name), data_dir=tmp_path)
    postgresql.execute(base, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def installation(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[Installation]:
    found: Installation = request.getfixturevalue(f"{request.param}_installation")
    settings.DATA_DIR = found.data_dir
    with django_db_blocker.unblock(), as_default(found.url):
        yield found


@pytest.fixture
def on_sqlite(
    sqlite_installation: Installation, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[Installation]:
    settings.DATA_DIR = sqlite_installation.data_dir
    with django_db_blocker.unblock(), as_default(sqlite_installation.url):
        yield sqlite_installation


@pytest.fixture
def on_postgresql(
    postgresql_installation: Installation, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[Installation]:
    """Its tests carry the mark `postgresql`."""
    settings.DATA_DIR = postgresql_installation.data_dir
    with django_db_blocker.unblock(), as_default(postgresql_installation.url):
        yield postgresql_installation
