"""Migrations are tried on real databases; see tests/databases.py."""

from tests.databases import (
    installation,
    postgresql_installation,
    postgresql_template,
    sqlite_installation,
    sqlite_template,
)

__all__ = [
    "installation",
    "postgresql_installation",
    "postgresql_template",
    "sqlite_installation",
    "sqlite_template",
]
