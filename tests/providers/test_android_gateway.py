import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.accounts import Check, Problem
from providers.android_gateway import AndroidGateway
from providers.android_gateway_errors import failure, not_taken
from providers.base import Accepted, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.errors import ErrorKind, SettingsError
from providers.http import Answer
from rules.message_states import Status
from rules.reasons import Reason
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.shared_folder import Vector, vectors
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


def body_of(gateway: AndroidGatewayStandIn) -> Any:
    return json.loads(gateway.requests[-1].body)


def test_the_request_is_exactly_this(gateway: AndroidGatewayStandIn) -> None:
    outcome = send(make_provider(gateway))
    assert outcome == Accepted(provider_message_id=ATTEMPT, status=Status.SENT)
    request = gateway.requests[-1]
    assert (request.method, request.path, request.query) == ("POST", "/3rdparty/v1/messages", {})
    assert request.headers["content-type"] == "application/json"
    assert body_of(gateway) == {
        "id": ATTEMPT,
        "deviceId": gateway.device_id,
        "textMessage": {"text": "Hi Zoë, your table is ready"},
        "phoneNumbers": [TO],
        "withDeliveryReport": True,
    }
    assert gateway.taken == {TO: ["Hi Zoë, your table is ready"]}


def test_a_limit_and_a_card_go_along(gateway: AndroidGatewayStandIn) -> None:
    send_by = datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    provider = make_provider(gateway, sim_number="2")
    send(provider, make_outgoing(send_by=send_by.astimezone()))
    assert body_of(gateway)["validUntil"] == "2027-01-02T03:04:05Z"
    assert body_of(gateway)["simNumber"] == 2


def test_the_phone_itself_is_asked_at_its_own_address(gateway: AndroidGatewayStandIn) -> None:
    assert isinstance(send(local(gateway)), Accepted)
    assert gateway.requests[-1].path == "/messages"
    assert "deviceId" not in body_of(gateway)


def test_the_same_attempt_is_sent_once(gateway: AndroidGatewayStandIn) -> None:
    for provider in (make_provider(gateway), local(gateway)):
        gateway.kept.clear()
        gateway.taken.clear()
        first, again = send(provider), send(provider)
        assert first == again == Accepted(provider_message_id=ATTEMPT)
        assert len(gateway.taken[TO]) == 1


ANSWERS: Mapping[str, ErrorKind] = {
    "400": ErrorKind.PERMANENT_RECIPIENT,
    "400:failed to select device: record not found": ErrorKind.CONFIGURATION,
    "400:Invalid device ID": ErrorKind.CONFIGURATION,
    "400:simNumber must be >= 1": ErrorKind.CONFIGURATION,
    "400:message already expired": ErrorKind.EXPIRED,
    "400:Text message is empty": ErrorKind.CONTENT,
    "400:qwerty": ErrorKind.UNKNOWN,
    "401": ErrorKind.ACCOUNT,
    "403": ErrorKind.ACCOUNT,
    "404": ErrorKind.CONFIGURATION,
    "301": ErrorKind.CONFIGURATION,
    "413": ErrorKind.CONTENT,
    "418": ErrorKind.UNKNOWN,
}


@pytest.mark.parametrize(("step", "kind"), ANSWERS.items())
def test_a_refusal_says_of_what_kind_it_is(
    gateway: AndroidGatewayStandIn, step: str, kind: ErrorKind
) -> None:
    gateway.script = {TO: [f"answer:{step}"]}
    outcome = send(make_provider(gateway))
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (kind, step[:3])
    assert outcome.reason
    assert not gateway.taken


