import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery import journal, sender
from delivery.connections import Connections
from delivery.departures import Departure
from delivery.journal import Journal
from delivery.sender import Answer, Sender
from providers.base import Accepted, NotSent, Refused, Uncertain
from providers.errors import ErrorKind
from rules.reasons import Reason
from tests.delivery.departing import make_departure
from tests.delivery.test_journal import files_no_longer_than
from tests.make import NOW
from tests.providers.raw_server import answer as written
from tests.providers.raw_server import answering, raw_server

STARTED = time.monotonic()


def now() -> datetime:
    """NOW when the test module was loaded, and going on from there."""
    return NOW + timedelta(seconds=time.monotonic() - STARTED)


class Wire:
    """A sender with a journal and the console behind it; `answers` is what it told."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.answers: list[Answer] = []

    def run(self, work: Callable[[Sender], Coroutine[Any, Any, None]], in_flight: int = 10) -> None:
        async def main() -> None:
            with closing(Journal(self.directory, "desk#1")) as run:
                async with Connections() as connections:
                    await work(
                        Sender(
                            connections=connections,
                            journal=run,
                            in_flight=in_flight,
                            clock=now,
                            answered=self.answers.append,
                        )
                    )

        asyncio.run(main())

    def send(self, *departures: Departure, in_flight: int = 10) -> None:
        async def work(sender: Sender) -> None:
            sender.depart(departures)
            await sender.idle()

        self.run(work, in_flight)


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(tmp_path / "journal")


def leaving(**changes: Any) -> Departure:
    return make_departure(**({"starts_at": now(), "lease_until": now() + timedelta(60)} | changes))


def test_what_departs_is_answered_once(wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    departures = [leaving(message_id=number) for number in range(50)]
    wire.send(*departures)

    assert sorted(one.made.message_id for one in wire.answers) == list(range(50))
    assert all(isinstance(one.outcome, Accepted) for one in wire.answers)
    assert capsys.readouterr().out.count("Hello.") == 50


def test_no_more_fly_at_a_time_than_allowed(wire: Wire) -> None:
    began = time.monotonic()
    wire.send(*(leaving(latency_s=0.1) for _ in range(6)), in_flight=2)
    assert 0.3 <= time.monotonic() - began < 0.6


def test_they_fly_at_the_same_time(wire: Wire) -> None:
    began = time.monotonic()
    wire.send(*(leaving(latency_s=0.2) for _ in range(20)), in_flight=20)
    assert time.monotonic() - began < 0.4


def test_each_waits_for_its_slot(wire: Wire) -> None:
    first = now()
    slots = [first + timedelta(milliseconds=50 * number) for number in (3, 0, 2, 1)]
    wire.send(*(leaving(message_id=n, starts_at=slot) for n, slot in enumerate(slots)))

    assert [one.made.message_id for one in wire.answers] == [1, 3, 2, 0]
    for answer in wire.answers:
        late = answer.at - slots[answer.made.message_id]
        assert timedelta(0) <= late < timedelta(milliseconds=45)


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (
            "+15005550001",
            Refused(
                code="console-permanent_recipient",
                reason="refused by its script",
                kind=ErrorKind.PERMANENT_RECIPIENT,
            ),
        ),
        ("+15005550005", NotSent(why="throttled", retry_after_s=2, code="console-rate")),
        ("+15005550006", NotSent(why="no connection")),
        ("+15005550007", Uncertain(why="no answer", cause=Reason.TIMED_OUT)),
    ],
)
def test_what_the_provider_says_is_passed_on(wire: Wire, number: str, outcome: object) -> None:
    wire.send(leaving(to=number))
    assert wire.answers[0].outcome == outcome


def test_an_account_that_cannot_be_used_is_refused_as_a_whole(wire: Wire) -> None:
    wire.send(leaving(provider="pigeon"), leaving(latency_s="soon"), leaving())

    kinds = [getattr(one.outcome, "kind", None) for one in wire.answers]
    assert sorted(map(str, kinds)) == ["None", "account", "account"]


def test_a_provider_that_breaks_leaves_the_others_alone(wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    broken = leaving(record=str(tmp_path / "closed"))  # a folder is no file to write to
    wire.send(broken, leaving())

    outcomes = {type(one.outcome) for one in wire.answers}
    assert outcomes == {Uncertain, Accepted}


def test_an_answer_that_never_comes_is_not_waited_for(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "ANSWER_WITHIN_S", 0.05)
    wire.send(leaving(latency_s=60))
    assert wire.answers[0].outcome == Uncertain(why="no answer", cause=Reason.TIMED_OUT)


def test_after_a_long_sleep_nothing_is_started_that_others_may_have(wire: Wire) -> None:
    wire.send(leaving(lease_until=now() - timedelta(seconds=1)), leaving(message_id=2))

    assert [(one.made.message_id, one.outcome is None) for one in wire.answers] == [
        (1, True),
        (2, False),
    ]


def test_called_off_is_what_waits_and_not_what_flies(wire: Wire) -> None:
    later = now() + timedelta(hours=1)

    async def work(sender: Sender) -> None:
        sender.depart([leaving(message_id=1, latency_s=0.05)])
        sender.depart([leaving(message_id=2, starts_at=later)])
        assert {made.message_id for made in sender.held} == {1, 2}
        sender.call_off_waiting()
        await sender.idle()

    wire.run(work)

    assert [(one.made.message_id, one.outcome is None) for one in wire.answers] == [
        (2, True),
        (1, False),
    ]


def test_given_up_in_flight_may_have_gone(wire: Wire) -> None:
    async def work(sender: Sender) -> None:
        sender.depart([leaving(latency_s=60)])
        await asyncio.sleep(0.01)
        sender.give_up_flying()
        await sender.idle()

    wire.run(work)

    (answer,) = wire.answers
    assert answer.outcome == Uncertain(why="the sender was stopped", cause=Reason.WORKER_DIED)


def test_begun_and_heard_are_in_the_journal_before_anybody_is_told(
    wire: Wire, tmp_path: Path
) -> None:
    departure = leaving(latency_s=0.05)
    attempt_id = departure.outgoing.attempt_id
    told: list[bool] = []

    async def work(sender: Sender) -> None:
        sender.depart([departure])
        assert journal.read(wire.directory).started == {attempt_id}
        sender._answered = lambda _: told.append(attempt_id in journal.read(wire.directory).done)
        await sender.idle()

    wire.run(work)
    assert told == [True]


def test_on_a_full_disk_nothing_is_sent_without_a_note_of_it(wire: Wire) -> None:
    async def work(sender: Sender) -> None:
        with files_no_longer_than(1):
            sender.depart([leaving()])
        await sender.idle()

    wire.run(work)

    (answer,) = wire.answers
    assert answer.outcome == NotSent(why="the journal cannot be written")


def test_room_is_waited_for_but_not_for_ever(wire: Wire) -> None:
    async def work(sender: Sender) -> None:
        assert await sender.room_for_some(1) == 16
        sender.depart([leaving(latency_s=0.1) for _ in range(16)])
        assert await sender.room_for_some(0.01) == 0
        assert await sender.room_for_some(1) > 0
        await sender.idle()

    wire.run(work)


def test_no_credential_that_a_provider_quotes_is_kept(wire: Wire) -> None:
    token = "EAAB" + "x" * 40
    told = {"error": {"message": f"Malformed access token {token}", "code": 190}}

    async def work(sender: Sender) -> None:
        refusing = answering(written(json.dumps(told).encode(), status="401 Unauthorized"))
        async with raw_server(refusing) as server:
            account = {
                "phone_number_id": "1",
                "waba_id": "2",
                "access_token": token,
                "app_secret": "s3cret-of-ours",
                "verify_token": "word-of-ours",
                "base_url": server.url,
            }
            sender.depart([leaving(provider="whatsapp_cloud", **account)])
            await sender.idle()

    wire.run(work)
    [heard] = wire.answers
    assert isinstance(heard.outcome, Refused)
    assert heard.outcome.reason == "Malformed access token •••"
    assert token not in "".join(path.read_text() for path in wire.directory.iterdir())
