"""Vonage's callbacks: whose they are, and what they say."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.warnings import InsecureKeyLengthWarning

from providers.callbacks import Callback, Inbound, Receipt
from providers.errors import ErrorKind, UnreadableError
from providers.vonage import Vonage
from providers.vonage_signatures import METHODS
from rules.message_states import Status
from tests.providers.outgoing import ATTEMPT
from tests.shared_folder import Vector, vectors
from tests.stand_ins.sms import FORM, Call, Sent
from tests.stand_ins.vonage import VonageStandIn

URL = "https://shop.example/webhooks/abc/"
ZOE = "+34600111222"
FORMS = ("get", "form", "json", "jwt")
SETTINGS = VonageStandIn().settings | {"base_url": ""}
VONAGE = Vonage(SETTINGS)
SECRET = SETTINGS["signature_secret"]


def stand_in(form: str = "form") -> VonageStandIn:
    return VonageStandIn(callback_form=form)


def sent(reference: str = ATTEMPT) -> Sent:
    form = {"to": "34600111222", "from": "447700900000", "client-ref": reference}
    return Sent(id="0A1", to=ZOE, form=form, callback_url=URL)


def callback_of(call: Call, **changes: Any) -> Callback:
    headers = {name.lower(): value for name, value in call.headers.items()}
    made = {"method": call.method, "url": call.url, "headers": headers, "body": call.body}
    return Callback(**{**made, **changes})


def now() -> datetime:
    return datetime.now(UTC)


def read_one(callback: Callback) -> Any:
    assert VONAGE.is_genuine(callback, now())
    (event,) = VONAGE.read(callback, now())
    return event


# What it says


@pytest.mark.parametrize("form", FORMS)
def test_a_delivery_is_told_with_our_own_reference(form: str) -> None:
    receipt = read_one(callback_of(stand_in(form).receipt_call(sent(), "delivered")))

    assert (receipt.status, receipt.reference) == (Status.DELIVERED, ATTEMPT)
    assert (receipt.provider_message_id, receipt.recipient) == ("0A1", ZOE)
    assert now() - receipt.at < timedelta(minutes=1)


@pytest.mark.parametrize("form", FORMS)
def test_a_message_from_a_customer_is_read(form: str) -> None:
    inbound = read_one(callback_of(stand_in(form).reply(ZOE, "¡Sí! & mañana = 5 😀", url=URL)))

    assert inbound == Inbound(
        provider_message_id=inbound.provider_message_id,
        sender=ZOE,
        at=inbound.at,
        text="¡Sí! & mañana = 5 😀",
        to="+447700900000",
    )


def test_a_first_word_opts_nobody_out() -> None:
    inbound = read_one(callback_of(stand_in().reply(ZOE, "Stop by at five?", url=URL)))
    assert inbound.keyword is None


def test_each_part_of_a_long_message_is_read_by_itself() -> None:
    parts = {"concat": "true", "concat-ref": "1", "concat-total": "3", "concat-part": "2"}
    inbound = read_one(callback_of(stand_in().reply(ZOE, "and then", url=URL, **parts)))
    assert inbound.text == "and then"


def test_what_is_not_text_is_told_as_something_else() -> None:
    inbound = read_one(callback_of(stand_in().reply(ZOE, "", url=URL, type="binary", data="00")))
    assert (inbound.kind, inbound.text) == ("other", "")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", Status.SENT),
        ("buffered", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("expired", Status.FAILED),
        ("failed", Status.FAILED),
        ("rejected", Status.FAILED),
    ],
)
def test_a_status_word_has_its_status(word: str, status: Status) -> None:
    assert read_one(callback_of(stand_in().receipt_call(sent(), word))).status is status


@pytest.mark.parametrize("word", ["unknown", "unexpected"])
def test_a_word_that_proves_nothing_is_no_news(word: str) -> None:
    assert VONAGE.read(callback_of(stand_in().receipt_call(sent(), word)), now()) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, ErrorKind.UNKNOWN),
        (2, ErrorKind.TRANSIENT),
        (3, ErrorKind.PERMANENT_RECIPIENT),
        (6, ErrorKind.CONTENT),
        (9, ErrorKind.OPT_OUT),
        (99, ErrorKind.UNKNOWN),
    ],
)
def test_a_failure_says_why(code: int, kind: ErrorKind) -> None:
    receipt = read_one(callback_of(stand_in().receipt_call(sent(), "failed", code=code)))
    assert (receipt.kind, receipt.code) == (kind, str(code))


def test_one_part_that_has_arrived_is_not_the_whole_message() -> None:
    one, other = f"{ATTEMPT}/2", f"{ATTEMPT}/2"
    arrived = read_one(callback_of(stand_in().receipt_call(sent(one), "delivered")))
    lost = read_one(callback_of(stand_in().receipt_call(sent(other), "failed", code=8)))
    assert (arrived.status, arrived.reference) == (Status.SENT, ATTEMPT)
    assert (lost.status, lost.reference) == (Status.FAILED, ATTEMPT)


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2020-01-01 12:00:00", datetime(2020, 1, 1, 12, tzinfo=UTC)),
        ("2020-01-01 12:00:00 +0200", datetime(2020, 1, 1, 10, tzinfo=UTC)),
        ("2020-01-01T12:00:00.000Z", datetime(2020, 1, 1, 12, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_its_clock_is_vonages_where_that_can_be_read(told: str, at: datetime) -> None:
    call = stand_in().reply(ZOE, "Hi", url=URL, **{"message-timestamp": told})
    (inbound,) = VONAGE.read(callback_of(call), datetime(2026, 11, 22, tzinfo=UTC))
    assert isinstance(inbound, Inbound)
    assert inbound.at == at


@pytest.mark.parametrize(
    "form", [{}, {"messageId": "1"}, {"status": "delivered"}, {"msisdn": "1", "text": "Hi"}]
)
def test_what_vonage_would_not_say_cannot_be_read(form: dict[str, str]) -> None:
    with pytest.raises(UnreadableError):
        VONAGE.read(unsigned(form), now())


def test_vonage_asks_no_question() -> None:
    assert VONAGE.challenge(unsigned({})) is None


# Whose it is


def unsigned(form: Mapping[str, str], method: str = "POST") -> Callback:
    if method == "GET":
        return Callback(method="GET", url=f"{URL}?{urlencode(form)}", headers={}, body=b"")
    headers = {"content-type": FORM}
    return Callback(method="POST", url=URL, headers=headers, body=urlencode(form).encode())


@pytest.mark.parametrize("form", FORMS)
def test_an_account_without_a_signature_secret_believes_nothing(form: str) -> None:
    callback = callback_of(stand_in(form).receipt_call(sent(), "delivered"))
    assert VONAGE.is_genuine(callback, now())
    assert not Vonage(SETTINGS | {"signature_secret": ""}).is_genuine(callback, now())
    assert not Vonage(SETTINGS | {"signature_secret": "another"}).is_genuine(callback, now())


@pytest.mark.parametrize("form", ["get", "form", "json"])
def test_nobody_signs_with_a_secret_that_is_not_there(form: str) -> None:
    call = VonageStandIn(callback_form=form, signature_secret="").receipt_call(sent(), "delivered")
    provider = Vonage(SETTINGS | {"signature_secret": ""})
    assert not provider.is_genuine(callback_of(call), now())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unsigned_request_is_not_genuine(method: str) -> None:
    assert not VONAGE.is_genuine(unsigned({"messageId": "1", "status": "failed"}, method), now())


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_request_is_not_genuine(form: str) -> None:
    call = stand_in(form).receipt_call(sent(), "delivered")
    changed = callback_of(
        call,
        url=call.url.replace("delivered", "failed"),
        body=call.body.replace(b"delivered", b"failed"),
    )
    assert not VONAGE.is_genuine(changed, now())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("later", "genuine"),
    [
        (timedelta(hours=24), True),
        (timedelta(hours=26), False),
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-6), False),
    ],
    ids=str,
)
def test_what_is_old_is_not_believed(form: str, later: timedelta, genuine: bool) -> None:
    callback = callback_of(stand_in(form).receipt_call(sent(), "delivered"))
    assert VONAGE.is_genuine(callback, now() + later) is genuine


def test_a_token_vouches_for_no_query() -> None:
    """It would vouch for any: nothing in it is of the address."""
    call = stand_in("jwt").receipt_call(sent(), "delivered")
    url = f"{URL}?messageId=1&status=failed"
    assert not VONAGE.is_genuine(callback_of(call, method="GET", url=url), now())
    assert not VONAGE.is_genuine(callback_of(call, method="GET", url=url, body=b""), now())


def token(claims: Mapping[str, Any], *, algorithm: str = "HS256", secret: str = SECRET) -> str:
    return jwt.encode(dict(claims), secret, algorithm=algorithm)


def test_a_token_that_is_not_as_vonages_is_not_believed() -> None:
    body = b"{}"
    good = {"iat": int(now().timestamp()), "payload_hash": hashlib.sha256(body).hexdigest()}
    tokens = {
        token(good): True,
        token(good | {"exp": good["iat"] + 60}): True,
        token(good | {"exp": good["iat"] - 3600}): False,
        token({"iat": good["iat"]}): False,
        token({"payload_hash": good["payload_hash"]}): False,
        token(good | {"payload_hash": hashlib.sha256(b"").hexdigest()}): False,
        token(good, algorithm="HS384", secret=SECRET * 2): False,
        token(good, algorithm="none", secret=""): False,
        token(good)[:-3]: False,
        "": False,
        "é.é.é": False,
    }
    for one, genuine in tokens.items():
        headers = {"authorization": f"Bearer {one}", "content-type": "application/json"}
        callback = Callback(method="POST", url=URL, headers=headers, body=body)
        assert VONAGE.is_genuine(callback, now()) is genuine, one


def test_the_way_of_signing_is_the_accounts_own() -> None:
    """The second is the example of Vonage's own libraries."""
    form = {"a": "1", "b": "2", "timestamp": "1461605396"}
    at = datetime.fromtimestamp(1461605396, UTC)
    plain = b"&a=1&b=2&timestamp=1461605396"
    assert METHODS["md5hash"](b"secret", plain) == "6af838ef94998832dbfc29020b564830"
    for method, digest in METHODS.items():
        provider = Vonage(SETTINGS | {"signature_secret": "secret", "signature_method": method})
        for other, signing in METHODS.items():
            callback = unsigned(form | {"sig": signing(b"secret", plain)})
            assert provider.is_genuine(callback, at) is (other == method)
        assert provider.is_genuine(unsigned(form | {"sig": digest(b"secret", plain).upper()}), at)


