"""How late messages leave: in a rush, in a stream, and where an account's rate is the limit.

Each runs the real sender against a provider on this machine, on SQLite and on PostgreSQL. Lateness
is from the moment a message is due to its request at the provider. A rush's floor is what the calls
alone would take with that many in flight.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from benchmarks import places
from benchmarks.peers.running import Background, Provider
from benchmarks.places import Place

IN_FLIGHT = 500
#: For the sender to start in, before the first is due.
AHEAD_S = 10.0
STREAM_S = 20


@dataclass(frozen=True, kw_only=True)
class Run:
    """`due` and `arrived` in seconds of the Unix epoch, both in order."""

    due: Sequence[float]
    arrived: Sequence[float]
    memory_mb: float

    def late_s(self, percent: int) -> float:
        late = [there - then for then, there in zip(self.due, self.arrived, strict=True)]
        return quantiles(late, n=100)[percent - 1]

    @property
    def per_s(self) -> float:
        """Without the first second, in which a pause is made up for."""
        steady = [moment for moment in self.arrived if moment > self.arrived[0] + 1]
        return (len(steady) - 1) / (steady[-1] - steady[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lateness", description=__doc__)
    parser.add_argument("--latency", type=float, default=0.15, help="of one answer, in seconds")
    parser.add_argument("--rush", type=int, default=10_000)
    parser.add_argument("--stream", type=float, default=200, help="messages per second")
    parser.add_argument("--rates", type=float, nargs="*", default=[80, 1000])
    parser.add_argument("--ahead", type=int, default=1_000_000, help="more, promised for later")
    asked = parser.parse_args()
    with Provider(asked.latency) as provider:
        for made in (places.sqlite, places.postgresql_server):
            with made() as place:
                tell(place, provider, asked)


def tell(place: Place, provider: Provider, asked: argparse.Namespace) -> None:
    print(f"\n{place.name}\n| | p50 late, s | p99 late, s | | MB |\n|---|---|---|---|---|")
    rush, floor_s = asked.rush, asked.rush * asked.latency / IN_FLIGHT
    run = measured(place, provider, rush, None)
    times = f"p99 {run.late_s(99) / floor_s:.2f} × the floor of {floor_s:.1f} s"
    _row(f"{rush:,} due in the same second", run, times)
    stream = int(asked.stream * STREAM_S)
    run = measured(place, provider, stream, asked.stream)
    _row(f"{asked.stream:,.0f} due in each second", run, "")
    for rate in asked.rates:
        run = measured(place, provider, int(rate * 10), None, "--rate", str(rate))
        _row(f"an account's {rate:,.0f} per s", run, f"held at {run.per_s / rate:.2%}")
    if asked.ahead:
        run = measured(place, provider, stream, asked.stream, "--ahead", str(asked.ahead))
        _row(f"{asked.stream:,.0f} a second with {asked.ahead:,} more ahead", run, "")


def _row(what: str, run: Run, remark: str) -> None:
    late = f"{run.late_s(50):.2f} | {run.late_s(99):.2f}"
    print(f"| {what} | {late} | {remark} | {run.memory_mb:.0f} |", flush=True)


def measured(place: Place, provider: Provider, count: int, per_s: float | None, *more: str) -> Run:
    spread = ("--per-s", str(per_s)) if per_s else ()
    given = (str(count), "--provider", provider.url, "--due-in", str(AHEAD_S), *spread, *more)
    first = float(place.run("-m", "benchmarks.fill", *given))
    provider.forget()
    deliver = [sys.executable, "manage.py", "deliver", "--concurrency", str(IN_FLIGHT)]
    with Background(deliver, dict(os.environ) | place.environment) as worker:
        until = first + (count / per_s if per_s else 0) + 90
        while len(arrived := provider.arrivals()) < count:
            if time.time() > until:
                raise SystemExit(f"{len(arrived)} of {count} left\n{worker.said()}")
            time.sleep(0.5)
        memory_mb = worker.memory_mb()
    due = [first + (number / per_s if per_s else 0) for number in range(count)]
    return Run(due=due, arrived=arrived, memory_mb=memory_mb)


if __name__ == "__main__":
    main()
