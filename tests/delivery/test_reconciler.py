"""Recovery: what a dead worker left behind, on each database."""

import asyncio
import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.models import Attempt, DeliveryEvent, MessageSchedule
from delivery.connections import Connections
from delivery.database import Database, DatabaseThread
from delivery.departures import Departure
from delivery.journal import Journal
from delivery.outcomes import Change
from delivery.planner import Planner
from delivery.reconciler import Reconciler
from delivery.writeback import write
from providers import registry
from providers.base import Accepted
from providers.console import Console
from rules.message_states import Status
from tests.databases import Installation
from tests.make import NOW, make_account, make_customer, make_message
from tests.stand_ins.base import serving
from tests.stand_ins.twilio import TwilioStandIn

EXPIRED = NOW + timedelta(seconds=61)
DEAD = "dead#00000001"
HEIR = "heir#00000002"


@pytest.fixture
def journals(installation: Installation) -> Path:
    return installation.data_dir / "journal"


@pytest.fixture
def record(installation: Installation) -> Path:
    return installation.data_dir / "record"


def departures_of(database: Database, *, count: int = 1, **settings: Any) -> list[Departure]:
    """Messages in `sending`, held by a worker that dies now."""
    make_account(rate_per_s=10_000, settings={key: str(value) for key, value in settings.items()})
    for number in range(count):
        customer = make_customer(name=f"Customer {number}", phone_number=f"+3461234{number:04}")
        make_message(customer, at=NOW - timedelta(seconds=1), message_content=f"Hello {number}.")
    return list(Planner(database, DEAD).round(count, NOW).departures)


def recover(
    database: Database, journals: Path, now: datetime, held: Collection[int] = (), run: str = HEIR
) -> list[Change]:
    """What the heir decided, written down as its worker does."""
    decided: list[Change] = []

    async def main() -> None:
        with DatabaseThread() as thread:
            async with Connections() as connections:
                await Reconciler(
                    thread=thread,
                    connections=connections,
                    journals=journals,
                    run=run,
                    clock=lambda: now,
                    decided=decided.append,
                ).recover(held)

    asyncio.run(main())
    if decided:
        assert write(database, decided) == {change.message_id for change in decided}
    return decided


def die(journal: Journal) -> None:
    os.close(journal._file)


def states() -> list[str]:
    return list(MessageSchedule.objects.order_by("pk").values_list("status", flat=True))


def test_nothing_is_touched_while_the_lease_lasts(database: Database, journals: Path) -> None:
    departures_of(database)
    assert recover(database, journals, NOW + timedelta(seconds=59)) == []
    assert states() == [Status.SENDING]


def test_claimed_and_no_more_goes_back_into_the_outbox(database: Database, journals: Path) -> None:
    message = make_message(status=Status.CLAIMED, claimed_by=DEAD, claim_token=1, lease_until=NOW)
    recover(database, journals, EXPIRED)

    message.refresh_from_db()
    assert (message.status, message.claimed_by, message.lease_until) == ("scheduled", "", None)
    assert DeliveryEvent.objects.get().status == Status.SCHEDULED


def test_without_any_proof_a_person_decides(database: Database, journals: Path) -> None:
    (departure,) = departures_of(database)
    recover(database, journals, EXPIRED)

    row = MessageSchedule.objects.get()
    assert (row.status, row.reason, row.wants_since) == ("unconfirmed", "worker_died", EXPIRED)
    assert row.claim_token == departure.made.token + 1
    assert Attempt.objects.get().outcome == "uncertain"


def test_an_answer_in_the_journal_is_the_outcome(database: Database, journals: Path) -> None:
    (departure,) = departures_of(database)
    journal = Journal(journals, DEAD)
    journal.started([departure.outgoing.attempt_id])
    journal.done({departure.outgoing.attempt_id: Accepted(provider_message_id="wamid.1")})
    die(journal)

    recover(database, journals, NOW + timedelta(seconds=1))  # its lease has not run out

    row = MessageSchedule.objects.get()
    assert (row.status, row.provider_message_id) == (Status.SENT, "wamid.1")


def test_never_begun_by_a_run_that_is_known_dead_is_sent_again(
    database: Database, journals: Path
) -> None:
    begun, waiting = departures_of(database, count=2)
    journal = Journal(journals, DEAD)
    journal.started([begun.outgoing.attempt_id])
    die(journal)

    recover(database, journals, NOW + timedelta(seconds=1))

    assert states() == [Status.UNCONFIRMED, Status.SCHEDULED]
    row = MessageSchedule.objects.get(pk=waiting.made.message_id)
    assert row.due_at < NOW
    (again,) = Planner(database, HEIR).round(10, NOW + timedelta(seconds=2)).departures
    assert again.made.message_id == waiting.made.message_id
    assert sorted(Attempt.objects.filter(message=row).values_list("number", "outcome")) == [
        (1, "not_sent"),
        (2, ""),
    ]


