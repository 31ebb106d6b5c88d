"""What became of an attempt nobody heard the answer to, and whether the phone is there."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.accounts import Check, Problem
from providers.android_gateway import AndroidGateway
from providers.base import Accepted, Outcome, Outgoing, Refused, Uncertain
from providers.errors import ErrorKind
from rules.message_states import Status
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import serving

TO = "+34600111222"


@pytest.fixture
def gateway() -> Iterator[AndroidGatewayStandIn]:
    with serving(AndroidGatewayStandIn()) as stand_in:
        yield stand_in


def make_provider(gateway: AndroidGatewayStandIn, **changes: object) -> AndroidGateway:
    return AndroidGateway(
        {
            "base_url": gateway.url,
            "username": gateway.username,
            "password": gateway.password,
            "device_id": gateway.device_id,
            "signing_key": gateway.signing_key,
            **changes,
        }
    )


def local(gateway: AndroidGatewayStandIn, **changes: object) -> AndroidGateway:
    return make_provider(gateway, mode="local", device_id="", **changes)


# --- what became of an attempt ---


def reconcile(
    provider: AndroidGateway, outgoing: Outgoing | None = None, *, age: timedelta = timedelta(0)
) -> Outcome | None:
    async def ask() -> Outcome | None:
        async with provider:
            return await provider.reconcile(
                outgoing or make_outgoing(), attempted_at=datetime.now(UTC) - age
            )

    return asyncio.run(ask())


@pytest.mark.parametrize("step", ["lost", "half", "garbage", "drop", "answer:500"])
@pytest.mark.parametrize("make", [make_provider, local])
def test_an_attempt_without_an_answer_is_there_once_in_the_end(
    gateway: AndroidGatewayStandIn, step: str, make: Any
) -> None:
    gateway.script = {TO: [step, "accept"]}
    assert isinstance(send(make(gateway)), Uncertain)
    assert reconcile(make(gateway)) == Accepted(provider_message_id=ATTEMPT)
    assert len(gateway.taken[TO]) == 1


def test_a_sender_that_wakes_up_late_sends_nothing_twice(gateway: AndroidGatewayStandIn) -> None:
    assert reconcile(make_provider(gateway)) == Accepted(provider_message_id=ATTEMPT)
    assert send(make_provider(gateway)) == Accepted(provider_message_id=ATTEMPT)
    assert len(gateway.taken[TO]) == 1


@pytest.mark.parametrize(
    ("state", "error", "outcome"),
    [
        ("Processed", None, Accepted(provider_message_id=ATTEMPT)),
        ("Sent", None, Accepted(provider_message_id=ATTEMPT)),
        ("Delivered", None, Accepted(provider_message_id=ATTEMPT, status=Status.DELIVERED)),
        (
            "Failed",
            "TTL expired",
            Refused(code="", reason="TTL expired", kind=ErrorKind.EXPIRED),
        ),
        ("Cancelled", None, Refused(code="", reason="cancelled", kind=ErrorKind.UNKNOWN)),
        ("Cancelling", None, None),
        ("Dreaming", None, None),
    ],
)
def test_the_gateways_own_state_is_believed(
    gateway: AndroidGatewayStandIn, state: str, error: str | None, outcome: Outcome | None
) -> None:
    send(make_provider(gateway))
    gateway.set_state(ATTEMPT, state, error)
    assert reconcile(make_provider(gateway)) == outcome
    assert len(gateway.taken[TO]) == 1


def test_after_its_moment_nothing_is_sent_that_never_arrived(
    gateway: AndroidGatewayStandIn,
) -> None:
    late = make_outgoing(send_by=datetime.now(UTC) - timedelta(minutes=1))
    outcome = reconcile(make_provider(gateway), late)
    assert isinstance(outcome, Refused)
    assert outcome.kind is ErrorKind.EXPIRED
    assert not gateway.taken


def test_days_later_nothing_is_sent_again(gateway: AndroidGatewayStandIn) -> None:
    """The gateway may have forgotten it, or be another one: a person decides."""
    assert reconcile(make_provider(gateway), age=timedelta(days=3)) is None
    assert not gateway.taken


@pytest.mark.parametrize(
    ("step", "proof"),
    [("answer:400", Refused), ("answer:401", type(None)), ("answer:503", type(None))],
)
def test_only_what_binds_the_first_request_too_is_proof(
    gateway: AndroidGatewayStandIn, step: str, proof: type
) -> None:
    gateway.script = {TO: [step]}
    assert isinstance(reconcile(make_provider(gateway)), proof)


def test_a_gateway_that_is_away_proves_nothing(gateway: AndroidGatewayStandIn) -> None:
    assert reconcile(make_provider(gateway, base_url="http://127.0.0.1:1")) is None
    assert reconcile(make_provider(gateway, password="wrong")) is None


# --- whether it works ---


def check(provider: AndroidGateway) -> Check:
    async def ask() -> Check:
        async with provider:
            return await provider.check()

    return asyncio.run(ask())


def test_a_phone_that_was_seen_lately_is_well(gateway: AndroidGatewayStandIn) -> None:
    assert check(make_provider(gateway)) == Check(found="samsung/a15")
    assert check(local(gateway)) == Check(found="samsung/a15")
    assert [request.path for request in gateway.requests] == ["/3rdparty/v1/devices", "/device"]


def test_a_phone_that_was_not_seen_for_hours_is_named(gateway: AndroidGatewayStandIn) -> None:
    gateway.devices = [gateway.make_device(lastSeen="2026-11-20T10:30:00.000+02:00")]
    found = check(make_provider(gateway))
    assert found.problem is Problem.OFFLINE
    assert found.words == "last seen 2026-11-20 08:30 UTC"
    assert found.found == "samsung/a15"


def test_another_phone_than_the_one_named_is_told(gateway: AndroidGatewayStandIn) -> None:
    found = check(make_provider(gateway, device_id="another"))
    assert (found.problem, found.setting) == (Problem.NOT_FOUND, "device_id")
    assert found.words == f"samsung/a15: {gateway.device_id}"


def test_a_phone_that_was_taken_out_is_not_there(gateway: AndroidGatewayStandIn) -> None:
    gateway.devices = [gateway.make_device(deletedAt="2026-11-20T10:30:00Z")]
    assert check(make_provider(gateway)).problem is Problem.NOT_FOUND


def test_a_card_that_is_not_in_the_phone_is_told(gateway: AndroidGatewayStandIn) -> None:
    gateway.devices = [gateway.make_device(simCards=[{"simNumber": 1, "slotIndex": 0}])]
    assert check(make_provider(gateway, sim_number="1")).problem is None
    found = check(make_provider(gateway, sim_number="2"))
    assert (found.problem, found.setting) == (Problem.SENDER, "sim_number")


def test_a_wrong_password_is_told(gateway: AndroidGatewayStandIn) -> None:
    found = check(make_provider(gateway, password="wrong"))
    assert (found.problem, found.setting) == (Problem.CREDENTIALS, "password")
    assert found.code == "401"


def test_something_else_at_the_address_is_told(gateway: AndroidGatewayStandIn) -> None:
    found = check(make_provider(gateway, base_url=gateway.url + "/api"))
    assert (found.problem, found.setting) == (Problem.ANSWER, "base_url")


def test_nobody_at_the_address_is_told(gateway: AndroidGatewayStandIn) -> None:
    found = check(make_provider(gateway, base_url="http://127.0.0.1:1"))
    assert (found.problem, found.setting) == (Problem.UNREACHABLE, "base_url")
