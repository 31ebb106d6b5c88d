"""Ours beside the job queues one would take instead: the same calls, the same PostgreSQL, one run.

    python -m benchmarks.peers [--messages 10000] [--in-flight 200 500] [--only taskiq huey]

The peers live in an environment of their own (`.built/peers`), made from requirements.txt beside
this file; those that need Redis are left out, by name, where redis-server is missing. What is due
is enqueued before, and PostgreSQL has looked at its tables, as it would within a minute by itself.
Time runs from the first request to the last status written; CPU is that of all parts in that time
(workers, PostgreSQL, Redis); memory the sum of the workers' peaks. The database is not asked how
far they are before the provider has had every request: that would cost CPU too.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.peers.catalogue import PEERS, Peer
from benchmarks.peers.running import Background, Provider, Redis, peers_python
from benchmarks.places import server_cpu_s
from tests import postgresql

LOOK_EVERY_S = 0.1
#: PostgreSQL lets a hundred connect: all of a peer's processes share these.
CONNECTIONS = 80
_OURS_SENT = "SELECT count(*) FROM crm_messageschedule WHERE status = 'sent'"
_PEERS_SENT = "SELECT count(*) FROM peer_message WHERE status = 'sent'"
_TABLE = """
    CREATE TABLE peer_message (
        id bigserial PRIMARY KEY, phone text NOT NULL, text text NOT NULL,
        status text NOT NULL DEFAULT 'scheduled', provider_id text, sent_at timestamptz
    )
"""
_ROWS = """
    INSERT INTO peer_message (phone, text)
    SELECT '+3461' || lpad(n::text, 7, '0'), 'Hello Zoë, your order ' || n || ' is ready.'
    FROM generate_series(1, {count}) AS n
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    title: str
    sent: int
    took_s: float
    cpu_s: float
    memory_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.15, help="of one answer, in seconds")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--at-most", type=float, default=60, help="seconds for one peer")
    parser.add_argument("--only", nargs="*", choices=PEERS, default=list(PEERS))
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        bench = Bench(stack, asked)
        for in_flight in asked.in_flight:
            tell(bench.results(in_flight), in_flight, asked)


def tell(results: Iterator[Result], in_flight: int, asked: argparse.Namespace) -> None:
    bound = in_flight / asked.latency
    print(f"\n{in_flight} in flight, {asked.latency:g} s each: {bound:,.0f} msg/s at most")
    print("| | msg/s | of the bound | CPU-s per 1,000 | MB | sent |\n|---|---|---|---|---|---|")
    for one in results:
        per_s = one.sent / one.took_s
        print(
            f"| {one.title} | {per_s:,.0f} | {per_s / bound:.0%} "
            f"| {one.cpu_s / max(1, one.sent) * 1000:.2f} | {one.memory_mb:,.0f} | {one.sent:,} |",
            flush=True,
        )