def test_a_sig_without_its_moment_is_not_believed() -> None:
    callback = unsigned({"a": "1", "sig": METHODS["sha256"](SECRET.encode(), b"&a=1")})
    assert not VONAGE.is_genuine(callback, now())


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["messageId", "message_uuid", "status", "msisdn", "from", "to", "text", "client-ref"]
) | st.sampled_from(["err-code", "message-timestamp", "timestamp", "sig", "type"])
forms = st.dictionaries(names, words | st.sampled_from(["failed", "delivered", "34600111222"]))
segments = words.map(lambda word: base64.urlsafe_b64encode(word.encode()).decode().rstrip("="))


@given(
    method=st.sampled_from(["GET", "POST"]),
    url=st.text(max_size=60) | forms.map(lambda form: f"{URL}?{urlencode(form)}"),
    authorization=words
    | st.builds("Bearer {}.{}.{}".format, segments, segments, segments)
    | st.dictionaries(st.sampled_from(["iat", "exp", "payload_hash"]), anything).map(
        lambda claims: "Bearer " + token({key: v for key, v in claims.items() if key == "exp"})
    ),
    content_type=st.sampled_from(["", FORM, "application/json", "text/plain"]),
    body=st.binary(max_size=100)
    | forms.map(lambda form: urlencode(form).encode())
    | anything.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(names, anything).map(lambda form: json.dumps(form).encode()),
)
def test_whatever_comes_is_judged_and_read_or_refused(
    method: str, url: str, authorization: str, content_type: str, body: bytes
) -> None:
    headers = {"authorization": authorization, "content-type": content_type}
    callback = Callback(method=method, url=url, headers=headers, body=body)
    assert VONAGE.is_genuine(callback, now()) is False
    try:
        events = VONAGE.read(callback, now())
    except UnreadableError:
        return
    assert all(isinstance(event, Receipt | Inbound) for event in events)


