"""Django's own task framework on its database backend, as many processes as they say help."""

import django
from django.conf import settings
from django.core.management import call_command
from psycopg.conninfo import conninfo_to_dict

from benchmarks.peers import work

_SERVER = conninfo_to_dict(work.DATABASE)
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_tasks_db"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _SERVER["dbname"],
            "USER": _SERVER["user"],
            "HOST": _SERVER["host"],
            "PORT": _SERVER["port"],
            "CONN_MAX_AGE": 60,
        }
    },
    TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}},
    USE_TZ=True,
)
django.setup()

from benchmarks.peers import django_tasks_jobs


def enqueue() -> None:
    call_command("migrate", verbosity=0)
    for number in work.message_ids():
        django_tasks_jobs.send.enqueue(number)


def run() -> None:
    call_command("db_worker", "--interval", "0.1", "--no-startup-delay", verbosity=0)
