"""Asking again what became of what may have gone, on each database, of providers that can tell."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crm.actions import reminders
from crm.actions.message_changes import OnItsWayError
from crm.models import Attempt, DeliveryEvent, MessageSchedule, OptOut, ProviderAccount
from delivery import second_look
from delivery.connections import Connections
from delivery.database import Database, DatabaseThread
from delivery.departures import Departure
from delivery.outcomes import Change, change_after
from delivery.planner import Planner
from delivery.second_look import SecondLook, hold, settle
from delivery.writeback import write
from providers import registry
from providers.base import Accepted, Outcome, Refused, Uncertain
from providers.errors import ErrorKind
from rules.message_states import Status
from rules.retry import ASK_AFTER
from tests.databases import Installation
from tests.delivery.workers import work_off
from tests.make import (
    make_account,
    make_business,
    make_customer,
    make_message,
    make_receipt,
    make_user,
)
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import StandIn, serving
from tests.stand_ins.twilio import TwilioStandIn

RUN, OTHER = "one#00000001", "other#00000002"
PHONE = "+34612345678"
#: The servers on this machine tell the real time.
BEGAN = datetime.now(UTC)
SOON = BEGAN + timedelta(seconds=6)


@pytest.fixture
def record(installation: Installation) -> Path:
    return installation.data_dir / "record"


def connect(provider: str = "console", **changes: Any) -> ProviderAccount:
    values = {"rate_per_s": 10_000, "next_slot_at": BEGAN}
    return make_account(provider=provider, **(values | changes))


def connect_to(stand_in: Any) -> ProviderAccount:
    provider = "twilio" if isinstance(stand_in, TwilioStandIn) else "android_gateway"
    return connect(provider, channel="sms", settings=stand_in.settings)


@pytest.fixture
def console(database: Database, record: Path) -> ProviderAccount:
    return connect(settings={"record": str(record)})


@pytest.fixture(params=[AndroidGatewayStandIn, TwilioStandIn])
def stand_in(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with serving(request.param()) as served:
        yield served


@pytest.fixture
def account(database: Database, stand_in: StandIn) -> ProviderAccount:
    return connect_to(stand_in)


def promise(account: ProviderAccount, phone: str = PHONE, **changes: Any) -> MessageSchedule:
    values = {"at": BEGAN - timedelta(seconds=1), "message_type": account.channel}
    return make_message(make_customer(phone_number=phone), **(values | changes))


def depart(database: Database, count: int = 1) -> list[Departure]:
    return list(Planner(database, RUN).round(count, BEGAN).departures)


async def sent(departure: Departure) -> Outcome:
    account = departure.account
    async with registry.make(account.provider, account.settings) as provider:
        return await provider.send(departure.outgoing)


def unheard(database: Database, *, sends: bool = True, count: int = 1) -> list[Departure]:
    """What is due leaves, or does not, and no answer is heard."""
    departures = depart(database, count)
    for one in departures:
        if sends:
            asyncio.run(sent(one))
    lost = Uncertain(why="no answer in time")
    assert write(database, [change_after(one.made, lost, BEGAN) for one in departures])
    return departures


def look(now: datetime = SOON, run: str = RUN) -> list[Change]:
    """What proof moved."""
    changed: list[Change] = []

    async def main() -> None:
        with DatabaseThread() as thread:
            async with Connections() as connections:
                await SecondLook(
                    thread=thread,
                    connections=connections,
                    run=run,
                    clock=lambda: now,
                    changed=changed.append,
                ).look()

    asyncio.run(main())
    return changed


def only() -> MessageSchedule:
    return MessageSchedule.objects.get()


def test_what_was_taken_is_sent_from_when_it_was_tried(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    (departure,) = unheard(database)
    assert only().look_up_at == BEGAN + ASK_AFTER[0]
    assert [change.status for change in look()] == [Status.SENT]

    row = only()
    assert (row.status, row.reason, row.wants_since) == (Status.SENT, "", None)
    assert row.provider_message_id == f"console-{departure.outgoing.attempt_id}"
    assert (row.sent_at, row.look_up_at, row.lease_until) == (BEGAN, None, None)
    assert Attempt.objects.get().outcome == "accepted"
    told = list(DeliveryEvent.objects.values_list("status", "source"))
    assert told == [("unconfirmed", "worker"), ("sent", "worker")]


def test_what_never_will_be_taken_goes_back_into_the_outbox(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    unheard(database, sends=False)
    look()

    row = only()
    assert (row.status, row.sent_at, row.wants_since) == (Status.SCHEDULED, None, None)
    assert row.due_at > SOON
    assert Attempt.objects.get().outcome == "not_sent"


def test_a_provider_with_a_memory_clears_up_what_it_took(
    database: Database, account: ProviderAccount, stand_in: StandIn
) -> None:
    stand_in.script = {PHONE: ["lost"]}
    promise(account)
    unheard(database)
    look()

    assert only().status == Status.SENT
    assert len(stand_in.taken[PHONE]) == 1


def test_a_phone_that_never_heard_of_it_gets_it_once(database: Database) -> None:
    with serving(AndroidGatewayStandIn(script={PHONE: ["drop", "accept"]})) as phone:
        promise(connect_to(phone))
        unheard(database)
        assert phone.taken[PHONE] == []
        look()
        look(SOON + timedelta(hours=2))

        assert only().status == Status.SENT
        assert len(phone.taken[PHONE]) == 1


def test_a_list_without_it_proves_nothing(database: Database) -> None:
    with serving(TwilioStandIn(script={PHONE: ["drop"]})) as twilio:
        promise(connect_to(twilio))
        unheard(database)
        for after in ASK_AFTER:
            assert only().look_up_at is not None
            assert look(BEGAN + after) == []
        assert (only().status, only().look_up_at) == (Status.UNCONFIRMED, None)
        asked = len(twilio.requests)
        look(BEGAN + timedelta(days=1))
        assert len(twilio.requests) == asked


def test_it_is_asked_at_growing_intervals(database: Database, console: ProviderAccount) -> None:
    ProviderAccount.objects.update(settings={})  # without a record nothing can be proved
    message = promise(console)
    unheard(database)
    wanted_at = only().wants_since
    for after, following in pairwise(ASK_AFTER):
        assert only().look_up_at == BEGAN + after
        look(BEGAN + after - timedelta(milliseconds=1))
        assert only().look_up_at == BEGAN + after
        look(BEGAN + after)
        assert only().look_up_at == BEGAN + following
    message.refresh_from_db()
    assert (message.status, message.wants_since) == (Status.UNCONFIRMED, wanted_at)
    assert (message.claimed_by, message.lease_until) == ("", None)
    assert DeliveryEvent.objects.count() == 1


def test_only_one_worker_asks_at_a_time(database: Database, console: ProviderAccount) -> None:
    promise(console)
    unheard(database)
    assert len(hold(database, RUN, SOON)) == 1
    assert len(hold(database, OTHER, SOON)) == 0
    assert len(hold(database, OTHER, SOON + second_look.LEASE)) == 1


def test_a_worker_that_was_asleep_past_its_lease_writes_nothing(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    unheard(database)
    (mine,) = hold(database, RUN, SOON)
    late = SOON + second_look.LEASE
    proof = Accepted(provider_message_id="late")
    assert settle(database, mine, proof, late) is None
    (another,) = hold(database, OTHER, late)
    assert settle(database, mine, proof, SOON) is None
    assert settle(database, another, proof, late) is not None


def test_while_it_is_asked_about_nobody_sends_it_once_more(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    unheard(database)
    read_before = only()
    (mine,) = hold(database, RUN, SOON)
    ana = make_user()
    with pytest.raises(OnItsWayError):
        reminders.try_again(only(), actor=ana, now=SOON)
    with pytest.raises(reminders.OvertakenError):
        reminders.try_again(read_before, actor=ana, now=SOON)

    second_look.postpone(database, mine, SOON)
    reminders.try_again(only(), actor=ana, now=SOON)
    assert only().status == Status.SCHEDULED


@pytest.mark.parametrize("arrived", [True, False])
def test_what_a_person_has_decided_is_asked_no_more(
    database: Database, console: ProviderAccount, *, arrived: bool
) -> None:
    promise(console)
    unheard(database, sends=False)
    reminders.tell_whether_it_arrived(only(), arrived=arrived, actor=make_user(), now=SOON)
    decided = only().status
    assert look() == []
    assert only().status == decided


def test_what_is_dismissed_while_it_is_asked_about_stays_as_it_is(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    unheard(database)
    (mine,) = hold(database, RUN, SOON)
    reminders.dismiss(only(), actor=make_user(), now=SOON)
    assert settle(database, mine, Accepted(provider_message_id="x"), SOON) is None
    assert look(SOON + timedelta(hours=1)) == []
    assert only().status == Status.UNCONFIRMED


def test_it_is_the_last_try_that_is_asked_about(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    unheard(database)
    (mine,) = hold(database, RUN, SOON)
    only().tries.create(number=2, worker=OTHER, started_at=SOON, body_sha256="")
    MessageSchedule.objects.update(attempts=2)
    assert settle(database, mine, Accepted(provider_message_id="x"), SOON) is None


@pytest.mark.parametrize("hindrance", ["trash", "opt_out", "quiet", "off", "paused"])
def test_what_may_not_go_now_is_not_asked_about(database: Database, hindrance: str) -> None:
    """The phone is asked by giving it the message once more."""
    with serving(AndroidGatewayStandIn(script={PHONE: ["drop", "accept"]})) as phone:
        message = promise(connect_to(phone))
        unheard(database)
        match hindrance:
            case "trash":
                type(message.customer).objects.update(trashed_at=BEGAN)
            case "opt_out":
                OptOut.objects.create(
                    phone_number=PHONE, channel="sms", known_from="reply", at=BEGAN
                )
            case "quiet":
                make_business(
                    time_zone="UTC",
                    quiet_from=(SOON - timedelta(hours=1)).time(),
                    quiet_until=(SOON + timedelta(hours=2)).time(),
                )
            case "off":
                ProviderAccount.objects.update(enabled=False)
            case "paused":
                ProviderAccount.objects.update(paused_because="no credit")
        assert look() == []
        assert phone.taken[PHONE] == []
        assert only().lease_until is None


def test_of_two_alike_the_one_that_was_taken_is_sent(database: Database) -> None:
    """Twilio's list shows one: it is not told twice, whoever asks."""
    with serving(TwilioStandIn(script={PHONE: ["lost", "drop"]})) as twilio:
        first = promise(connect_to(twilio))
        make_message(first.customer, at=BEGAN - timedelta(seconds=1), message_type="sms")
        unheard(database, count=2)
        one, another = hold(database, RUN, SOON)
        proof = Accepted(provider_message_id="SM1")
        assert settle(database, one, proof, SOON) is not None
        assert settle(database, another, proof, SOON) is None


