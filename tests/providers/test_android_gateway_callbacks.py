import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.android_gateway import AndroidGateway
from providers.android_gateway_callbacks import Callbacks
from providers.callbacks import Callback, Event, Inbound, InboundMedia, Receipt
from providers.errors import ErrorKind, LookupFailedError, UnreadableError
from rules.message_states import Status
from tests.shared_folder import Vector, vectors
from tests.stand_ins.android_gateway import AndroidGatewayStandIn, event

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://shop.example/webhooks/a-token/"


def made(body: bytes, headers: Mapping[str, str], method: str = "POST") -> Callback:
    return Callback(method=method, url=URL, headers=headers, body=body)


def is_genuine(callback: Callback, *, key: str = "testkey", now: datetime = NOW) -> bool:
    return Callbacks(key).is_genuine(callback, now)


def signed(body: bytes, *, at: datetime = NOW) -> Callback:
    return made(body, AndroidGatewayStandIn().signed(body, at))


def read(name: str, payload: Mapping[str, Any], event_id: str = "an-event") -> list[Event]:
    return list(Callbacks("").read(made(event(name, payload, event_id), {}), NOW))


# --- who signed it ---


def test_what_the_phone_signed_is_genuine() -> None:
    assert is_genuine(signed(event("sms:sent", {"messageId": "1"})))


@pytest.mark.parametrize("late", [timedelta(minutes=4, seconds=59), -timedelta(minutes=4)])
def test_a_clock_may_be_a_little_off(late: timedelta) -> None:
    assert is_genuine(signed(b"{}", at=NOW - late))


@pytest.mark.parametrize("late", [timedelta(minutes=6), -timedelta(minutes=6), timedelta(days=9)])
def test_what_was_signed_long_ago_is_not_genuine(late: timedelta) -> None:
    assert not is_genuine(signed(b"{}", at=NOW - late))


def test_without_a_key_nothing_is_genuine() -> None:
    stand_in = AndroidGatewayStandIn(signing_key="")
    assert not is_genuine(made(b"{}", stand_in.signed(b"{}", NOW)), key="")


def test_another_key_or_another_body_is_not_genuine() -> None:
    right = signed(b'{"id": 1}')
    assert not is_genuine(right, key="another")
    assert not is_genuine(made(b'{"id": 2}', right.headers))
    assert not is_genuine(made(b'{"id": 1} ', right.headers))


def test_another_moment_or_a_get_is_not_genuine() -> None:
    right = signed(b"{}")
    later = {**right.headers, "x-timestamp": str(int(NOW.timestamp()) + 1)}
    assert not is_genuine(made(b"{}", later))
    assert not is_genuine(made(b"{}", right.headers, method="GET"))


@given(
    body=st.binary(),
    stamp=st.one_of(st.text(), st.just(str(int(NOW.timestamp())))),
    signature=st.text(),
    key=st.text(min_size=1).filter(lambda key: key.isprintable()),
)
def test_nothing_forged_is_genuine_or_breaks_anything(
    body: bytes, stamp: str, signature: str, key: str
) -> None:
    headers = {"x-timestamp": stamp, "x-signature": signature}
    assert not is_genuine(made(body, headers), key=key)
    assert not is_genuine(made(body, {}), key=key)


@pytest.mark.parametrize("vector", vectors("android-sms-gateway", "webhook_*"))
def test_a_recorded_callback_is_genuine_and_read(vector: Vector) -> None:
    said = vector.content
    headers = {name.lower(): value for name, value in said["headers"].items()}
    callback = made(said["raw_body"].encode(), headers)
    signed_at = datetime.fromtimestamp(int(headers["x-timestamp"]), UTC)
    assert is_genuine(callback, key=said["signing_key"], now=signed_at)
    assert not is_genuine(callback, key=said["signing_key"], now=NOW)
    [receipt] = Callbacks("").read(callback, NOW)
    assert isinstance(receipt, Receipt)
    status, _, kind = said["expect"].partition("; class ")
    assert receipt.status == Status(status)
    assert receipt.kind == (ErrorKind.RATE if kind == "rate_limit" else None)
    assert (receipt.provider_message_id, receipt.reference) == ("01JTESTMSG", "01JTESTMSG")
    assert receipt.recipient == "+34600111222"
    assert receipt.at.utcoffset() == timedelta(0)
    assert receipt.at.date().isoformat() == "2026-02-17"


# --- receipts ---


def test_a_message_was_delivered() -> None:
    assert read(
        "sms:delivered",
        {
            "messageId": "an-attempt",
            "sender": None,
            "recipient": "+34600111222",
            "deliveredAt": "2026-11-22T14:59:00.123+03:00",
        },
    ) == [
        Receipt(
            provider_message_id="an-attempt",
            reference="an-attempt",
            status=Status.DELIVERED,
            at=datetime(2026, 11, 22, 11, 59, 0, 123000, UTC),
            recipient="+34600111222",
        )
    ]


def test_a_message_failed_and_says_why() -> None:
    [receipt] = read("sms:failed", {"messageId": "1", "reason": "TTL expired"})
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.kind) == (Status.FAILED, ErrorKind.EXPIRED)
    assert (receipt.words, receipt.at) == ("TTL expired", NOW)