# Vectors

EXPECTED: Mapping[str, Mapping[str, Any]] = {
    "sent": {"status": Status.SENT},
    "delivered": {"status": Status.DELIVERED},
    "failed/expired": {"status": Status.FAILED, "kind": ErrorKind.EXPIRED},
    "failed (anti-spam)": {"status": Status.FAILED, "kind": ErrorKind.CONTENT, "code": "6"},
    'inbound "Join"': {"sender": "+2349067554729", "text": "Join"},
    "alphanumeric sender: store, cannot reply": {"sender": "", "sender_id": "MTN", "text": "Join"},
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "vector", [*vectors("vonage", "sms_dlr_*"), *vectors("vonage", "sms_inbound_*")]
)
def test_a_callback_means_what_the_vector_says(vector: Vector, method: str) -> None:
    form, expect = vector.content["form"], vector.content["expect"]
    events = VONAGE.read(unsigned(form, method), now())
    if expect == "ignore, 200":
        assert events == []
        return
    (event,) = events
    told = {name: getattr(event, name) for name in EXPECTED[expect]}
    assert told == EXPECTED[expect]
    assert getattr(event, "provider_message_id", "") == form["messageId"]


@pytest.mark.parametrize("vector", vectors("vonage", "messages_status_jwt"))
def test_a_token_of_the_vector_is_genuine_while_it_is_fresh(vector: Vector) -> None:
    told = vector.content
    provider = Vonage(SETTINGS | {"signature_secret": told["signature_secret"]})
    with pytest.warns(InsecureKeyLengthWarning):
        claims = jwt.decode(
            told["authorization"].removeprefix("Bearer "),
            told["signature_secret"],
            algorithms=["HS256"],
            options={"verify_iat": False},
        )
    at = datetime.fromtimestamp(claims["iat"], UTC)
    headers = {"authorization": told["authorization"], "content-type": "application/json"}
    callback = Callback(method="POST", url=URL, headers=headers, body=told["raw_body"].encode())

    assert provider.is_genuine(callback, at + timedelta(minutes=1))
    assert not provider.is_genuine(callback, at + timedelta(days=2))
    worse = Callback(method="POST", url=URL, headers=headers, body=callback.body + b" ")
    assert not provider.is_genuine(worse, at)
    (receipt,) = provider.read(callback, at)
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.reference) == (Status.DELIVERED, "01JTESTMSG")