def test_one_alike_that_is_on_the_wire_may_be_what_the_list_shows(
    database: Database, console: ProviderAccount
) -> None:
    first = promise(console)
    unheard(database)
    make_message(first.customer, at=BEGAN - timedelta(seconds=1))
    (mine,) = hold(database, RUN, SOON)
    (on_the_wire,) = depart(database)
    proof = Accepted(provider_message_id="SM1")
    assert settle(database, mine, proof, SOON) is None
    write(database, [change_after(on_the_wire.made, Accepted(provider_message_id="SM2"), SOON)])
    assert settle(database, mine, proof, SOON) is not None


def test_a_failure_in_the_list_is_of_one_message_only(database: Database) -> None:
    """Two with the same words, one of which was taken and failed: the other may have arrived."""
    with serving(TwilioStandIn()) as twilio:
        first = promise(connect_to(twilio), fallback_channel="whatsapp")
        make_message(first.customer, at=BEGAN, message_type="sms", fallback_channel="whatsapp")
        unheard(database, count=2)
        one, another = hold(database, RUN, SOON)
        failed = Refused(
            code="30006", reason="", kind=ErrorKind.PERMANENT_RECIPIENT, provider_message_id="SM1"
        )
        fell_back = settle(database, one, failed, SOON)
        assert fell_back is not None
        assert fell_back.channel == "whatsapp"
        assert settle(database, another, failed, SOON) is None

    states = dict(MessageSchedule.objects.values_list("pk", "status"))
    assert states[another.made.message_id] == Status.UNCONFIRMED
    row = MessageSchedule.objects.get(pk=one.made.message_id)
    assert (row.status, row.provider_message_id) == (Status.SCHEDULED, "")
    assert row.tries.get().provider_message_id == "SM1"