def test_a_message_that_was_cancelled_on_the_phone_failed() -> None:
    [receipt] = read("sms:cancelled", {"messageId": "1"})
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.kind) == (Status.FAILED, ErrorKind.UNKNOWN)
    assert receipt.words == "cancelled on the phone"


@pytest.mark.parametrize("name", ["sms:sent", "sms:delivered", "sms:failed", "sms:cancelled"])
def test_a_receipt_for_no_message_cannot_be_read(name: str) -> None:
    with pytest.raises(UnreadableError):
        read(name, {})


# --- what customers wrote ---


def test_a_reply_is_read() -> None:
    assert read(
        "sms:received",
        {
            "messageId": "not-unique",
            "message": "Yes, see you 👍",
            "phoneNumber": "+34 600 111 222",
            "recipient": "+34699000111",
            "simNumber": None,
            "receivedAt": "2026-11-22T13:00:00+01:00",
        },
    ) == [
        Inbound(
            provider_message_id="an-event",
            sender="+34600111222",
            at=NOW,
            text="Yes, see you 👍",
            to="+34699000111",
        )
    ]


@pytest.mark.parametrize(
    ("given_as", "sender", "sender_id"),
    [
        ("0034600111222", "+34600111222", ""),
        ("6505551212", "", "6505551212"),
        ("DHL", "", "DHL"),
        ("+1", "", "+1"),
        ("", "", ""),
    ],
)
def test_only_what_is_written_in_full_is_a_number(
    given_as: str, sender: str, sender_id: str
) -> None:
    [message] = read("sms:received", {"message": "Hi", "sender": given_as})
    assert isinstance(message, Inbound)
    assert (message.sender, message.sender_id) == (sender, sender_id)


@pytest.mark.parametrize(
    ("name", "payload", "kind", "text"),
    [
        ("sms:received", {"message": ""}, "text", ""),
        ("sms:data-received", {"data": "SGVsbG8="}, "other", ""),
        ("mms:received", {"subject": "A picture"}, "other", "A picture"),
        ("mms:downloaded", {"body": "Look"}, "text", "Look"),
        (
            "mms:downloaded",
            {"body": "Look", "attachments": [{"contentType": "image/jpeg", "size": 9}]},
            "image",
            "Look",
        ),
        ("mms:downloaded", {"attachments": [{"contentType": "text/x-vcard"}]}, "other", ""),
        ("mms:downloaded", {"attachments": "many"}, "other", ""),
    ],
)
def test_a_message_is_of_a_kind(name: str, payload: Any, kind: str, text: str) -> None:
    [message] = read(name, {"sender": "+34600111222", **payload})
    assert isinstance(message, Inbound)
    assert (message.kind, message.text) == (kind, text)


def test_each_message_of_a_batch_is_read_under_its_own_name() -> None:
    messages = [{"message": "One", "sender": "+34600111222"}, {"message": "Two"}, "three"]
    one, two = read("sms:batch:received", {"messages": messages})
    assert isinstance(one, Inbound)
    assert isinstance(two, Inbound)
    assert (one.provider_message_id, two.provider_message_id) == ("an-event.0", "an-event.1")
    assert (one.text, two.text) == ("One", "Two")


def test_a_message_without_an_event_cannot_be_read() -> None:
    with pytest.raises(UnreadableError):
        read("sms:received", {"message": "Hi"}, "")


@pytest.mark.parametrize("name", ["system:ping", "app:started", "sms:from-tomorrow", ""])
def test_what_concerns_no_message_tells_nothing(name: str) -> None:
    assert read(name, {"health": {"status": "pass"}}) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_event_cannot_be_read(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        Callbacks("").read(made(body, {}), NOW)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = (
    *("sms:sent", "sms:delivered", "sms:failed", "sms:cancelled", "sms:received"),
    *("sms:data-received", "mms:received", "mms:downloaded", "sms:batch:received", "system:ping"),
)
FIELDS = (
    *("messageId", "recipient", "phoneNumber", "sender", "message", "body", "subject"),
    *("receivedAt", "sentAt", "failedAt", "reason", "attachments", "messages"),
)


@given(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(FIELDS), ANYTHING), ANYTHING)
def test_whatever_comes_is_read_or_cannot_be(name: str, payload: Any, event_id: Any) -> None:
    body = json.dumps({"event": name, "payload": payload, "id": event_id}).encode()
    try:
        events = Callbacks("").read(made(body, {}), NOW)
    except UnreadableError:
        return
    for one in events:
        assert isinstance(one, Receipt | Inbound)
        assert one.at.tzinfo is not None


@given(st.binary())
def test_any_bytes_are_read_or_cannot_be(body: bytes) -> None:
    try:
        Callbacks("").read(made(body, {}), NOW)
    except UnreadableError:
        return


# --- as a provider ---


def make_provider() -> AndroidGateway:
    return AndroidGateway(
        {"username": "a", "password": "b", "device_id": "c", "signing_key": "testkey"}
    )


def test_the_provider_listens_without_a_connection() -> None:
    provider = make_provider()
    callback = signed(event("sms:sent", {"messageId": "1"}))
    assert provider.is_genuine(callback, NOW)
    assert len(provider.read(callback, NOW)) == 1
    assert provider.challenge(callback) is None


def test_a_picture_stays_on_the_phone() -> None:
    with pytest.raises(LookupFailedError):
        asyncio.run(make_provider().fetch(InboundMedia(reference="1"), at_most=1))
