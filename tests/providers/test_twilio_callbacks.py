"""Twilio's callbacks: whose they are, checked against Twilio's own package, and what they say."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator, get_signature_algorithm

from providers.callbacks import Callback, Inbound, InboundMedia, Keyword, Receipt
from providers.errors import ErrorKind, UnreadableError
from providers.twilio import Twilio
from providers.twilio_errors import KINDS
from rules.message_states import Status
from tests.providers.outgoing import ATTEMPT
from tests.providers.test_twilio import CLASSES
from tests.shared_folder import Vector, vectors
from tests.stand_ins.sms import Call, Sent
from tests.stand_ins.twilio import NUMBER, TwilioStandIn

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://shop.example/webhooks/abc/"
TOKEN = "12345"
ZOE = "+34600111222"
SETTINGS = {
    "account_sid": "AC" + "a" * 32,
    "auth_token": TOKEN,
    "from_number": NUMBER,
}
TWILIO = Twilio(SETTINGS)
STAND_IN = TwilioStandIn()


def callback_of(call: Call, **changes: Any) -> Callback:
    headers = {name.lower(): value for name, value in call.headers.items()}
    made = {"method": call.method, "url": call.url, "headers": headers, "body": call.body}
    return Callback(**{**made, **changes})


def form_callback(form: Mapping[str, str], url: str = URL) -> Callback:
    return callback_of(STAND_IN.signed(form, url))


def sent(to: str = ZOE) -> Sent:
    form = {"To": to, "From": NUMBER}
    return Sent(id="SM" + "1" * 32, to=to, form=form, callback_url=f"{URL}?ref={ATTEMPT}")


def read_one(callback: Callback) -> Any:
    assert TWILIO.is_genuine(callback, NOW)
    (event,) = TWILIO.read(callback, NOW)
    return event


# What it says


def test_a_delivery_is_told_with_our_own_reference() -> None:
    assert read_one(callback_of(STAND_IN.receipt_call(sent(), "delivered"))) == Receipt(
        provider_message_id="SM" + "1" * 32,
        status=Status.DELIVERED,
        at=NOW,
        reference=ATTEMPT,
        recipient=ZOE,
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", Status.SENT),
        ("sending", Status.SENT),
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("read", Status.READ),
        ("undelivered", Status.FAILED),
        ("failed", Status.FAILED),
        ("canceled", Status.FAILED),
    ],
)
def test_a_status_word_has_its_status(word: str, status: Status) -> None:
    assert read_one(callback_of(STAND_IN.receipt_call(sent(), word))).status is status


def test_a_failure_says_why() -> None:
    receipt = read_one(callback_of(STAND_IN.receipt_call(sent(), "undelivered", code=30006)))
    assert (receipt.kind, receipt.code) == (ErrorKind.PERMANENT_RECIPIENT, "30006")


def test_a_word_nobody_knows_is_no_news() -> None:
    callback = callback_of(STAND_IN.receipt_call(sent(), "teleported"))
    assert TWILIO.is_genuine(callback, NOW)
    assert TWILIO.read(callback, NOW) == []


def test_a_status_may_come_as_a_get() -> None:
    query = urlencode({"MessageSid": "SM1", "MessageStatus": "sent", "To": ZOE, "From": NUMBER})
    url = f"{URL}?ref={ATTEMPT}&{query}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    callback = Callback(method="GET", url=url, headers={"x-twilio-signature": signature}, body=b"")
    receipt = read_one(callback)
    assert (receipt.status, receipt.reference) == (Status.SENT, ATTEMPT)


def test_an_sms_from_a_customer_is_read() -> None:
    inbound = read_one(callback_of(STAND_IN.reply(ZOE, "See you at 5 😀", url=URL)))
    assert inbound == Inbound(
        provider_message_id=inbound.provider_message_id,
        sender=ZOE,
        at=NOW,
        text="See you at 5 😀",
        to=NUMBER,
    )


def test_a_whatsapp_message_says_who_wrote_and_what_it_answers() -> None:
    call = STAND_IN.reply(
        f"whatsapp:{ZOE}",
        "Yes please",
        url=URL,
        ProfileName="Zoë",
        WaId="34600111222",
        ExternalUserId="ES.1234",
        OriginalRepliedMessageSid="SM" + "2" * 32,
    )
    inbound = read_one(callback_of(call))
    assert (inbound.sender, inbound.to) == (ZOE, NUMBER)
    assert (inbound.sender_name, inbound.sender_id) == ("Zoë", "ES.1234")
    assert inbound.answers == "SM" + "2" * 32


def test_somebody_without_a_number_is_known_by_their_id() -> None:
    inbound = read_one(callback_of(STAND_IN.reply("whatsapp:ES.1234", "Hi", url=URL)))
    assert (inbound.sender, inbound.sender_id) == ("", "ES.1234")


def test_a_button_that_was_pressed_is_its_words() -> None:
    call = STAND_IN.reply(f"whatsapp:{ZOE}", "", url=URL, ButtonText="Confirm", ButtonPayload="c")
    inbound = read_one(callback_of(call))
    assert (inbound.kind, inbound.text) == ("button", "Confirm")


def test_a_place_is_told_in_words() -> None:
    place = {"Latitude": "40.4", "Longitude": "-3.7", "Label": "Salon", "Address": "Gran Vía 1"}
    inbound = read_one(callback_of(STAND_IN.reply(f"whatsapp:{ZOE}", "", url=URL, **place)))
    assert (inbound.kind, inbound.text) == ("location", "Salon, Gran Vía 1")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("video/mp4", "video"),
        ("audio/ogg", "audio"),
        ("application/pdf", "document"),
        ("text/vcard", "contacts"),
    ],
)
def test_files_come_with_their_addresses(content_type: str, kind: str) -> None:
    url = STAND_IN.media_url("ME1")
    files = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": content_type}
    inbound = read_one(callback_of(STAND_IN.reply(ZOE, "Look", url=URL, **files)))
    assert inbound.media == (InboundMedia(reference=url, content_type=content_type),)
    assert (inbound.kind, inbound.text) == (kind, "Look")


def test_a_sticker_is_called_one() -> None:
    call = STAND_IN.reply(f"whatsapp:{ZOE}", "", url=URL, MessageType="sticker")
    assert read_one(callback_of(call)).kind == "sticker"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageSid": "SM1"},
        {"MessageStatus": "sent"},
        {"CallSid": "CA1", "From": ZOE},
    ],
)
def test_what_twilio_would_not_say_cannot_be_read(form: dict[str, str]) -> None:
    with pytest.raises(UnreadableError):
        TWILIO.read(form_callback(form), NOW)


def test_twilio_asks_no_question() -> None:
    assert TWILIO.challenge(form_callback({})) is None


# Whose it is


def test_a_changed_body_is_not_genuine() -> None:
    call = STAND_IN.receipt_call(sent(), "failed", code=30003)
    assert not TWILIO.is_genuine(callback_of(call, body=call.body + b"&Extra=1"), NOW)


def test_another_reference_is_not_genuine() -> None:
    call = STAND_IN.receipt_call(sent(), "delivered")
    assert not TWILIO.is_genuine(callback_of(call, url=f"{URL}?ref=another"), NOW)


@pytest.mark.parametrize("headers", [{}, {"x-twilio-signature": ""}, {"x-twilio-signature": "é"}])
def test_an_unsigned_request_is_not_genuine(headers: dict[str, str]) -> None:
    callback = callback_of(STAND_IN.receipt_call(sent(), "delivered"), headers=headers)
    assert not TWILIO.is_genuine(callback, NOW)


def test_a_signed_address_does_not_vouch_for_a_body_that_is_no_form() -> None:
    signature = RequestValidator(TOKEN).compute_signature(URL, {})
    headers = {"x-twilio-signature": signature, "content-type": "application/json"}
    assert TWILIO.is_genuine(Callback(method="POST", url=URL, headers=headers, body=b""), NOW)
    assert not TWILIO.is_genuine(Callback(method="POST", url=URL, headers=headers, body=b"{}"), NOW)


@pytest.mark.parametrize(
    ("signed_url", "url"),
    [
        ("https://shop.example/w/", "https://shop.example:443/w/"),
        ("https://shop.example:443/w/", "https://shop.example/w/"),
        ("http://shop.example:80/w/", "http://shop.example/w/"),
        ("https://shop.example/w/", "https://shop.example:8443/w/"),
    ],
)
def test_twilio_may_sign_with_the_port_or_without(signed_url: str, url: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "From": NUMBER}
    signature = RequestValidator(TOKEN).compute_signature(signed_url, form)
    assert RequestValidator(TOKEN).validate(url, form, signature)
    callback = callback_of(STAND_IN.signed(form, signed_url), url=url)
    assert TWILIO.is_genuine(callback, NOW)


def test_a_shared_key_signs_with_its_own_secret() -> None:
    provider = Twilio(SETTINGS | {"shared_key_secret": "shared"})
    told = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "From": NUMBER}
    for secret, genuine in (("shared", True), (TOKEN, False)):
        signature = RequestValidator(secret).compute_signature(URL, form, "HMAC_SHA256")
        callback = form_callback(form)
        headers = dict(callback.headers) | {"x-twilio-signature": signature}
        headers["x-twilio-webhooks-signature-settings"] = told
        signed = Callback(method="POST", url=URL, headers=headers, body=callback.body)
        assert provider.is_genuine(signed, NOW) is genuine
    assert provider.is_genuine(form_callback(form), NOW)


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
fields = st.lists(st.tuples(names, names), max_size=6)
addresses = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["shop.example", "127.0.0.1", "x"]),
    st.sampled_from(["", ":443", ":80", ":8443"]),
    st.sampled_from(["", "webhooks/a/", "a%20b;c"]),
    st.sampled_from(["", "?ref=1", "?a=%C3%A9&b=+", "?", "#x"]),
)
settings_headers = st.sampled_from(
    ["", "key=k,algorithm=HMAC_SHA256", "algorithm=hmac_sha1", "key=k", "algorithm=MD5", "a,=,b"]
)


@given(
    fields=fields, url=addresses, signed_url=addresses, same=st.booleans(), told=settings_headers
)
def test_a_form_is_judged_as_twilios_own_package_judges_it(
    fields: list[tuple[str, str]], url: str, signed_url: str, same: bool, told: str
) -> None:
    body = urlencode(fields).encode()
    params = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
    validator, algorithm = RequestValidator(TOKEN), get_signature_algorithm(told)
    signing = algorithm if "SHA" in algorithm.upper() else "HMAC_SHA1"
    signature = validator.compute_signature(url if same else signed_url, params, signing)
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": signature,
        "x-twilio-webhooks-signature-settings": told,
    }
    callback = Callback(method="POST", url=url, headers=headers, body=body)
    expected = validator.validate(url, params, signature, algorithm)
    assert TWILIO.is_genuine(callback, NOW) is expected


@given(body=names.filter(bool), other=names, url=addresses, same=st.booleans())
def test_a_hashed_body_is_judged_as_twilios_own_package_judges_it(
    body: str, other: str, url: str, same: bool
) -> None:
    hashed = hashlib.sha256((body if same else other).encode()).hexdigest()
    url = f"{url.partition('#')[0]}{'&' if '?' in url else '?'}bodySHA256={hashed}"
    validator = RequestValidator(TOKEN)
    signature = validator.compute_signature(url, {})
    headers = {"content-type": "application/json", "x-twilio-signature": signature}
    callback = Callback(method="POST", url=url, headers=headers, body=body.encode())
    assert TWILIO.is_genuine(callback, NOW) is validator.validate(url, body, signature)


@given(
    method=st.sampled_from(["GET", "POST"]),
    url=st.text(max_size=60) | addresses | st.just("https://x:99999/") | st.just("https://[x/"),
    headers=st.dictionaries(
        st.sampled_from(
            ["content-type", "x-twilio-signature", "x-twilio-webhooks-signature-settings"]
        ),
        st.text(max_size=30)
        | st.sampled_from(["application/x-www-form-urlencoded", "algorithm=HMAC_SHA256"]),
    ),
    body=st.binary(max_size=200)
    | st.builds(
        lambda pairs: urlencode(pairs).encode(),
        st.lists(
            st.tuples(
                st.sampled_from(["MessageSid", "MessageStatus", "From", "To", "MediaUrl0", "Body"]),
                names | st.sampled_from(["received", "failed", "sent"]),
            )
        ),
    ),
)
def test_whatever_comes_is_judged_and_read_or_refused(
    method: str, url: str, headers: dict[str, str], body: bytes
) -> None:
    callback = Callback(method=method, url=url, headers=headers, body=body)
    assert TWILIO.is_genuine(callback, NOW) in {True, False}
    try:
        events = TWILIO.read(callback, NOW)
    except UnreadableError:
        return
    assert all(isinstance(event, Receipt | Inbound) for event in events)


def test_a_form_without_end_is_refused() -> None:
    callback = callback_of(STAND_IN.signed({}, URL), body=b"a=1&" * 200_000)
    assert not TWILIO.is_genuine(callback, NOW)
    with pytest.raises(UnreadableError):
        TWILIO.read(callback, NOW)


# Vectors


@pytest.mark.parametrize("vector", vectors("twilio", "status_error_*"))
def test_a_failure_means_what_the_vector_says(vector: Vector) -> None:
    form = vector.content["form"]
    receipt = read_one(form_callback(form))
    assert receipt.status is Status.FAILED
    assert receipt.provider_message_id == form["MessageSid"]
    assert receipt.code == form["ErrorCode"]
    assert receipt.kind is CLASSES[vector.content["class"]] is KINDS[form["ErrorCode"]]


@pytest.mark.parametrize("vector", vectors("twilio", "inbound_keyword_*"))
def test_a_keyword_is_what_twilio_took_it_for(vector: Vector) -> None:
    form = vector.content["form"]
    inbound = read_one(form_callback(form))
    assert inbound.keyword is Keyword(vector.content["expect"])
    assert (inbound.sender, inbound.text) == (form["From"], form["Body"])


@pytest.mark.parametrize("vector", vectors("twilio", "signature_*"))
def test_a_signature_of_the_vector_is_genuine(vector: Vector) -> None:
    told = vector.content
    body = told.get("raw_body", urlencode(told["params"])).encode()
    is_form = "raw_body" not in told
    headers = {
        "content-type": "application/x-www-form-urlencoded" if is_form else "application/json",
        "x-twilio-signature": told["expected"],
    }
    provider = Twilio(SETTINGS | {"auth_token": told["auth_token"]})
    callback = Callback(method="POST", url=told["url"], headers=headers, body=body)
    assert provider.is_genuine(callback, NOW)
    worse = Callback(method="POST", url=told["url"], headers=headers, body=body + b" ")
    assert not provider.is_genuine(worse, NOW)