def test_what_a_file_goes_along_with_does_not_fall_back(
    database: Database, console: ProviderAccount
) -> None:
    promise(console, fallback_channel="sms")
    unheard(database)
    MessageSchedule.objects.update(receipt=make_receipt())
    (mine,) = hold(database, RUN, SOON)
    refused = Refused(code="1", reason="No", kind=ErrorKind.PERMANENT_RECIPIENT)
    change = settle(database, mine, refused, SOON)
    assert change is not None
    assert (change.status, only().message_type) == (Status.FAILED, "whatsapp")


@pytest.mark.parametrize("provider", ["whatsapp_cloud", "vonage", "apprise_url"])
def test_who_can_prove_nothing_is_not_asked(
    database: Database, console: ProviderAccount, provider: str
) -> None:
    promise(console)
    (departure,) = depart(database)
    ProviderAccount.objects.update(provider=provider)
    write(database, [change_after(departure.made, Uncertain(why="no answer"), BEGAN)])
    assert (only().status, only().look_up_at) == (Status.UNCONFIRMED, None)
    assert hold(database, RUN, SOON) == ()


def test_what_was_never_tried_is_not_asked_about(
    database: Database, console: ProviderAccount
) -> None:
    message = promise(console)
    MessageSchedule.objects.update(status=Status.SENDING, claim_token=1, lease_until=SOON)
    change = Change(message_id=message.pk, token=1, status=Status.UNCONFIRMED, at=BEGAN)
    assert write(database, [change])
    assert only().look_up_at is None


