"""How each peer is run at its best: found by trying, on two cores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_DO = "benchmarks.peers.do"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """`work` is a worker's command by how many messages are in flight in all.

    `processes` of it are started; `in_each` is how many messages each process has in flight.
    """

    title: str
    module: str
    work: Callable[[int], Sequence[str]]
    processes: int = 1
    in_each: Callable[[int], int] = field(default=lambda in_flight: in_flight)
    needs_redis: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


def _celery(module: str, *how: str) -> list[str]:
    app = f"benchmarks.peers.{module}"
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")
    return ["-m", "celery", "-A", app, "worker", *quiet, *how]


def _celery_batches(in_flight: int) -> list[str]:
    return _celery("celery_batches", "--concurrency", str(in_flight // 100))


def _taskiq(in_flight: int) -> list[str]:
    half = str(in_flight // 2)
    limits = ("--workers", "2", "--max-async-tasks", half, "--max-prefetch", half)
    told = ("--log-level", "ERROR", "--ack-type", "when_received")
    return ["-m", "taskiq", "worker", "benchmarks.peers.taskiq_app:broker", *limits, *told]


def _dramatiq(in_flight: int) -> list[str]:
    limits = ("--processes", "2", "--threads", str(in_flight // 2))
    return ["-m", "dramatiq", "benchmarks.peers.dramatiq_app", *limits]


def _huey(in_flight: int) -> list[str]:
    limits = ("--workers", str(in_flight), "--worker-type", "thread", "--no-periodic", "--quiet")
    return ["-m", "huey.bin.huey_consumer", "benchmarks.peers.huey_app.huey", *limits]


PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "celery-threads": Peer(
            title="Celery, threads",
            module="celery_threads",
            work=lambda n: _celery("celery_threads", "--pool", "threads", "--concurrency", str(n)),
        ),
        "celery-batches": Peer(
            title="Celery, 100 messages a job, asyncio inside",
            module="celery_batches",
            work=_celery_batches,
            in_each=lambda _n: 100,
        ),
        "celery-together": Peer(
            title="the same, and the 100 written in one statement",
            module="celery_batches",
            work=_celery_batches,
            in_each=lambda _n: 100,
            environment={"PEER_TOGETHER": "1"},
        ),
        "taskiq": Peer(title="taskiq", module="taskiq_app", work=_taskiq, in_each=lambda n: n // 2),
        "dramatiq": Peer(
            title="Dramatiq, threads",
            module="dramatiq_app",
            work=_dramatiq,
            in_each=lambda n: n // 2,
        ),
        "procrastinate": Peer(
            title="Procrastinate",
            module="procrastinate_app",
            work=lambda _n: ("-m", _DO, "run", "procrastinate_app"),
            needs_redis=False,
        ),
        "huey": Peer(title="Huey, threads", module="huey_app", work=_huey),
        "django-tasks": Peer(
            title="django-tasks-db, 8 processes",
            module="django_tasks_app",
            work=lambda _n: ("-m", _DO, "run", "django_tasks_app"),
            processes=8,
            in_each=lambda _n: 1,
            needs_redis=False,
        ),
    }
)
