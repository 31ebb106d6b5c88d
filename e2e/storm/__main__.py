"""`python -m e2e.storm`: storms of full size, and the table of what came of them."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="customer-manager-storm-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from django.core.management import call_command
from django.db import connection

from e2e.storm.spoken import SPOKEN
from e2e.storm.storm import Outcome, Storm
from e2e.storm.weather import Weather
from rules.message_states import Status
from tests import postgresql
from tests.databases import Installation, as_default

HEAD = (
    "| provider | database | workers | seed | kill -9 | of the database | sent | "
    "unconfirmed | failed | **never** | **twice** | untrue | s |\n|" + "---|" * 13
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.storm", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--providers", nargs="+", choices=SPOKEN, default=list(SPOKEN))
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--kills", type=int, default=12)
    asked = parser.parse_args()
    print(HEAD)
    kept = True
    for provider in asked.providers:
        for database in asked.databases:
            for seed in asked.seeds:
                outcome = raged(provider, database, seed, asked)
                print(row(outcome), flush=True)
                kept = kept and outcome.counted.kept_the_promise
    return 0 if kept else 1


def raged(provider: str, database: str, seed: int, asked: argparse.Namespace) -> Outcome:
    on_server = database == "postgresql"
    weather = Weather(
        seed=seed,
        messages=asked.messages,
        workers=3 if on_server else 1,
        kills=asked.kills,
        database_kills=2 if on_server else 0,
    )
    with tempfile.TemporaryDirectory(prefix="customer-manager-storm-") as folder:
        made = a_server(Path(folder)) if on_server else a_file(Path(folder))
        with made as (installation, restart), as_default(installation.url):
            call_command("migrate", verbosity=0)
            return Storm(installation, SPOKEN[provider], weather, restart).rage()


@contextmanager
def a_file(folder: Path) -> Iterator[tuple[Installation, None]]:
    yield Installation(url=f"sqlite:///{folder / 'storm.sqlite3'}", data_dir=folder), None


@contextmanager
def a_server(folder: Path) -> Iterator[tuple[Installation, "Restart"]]:
    with postgresql.throw_away_server() as server:
        yield Installation(url=server.url, data_dir=folder), Restart(server)


class Restart:
    def __init__(self, server: postgresql.Server) -> None:
        self._server = server

    def __call__(self) -> None:
        self._server.stop("immediate")
        self._server.start()
        connection.close()


def row(one: Outcome) -> str:
    became, weather = one.counted.became, one.weather
    cells = [
        one.spoken.provider,
        one.database,
        weather.workers,
        weather.seed,
        one.killed,
        one.restarts,
        f"{one.counted.gone:,}",
        f"{became[Status.UNCONFIRMED]:,}",
        f"{became[Status.FAILED]:,}",
        f"**{one.counted.never}**",
        f"**{one.counted.twice}**",
        one.counted.untrue,
        f"{one.took_s:.0f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