def test_one_whose_row_makes_no_sense_stops_nothing(
    database: Database, console: ProviderAccount
) -> None:
    promise(console)
    unheard(database)
    ProviderAccount.objects.update(provider="", settings=["not", "a", "mapping"])
    assert look() == []
    assert only().status == Status.UNCONFIRMED


def test_one_that_nobody_can_ask_about_stops_no_other(
    database: Database, console: ProviderAccount
) -> None:
    broken = connect("twilio", channel="sms")
    promise(console)
    promise(broken, phone="+34612345679")
    unheard(database, sends=False, count=2)
    look()
    assert sorted(MessageSchedule.objects.values_list("status", flat=True)) == [
        Status.SCHEDULED,
        Status.UNCONFIRMED,
    ]


def test_a_worker_asks_by_itself(installation: Installation, console: ProviderAccount) -> None:
    console.settings |= {"script": {PHONE: ["lost"]}}
    console.save(update_fields=["settings"])
    promise(console)
    work_off(installation.data_dir)
    assert only().status == Status.UNCONFIRMED
    MessageSchedule.objects.update(look_up_at=datetime.now(UTC))
    assert str(work_off(installation.data_dir)) == "1 sent"
    assert only().status == Status.SENT


def test_workers_that_ask_at_once_ask_about_each_once(
    database: Database, console: ProviderAccount, record: Path
) -> None:
    for number in range(30):
        promise(console, phone=f"+3461234{number:04}")
    unheard(database, sends=False, count=30)
    asking = [threading.Thread(target=look, kwargs={"run": f"w#{n}"}) for n in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    look()
    assert {one.status for one in MessageSchedule.objects.all()} == {Status.SCHEDULED}
    assert DeliveryEvent.objects.filter(status="scheduled").count() == 30
    assert len(record.read_text().splitlines()) == 30
