"""The engine is tested on real databases; see tests/databases.py."""

import pytest

from delivery.database import Database
from delivery.planner import Planner
from tests.databases import (
    Installation,
    installation,
    on_postgresql,
    on_sqlite,
    postgresql_installation,
    postgresql_template,
    sqlite_installation,
    sqlite_template,
)

__all__ = [
    "installation",
    "on_postgresql",
    "on_sqlite",
    "postgresql_installation",
    "postgresql_template",
    "sqlite_installation",
    "sqlite_template",
]

RUN = "front desk#0a1b2c3d"


@pytest.fixture
def database(installation: Installation) -> Database:
    """The database without patience: what fails, fails."""
    return Database(lambda _pause_s: False)


@pytest.fixture
def planner(database: Database) -> Planner:
    return Planner(database, RUN)
