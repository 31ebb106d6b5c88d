"""Brings the database and the static files up to date, doing only what has changed.

`python -m customer_manager.prepare` may be run any number of times.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

type Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    has_user: bool


def prepare(say: Say) -> Prepared:
    """Raises django.db.Error where the database cannot be reached."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
    django.setup()
    if _is_behind():
        say("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
    _collect_static(say)
    has_user = get_user_model().objects.exists()
    connection.close()
    return Prepared(has_user=has_user)


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _collect_static(say: Say) -> None:
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = static_fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == fingerprint:
        return
    say("Preparing the static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint, encoding="ascii")


def static_fingerprint() -> str:
    """Changes when any static file, or the way they are stored, does."""
    seen = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for name, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            status = Path(storage.path(name)).stat()
            seen.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def to_terminal(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    prepare(to_terminal)