class Bench:
    def __init__(self, stack: contextlib.ExitStack, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._python = peers_python()
        self._provider = stack.enter_context(Provider(asked.latency))
        self._server = stack.enter_context(postgresql.throw_away_server())
        postgresql.execute(self._server.url, "ALTER SYSTEM SET fsync = on")
        postgresql.execute(self._server.url, "SELECT pg_reload_conf()")
        self._redis = stack.enter_context(Redis()) if shutil.which("redis-server") else None
        self._folder = stack.enter_context(tempfile.TemporaryDirectory())

    def results(self, in_flight: int) -> Iterator[Result]:
        yield self._bare(in_flight)
        yield self._ours(in_flight)
        for name in self._asked.only:
            if PEERS[name].needs_redis and self._redis is None:
                print(f"(left out: {PEERS[name].title}, needs redis-server)", file=sys.stderr)
            else:
                yield self._peer(PEERS[name], in_flight)

    def _bare(self, in_flight: int) -> Result:
        command = ("-m", "benchmarks.peers.bare", str(self._asked.messages))
        environment = self._environment("", in_flight, in_flight)
        return self._measured(
            "the HTTP client alone",
            [([sys.executable, *command], environment)],
            lambda: len(self._provider.arrivals()),
            lambda: max(self._provider.arrivals()) + self._asked.latency,
        )

    def _ours(self, in_flight: int) -> Result:
        url = self._fresh_database()
        environment = os.environ | {
            "DATABASE_URL": url,
            "DATA_DIR": self._folder,
            "LOG_LEVEL": "WARNING",
        }
        for command in (
            ["manage.py", "migrate", "--skip-checks", "-v0"],
            ["-m", "benchmarks.fill", str(self._asked.messages), "--provider", self._provider.url],
        ):
            self._finished([sys.executable, *command], environment)
        deliver = ["manage.py", "deliver", "--concurrency", str(in_flight)]
        return self._measured(
            "Customer Manager, the whole ledger",
            [([sys.executable, *deliver], environment)],
            lambda: _count(url, _OURS_SENT),
            lambda: _last(url, "SELECT max(finished_at) FROM crm_attempt"),
        )

    def _peer(self, peer: Peer, in_flight: int) -> Result:
        url = self._fresh_database()
        postgresql.execute(url, _TABLE)
        postgresql.execute(url, _ROWS.format(count=self._asked.messages))
        if self._redis:
            self._redis.forget()
        environment = self._environment(url, in_flight, peer.in_each(in_flight)) | dict(
            peer.environment
        )
        enqueue = [self._python, "-m", "benchmarks.peers.do", "enqueue", peer.module]
        self._finished(enqueue, environment)
        postgresql.execute(url, "ANALYZE")
        commands = [([self._python, *peer.work(in_flight)], environment)] * peer.processes
        return self._measured(
            peer.title,
            commands,
            lambda: _count(url, _PEERS_SENT),
            lambda: _last(url, "SELECT max(sent_at) FROM peer_message"),
        )

    def _measured(
        self,
        title: str,
        commands: list[tuple[list[str], dict[str, str]]],
        sent: Callable[[], int],
        ended_at: Callable[[], float] = time.time,
    ) -> Result:
        self._provider.forget()
        with contextlib.ExitStack() as stack:
            workers = [stack.enter_context(Background(*command)) for command in commands]
            until = time.monotonic() + self._asked.at_most
            while not self._provider.arrivals() and time.monotonic() < until:
                time.sleep(0.02)
            before = self._cpu_s(workers)
            memory_mb = 0.0
            done, used = 0, before
            while done < self._asked.messages and time.monotonic() < until:
                time.sleep(LOOK_EVERY_S)
                memory_mb = max(memory_mb, sum(worker.memory_mb() for worker in workers))
                used = max(used, self._cpu_s(workers))
                if self._provider.count() >= self._asked.messages:
                    done = sent()
            done = done or sent()
            began = min(self._provider.arrivals(), default=time.time() - self._asked.at_most)
            if not done:
                print(workers[0].said(), file=sys.stderr)
            return Result(
                title=title,
                sent=done,
                took_s=ended_at() - began,
                cpu_s=used - before,
                memory_mb=memory_mb,
            )

    def _cpu_s(self, workers: list[Background]) -> float:
        redis = self._redis.cpu_s() if self._redis else 0.0
        return server_cpu_s(self._server.pid) + redis + sum(one.cpu_s() for one in workers)

    def _finished(self, command: list[str], environment: dict[str, str]) -> None:
        with Background(command, environment) as running:
            if running.process.wait():
                raise SystemExit(f"{' '.join(command)}:\n{running.said()}")

    def _fresh_database(self) -> str:
        postgresql.execute(self._server.url, "DROP DATABASE IF EXISTS bench WITH (FORCE)")
        postgresql.execute(self._server.url, "CREATE DATABASE bench")
        return postgresql.url_of(self._server.url, "bench")

    def _environment(self, url: str, in_flight: int, in_each: int) -> dict[str, str]:
        connections = max(2, CONNECTIONS * in_each // in_flight)
        given = {
            "PEER_DATABASE": url,
            "PEER_PROVIDER": self._provider.url,
            "PEER_REDIS": self._redis.url if self._redis else "",
            "PEER_CONNECTIONS": str(connections),
            "CONCURRENCY": str(in_each),
        }
        return os.environ | given


def _count(url: str, statement: str) -> int:
    return int(postgresql.execute(url, statement)[0][0])


def _last(url: str, statement: str) -> float:
    moment = postgresql.execute(url, statement)[0][0]
    return moment.timestamp() if moment else time.time()


if __name__ == "__main__":
    main()
