"""The delivery engine, measured in one run beside what one writes first without it.

Absolute figures are of this machine and of this moment; the ratios are what to look at.
"""

import argparse
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks import places
from benchmarks.peers.running import Provider
from benchmarks.places import Place

#: A thread each, and a connection each: PostgreSQL lets a hundred connect.
NAIVELY_IN_FLIGHT = 80


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One engine on one database, `in_flight` messages at a time, `latency_s` each."""

    engine: str
    messages: int
    in_flight: int
    latency_s: float
    took_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        return self.messages / self.took_s

    @property
    def of_bound(self) -> float:
        return self.per_s / (self.in_flight / self.latency_s)

    @property
    def cpu_s_per_1000(self) -> float:
        return self.cpu_s / self.messages * 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--messages", type=int, default=8_000)
    parser.add_argument("--naive-messages", type=int, default=600)
    parser.add_argument("--latency", type=float, default=0.15, help="of one answer, in seconds")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--gone", type=int, default=200_000, help="messages before an empty poll")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(Provider(asked.latency))
        for place in _places(stack):
            _tell_sending(place, provider, asked)
            _tell_polling(place, asked.gone)


def _places(stack: contextlib.ExitStack) -> Iterator[Place]:
    yield stack.enter_context(places.sqlite())
    yield stack.enter_context(places.postgresql_server())


def _tell_sending(place: Place, provider: Provider, asked: argparse.Namespace) -> None:
    """The naive way is spared HTTP: it sleeps as long as an answer takes."""
    latency_s, messages = asked.latency, asked.messages
    send = partial(_send, place, latency_s=latency_s)
    naive = send("naive", messages=asked.naive_messages, in_flight=NAIVELY_IN_FLIGHT)
    runs = [
        send("ledger", messages=messages, in_flight=in_flight, provider=taker)
        for in_flight in asked.in_flight
        for taker in (None, provider)
    ]
    print(f"\n{place.name}: due messages, {latency_s:g} s each")
    print("| | in flight | msg/s | of the bound | CPU-s per 1,000 | × naive msg/s | of naive CPU |")
    print("|---|---|---|---|---|---|---|")
    for one in (naive, *runs):
        print(
            f"| {one.engine} | {one.in_flight} | {one.per_s:,.0f} | {one.of_bound:.0%} "
            f"| {one.cpu_s_per_1000:.2f} | {one.per_s / naive.per_s:.1f} "
            f"| {one.cpu_s_per_1000 / naive.cpu_s_per_1000:.0%} |",
            flush=True,
        )


def _send(
    place: Place,
    engine: str,
    *,
    messages: int,
    in_flight: int,
    latency_s: float,
    provider: Provider | None = None,
) -> Sending:
    """The CPU is all of it: the sender's and, where the server is ours, the database's.

    Without a provider the console takes the messages: that is the ledger alone.
    """
    before = place.server_cpu_s()
    said = place.run(
        *("-m", "benchmarks.sending", engine),
        *("--messages", str(messages)),
        *("--in-flight", str(in_flight)),
        *("--latency", str(latency_s)),
        *(("--provider", provider.url) if provider else ()),
    )
    figures = json.loads(said)
    return Sending(
        engine=f"{engine}, by HTTP" if provider else engine,
        messages=messages,
        in_flight=in_flight,
        latency_s=latency_s,
        took_s=figures["took_s"],
        cpu_s=figures["cpu_s"] + place.server_cpu_s() - before,
    )


def _tell_polling(place: Place, gone: int) -> None:
    said = json.loads(place.run("-m", "benchmarks.polling", "--messages", str(gone)))
    print(f"\n{place.name}: a poll that finds nothing after {gone:,} messages, without a vacuum")
    print("| | over every entry | from the horizon |\n|---|---|---|")
    beside = (said["full_beside_a_reader_ms"], said["beside_a_reader_ms"])
    print("| while a backup reads, ms | {:.2f} | {:.2f} |".format(*beside))
    print(f"| after it, the first, ms | {said['first_ms']:.2f} | |")
    print(f"| after it, ms | {said['full_ms']:.2f} | {said['ms']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
