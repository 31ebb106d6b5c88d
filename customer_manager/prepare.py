"""Brings the database and the static files up to date, doing only what has changed.

`python -m customer_manager.prepare` may be run any number of times.
"""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from crm.actions import setup_token


def main() -> int:
    try:
        prepare()
    except ImproperlyConfigured as error:
        return refuse(str(error))
    except DatabaseError as error:
        return refuse(f"The database does not answer: {error}")
    except OSError as error:
        return refuse(f"A file cannot be written: {error}")
    return 0


def prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
    django.setup()
    if _is_behind():
        say("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
    _collect_static()
    _settle_first_visit()
    connection.close()


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _collect_static() -> None:
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


def _settle_first_visit() -> None:
    """While nobody has an account there is a token that lets somebody create the first one."""
    if get_user_model().objects.exists():
        setup_token.forget(settings.DATA_DIR)
    else:
        setup_token.ensure(settings.DATA_DIR)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def refuse(sentence: str) -> int:
    sys.stderr.write(f"\n{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