def test_journals_that_nobody_needs_are_cleared_away(database: Database, journals: Path) -> None:
    (departure,) = departures_of(database)
    journal = Journal(journals, DEAD)
    journal.started([departure.outgoing.attempt_id])
    die(journal)

    recover(database, journals, NOW + timedelta(seconds=1))
    recover(database, journals, NOW + timedelta(seconds=2))

    assert list(journals.iterdir()) == []


def test_the_journal_of_a_live_worker_is_left_alone(database: Database, journals: Path) -> None:
    departures_of(database)
    journal = Journal(journals, DEAD)  # stalled, its lease ran out, and it may wake up

    recover(database, journals, EXPIRED)

    assert states() == [Status.UNCONFIRMED]
    assert [path.name for path in journals.iterdir()] == ["00000001.journal"]
    journal.close()


def test_the_providers_look_up_proves_that_it_was_taken(
    database: Database, journals: Path, record: Path
) -> None:
    (departure,) = departures_of(database, record=record)

    async def send() -> None:
        async with Console({"record": str(record)}) as console:
            await console.send(departure.outgoing)

    asyncio.run(send())
    recover(database, journals, EXPIRED)

    row = MessageSchedule.objects.get()
    assert row.status == Status.SENT
    assert row.provider_message_id == f"console-{departure.outgoing.attempt_id}"


def test_the_providers_look_up_proves_that_it_never_will_go(
    database: Database, journals: Path, record: Path
) -> None:
    departures_of(database, record=record)
    recover(database, journals, EXPIRED)

    row = MessageSchedule.objects.get()
    assert row.status == Status.SCHEDULED
    assert row.due_at > EXPIRED
    assert Attempt.objects.get().outcome == "not_sent"


def test_a_look_up_that_fails_proves_nothing_and_stops_nobody(
    database: Database, journals: Path, installation: Installation
) -> None:
    folder = installation.data_dir / "folder"
    folder.mkdir()
    departures_of(database, count=3, record=folder)
    recover(database, journals, EXPIRED)
    assert states() == [Status.UNCONFIRMED] * 3


def test_what_this_worker_is_at_work_on_is_not_taken_from_itself(
    database: Database, journals: Path
) -> None:
    (departure,) = departures_of(database)
    held = {departure.made.message_id}
    assert recover(database, journals, EXPIRED, held, run=DEAD) == []
    assert states() == [Status.SENDING]


def test_what_a_lost_commit_left_to_this_worker_was_never_begun(
    database: Database, journals: Path
) -> None:
    departures_of(database)
    recover(database, journals, EXPIRED, run=DEAD)
    assert states() == [Status.SCHEDULED]


def test_sending_without_an_attempt_is_shown_to_a_person(
    database: Database, journals: Path
) -> None:
    make_message(status=Status.SENDING, claimed_by=DEAD, claim_token=1, lease_until=NOW)
    recover(database, journals, EXPIRED)
    assert states() == [Status.UNCONFIRMED]


def test_the_old_holder_writes_nothing_any_more(database: Database, journals: Path) -> None:
    (departure,) = departures_of(database)
    recover(database, journals, EXPIRED)
    late = Change(
        message_id=departure.made.message_id,
        token=departure.made.token,
        attempt_id=departure.made.attempt_id,
        status=Status.SENT,
        at=EXPIRED,
    )
    assert write(database, [late]) == set()
    assert states() == [Status.UNCONFIRMED]


@pytest.mark.parametrize("word", ["sent", "delivered", "failed"])
def test_what_a_list_shows_may_be_one_alike_that_is_on_the_wire(
    database: Database, journals: Path, word: str
) -> None:
    """A live worker has sent it and not written its answer down yet."""
    with serving(TwilioStandIn()) as twilio:
        make_account(provider="twilio", channel="sms", settings=twilio.settings, rate_per_s=10_000)
        customer = make_customer()
        for _ in range(2):
            make_message(customer, at=NOW - timedelta(seconds=1), message_type="sms")
        orphan, alike = Planner(database, DEAD).round(2, NOW).departures
        MessageSchedule.objects.filter(pk=alike.made.message_id).update(
            claimed_by="live#00000003", lease_until=EXPIRED + timedelta(seconds=60)
        )

        async def send() -> None:
            async with registry.make("twilio", alike.account.settings) as provider:
                await provider.send(alike.outgoing)

        asyncio.run(send())
        twilio.states[twilio.sent[0].id] = (word, None)
        recover(database, journals, EXPIRED)

    row = MessageSchedule.objects.get(pk=orphan.made.message_id)
    assert (row.status, row.provider_message_id) == (Status.UNCONFIRMED, "")
