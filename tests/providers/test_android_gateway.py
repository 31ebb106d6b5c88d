import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.accounts import Check, Problem
from providers.android_gateway import HEARD, AndroidGateway
from providers.android_gateway_errors import failure, not_taken
from providers.base import Accepted, NotSent, Refused, Uncertain
from providers.callbacks import Callback, Receipt
from providers.errors import ErrorKind, SettingsError
from providers.http import Answer
from rules.message_states import Status
from rules.reasons import Reason
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.providers.raw_server import answer, raw_server
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
    assert gateway.requests[-1].path == "/message"
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


@pytest.mark.parametrize("body", [b"<html>503 Service Unavailable</html>", b"", b"{}"])
def test_a_proxy_that_says_503_proves_nothing(body: bytes) -> None:
    """The gateway behind it may have taken it; sent anew it would have another id, and go twice."""
    told = Answer(status=503, headers={}, body=body)
    assert isinstance(not_taken(told), Uncertain)


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


def test_the_phone_tells_by_itself_what_became_of_it() -> None:
    """As its stand-in does for those that test the whole way."""
    heard: list[tuple[bytes, Mapping[str, str]]] = []

    async def hear(request: bytes, writer: asyncio.StreamWriter) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = (line.decode().partition(": ") for line in head.split(b"\r\n")[1:])
        heard.append((body, {name.lower(): value for name, _, value in lines}))
        writer.write(answer())

    async def once() -> AndroidGateway:
        async with raw_server(hear) as ours:
            stand_in = AndroidGatewayStandIn(
                webhook_url=f"{ours.url}/webhooks/x/", receipts=("sent", "delivered")
            )
            with serving(stand_in):
                async with make_provider(stand_in) as provider:
                    await provider.send(make_outgoing())
                while len(stand_in.answers) < 2:  # noqa: ASYNC110 - it runs in another thread
                    await asyncio.sleep(0.01)
                return provider

    provider = asyncio.run(once())
    now = datetime.now(UTC)
    statuses = []
    for body, headers in heard:
        callback = Callback(method="POST", url="https://shop.example/", headers=headers, body=body)
        assert provider.is_genuine(callback, now)
        statuses += [one.status for one in provider.read(callback, now) if isinstance(one, Receipt)]
    assert statuses == [Status.SENT, Status.DELIVERED]


def listen(provider: AndroidGateway, url: str = "https://shop.example/webhooks/a/") -> Check:
    async def asking() -> Check:
        async with provider:
            return await provider.listen(url)

    return asyncio.run(asking())


def test_it_is_told_once_for_each_event_and_again_without_harm(
    gateway: AndroidGatewayStandIn,
) -> None:
    for url in ("https://before.example/webhooks/a/", "https://shop.example/webhooks/a/"):
        assert listen(make_provider(gateway), url) == Check()
    assert {request.path for request in gateway.requests} == {"/3rdparty/v1/webhooks"}
    assert {hook["event"] for hook in gateway.webhooks.values()} == set(HEARD)
    assert gateway.webhooks["customer-manager-sms:received"] == {
        "id": "customer-manager-sms:received",
        "event": "sms:received",
        "url": "https://shop.example/webhooks/a/",
        "deviceId": gateway.device_id,
    }
    assert len(gateway.webhooks) == len(HEARD)
    assert all(len(number) <= 36 for number in gateway.webhooks)


def test_the_phone_itself_is_told_without_a_device(gateway: AndroidGatewayStandIn) -> None:
    assert listen(local(gateway)) == Check()
    assert {request.path for request in gateway.requests} == {"/webhooks"}
    assert not any("deviceId" in hook for hook in gateway.webhooks.values())


def test_without_a_signing_key_it_is_not_asked_to_call(gateway: AndroidGatewayStandIn) -> None:
    found = listen(make_provider(gateway, signing_key=""))
    assert (found.problem, found.setting) == (Problem.SETTING, "signing_key")
    assert not gateway.requests


def test_what_keeps_it_from_being_told_is_said(gateway: AndroidGatewayStandIn) -> None:
    wrong = listen(make_provider(gateway, password="another"))
    assert (wrong.problem, wrong.setting) == (Problem.CREDENTIALS, "password")
    insecure = listen(make_provider(gateway), "http://shop.example/webhooks/a/")
    assert (insecure.problem, insecure.code) == (Problem.ANSWER, "400")
    gone = listen(make_provider(gateway, base_url="http://127.0.0.1:9"))
    assert gone.problem is Problem.UNREACHABLE