@pytest.mark.parametrize("status", [429, 503])
def test_a_full_queue_sent_nothing_and_holds_the_account(
    gateway: AndroidGatewayStandIn, status: int
) -> None:
    gateway.script = {TO: [f"answer:{status}", "accept"]}
    outcome = send(make_provider(gateway))
    assert isinstance(outcome, NotSent)
    assert outcome.holds_account
    assert isinstance(send(make_provider(gateway)), Accepted)


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        ("answer:500", Reason.PROVIDER_ERROR),
        ("answer:502", Reason.PROVIDER_ERROR),
        ("answer:504", Reason.PROVIDER_ERROR),
        ("garbage", Reason.PROVIDER_ERROR),
        ("lost", Reason.CONNECTION_LOST),
        ("half", Reason.CONNECTION_LOST),
        ("drop", Reason.CONNECTION_LOST),
    ],
)
def test_what_may_have_gone_is_uncertain(
    gateway: AndroidGatewayStandIn, step: str, cause: Reason
) -> None:
    gateway.script = {TO: [step]}
    outcome = send(make_provider(gateway))
    assert isinstance(outcome, Uncertain)
    assert outcome.cause is cause


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


# --- settings ---


def test_a_server_has_to_be_told_the_device(gateway: AndroidGatewayStandIn) -> None:
    with pytest.raises(SettingsError) as wrong:
        make_provider(gateway, device_id=" ")
    assert wrong.value.setting == "device_id"


@pytest.mark.parametrize(
    ("name", "value"), [("sim_number", "9"), ("mode", "cloud"), ("base_url", "phone")]
)
def test_a_setting_that_cannot_be_is_named(
    gateway: AndroidGatewayStandIn, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as wrong:
        make_provider(gateway, **{name: value})
    assert wrong.value.setting == name


# --- against what the gateway was seen to say ---


@pytest.mark.parametrize("vector", vectors("android-sms-gateway", "send_bad_phone"))
def test_a_recorded_refusal_means_what_it_says(vector: Vector) -> None:
    body = json.dumps(vector.content["response"]).encode()
    assert not_taken(Answer(status=400, headers={}, body=body)) == Refused(
        code="400",
        reason="failed to use phone in row 1: invalid phone number",
        kind=ErrorKind.PERMANENT_RECIPIENT,
    )


@pytest.mark.parametrize("vector", vectors("android-sms-gateway", "send_conflict"))
def test_a_recorded_conflict_says_that_it_was_taken(
    vector: Vector, gateway: AndroidGatewayStandIn
) -> None:
    gateway.script = {TO: [f"answer:409:{vector.content['response']['message']}"]}
    assert send(make_provider(gateway)) == Accepted(provider_message_id=ATTEMPT)


@pytest.mark.parametrize("vector", vectors("android-sms-gateway", "send_*"))
def test_our_request_is_the_recorded_one(vector: Vector, gateway: AndroidGatewayStandIn) -> None:
    wanted = dict(vector.content["request"])
    provider = make_provider(gateway, device_id=wanted["deviceId"])
    send(
        provider,
        make_outgoing(
            attempt_id=wanted["id"],
            to=wanted["phoneNumbers"][0],
            text=wanted["textMessage"]["text"],
        ),
    )
    wanted.pop("ttl")  # ours is a moment: a repeated request has the same one
    assert body_of(gateway) == wanted


@pytest.mark.parametrize(
    ("reason", "kind", "code"),
    [
        ("Send result: RESULT_ERROR_LIMIT_EXCEEDED (Failed because …)", "rate", None),
        ("RESULT_ERROR_GENERIC_FAILURE", "unknown", None),
        ("Send result: RESULT_RIL_SIM_ABSENT (…)", "configuration", None),
        ("Send result: RESULT_FROM_TOMORROW", "unknown", "RESULT_FROM_TOMORROW"),
        ("Delivery result from SC +34609090909: 70", "expired", "70"),
        ("Delivery result from SC +34609090909: 69", "permanent_recipient", "69"),
        ("Delivery result from SC null: 99", "unknown", "99"),
        ("TTL expired", "expired", ""),
        ("Can't send message: No SIMs found", "configuration", ""),
        ("Can't send message: SIM 2 not found", "configuration", ""),
        ("Can't send message: Invalid phone number", "permanent_recipient", ""),
        ("", "unknown", ""),
    ],
)
def test_the_phones_reason_is_of_a_kind(reason: str, kind: str, code: str | None) -> None:
    found, named = failure(reason)
    assert found == ErrorKind(kind)
    assert named in reason if code is None else named == code
