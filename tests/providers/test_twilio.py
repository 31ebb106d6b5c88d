"""Sending through Twilio: what is asked of it, and what its answers say about the message."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from providers.base import (
    Accepted,
    Attachment,
    NotSent,
    Outcome,
    Outgoing,
    Refused,
    Uncertain,
    outcome_of,
)
from providers.errors import ErrorKind, SettingsError
from providers.http import Answer
from providers.templates import TemplateUse
from providers.twilio import Twilio
from providers.twilio_errors import KINDS, outcome_of_answer
from rules.message_states import Status
from rules.reasons import Reason
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.providers.schemas import complaints
from tests.shared_folder import SHARED, Vector, needs_shared_folder, vectors
from tests.stand_ins.base import serving
from tests.stand_ins.twilio import MAGIC, NUMBER, SERVICE, TwilioStandIn

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZOE = "+34600111222"
CALLBACK = "https://shop.example/webhooks/abc/"
TEMPLATE = "HX" + "e" * 32

#: What the vectors call a class of errors.
CLASSES = {
    "account": ErrorKind.ACCOUNT,
    "account_auth": ErrorKind.ACCOUNT,
    "permanent_config": ErrorKind.CONFIGURATION,
    "permanent_content": ErrorKind.CONTENT,
    "permanent_recipient": ErrorKind.PERMANENT_RECIPIENT,
    # Never to this person, whatever it says: another channel may be tried.
    "permanent_message": ErrorKind.PERMANENT_RECIPIENT,
    "opt_out": ErrorKind.OPT_OUT,
    "rate_limit": ErrorKind.RATE,
    "rate_limit_day": ErrorKind.QUOTA,
    "uncertain": ErrorKind.UNCERTAIN,
    "window_closed": ErrorKind.WINDOW,
    "template_paused": ErrorKind.TEMPLATE,
    "expired": ErrorKind.EXPIRED,
}


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with serving(TwilioStandIn()) as stand_in:
        yield stand_in


def sent_form(twilio: TwilioStandIn) -> dict[str, str]:
    (request,) = twilio.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def answer(status: int, told: Any, **headers: str) -> Answer:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Answer(status=status, headers=headers, body=body)


def test_an_sms_goes_out_once_as_it_was_written(twilio: TwilioStandIn) -> None:
    outcome = send(Twilio(twilio.settings), make_outgoing(callback_url=CALLBACK))

    assert outcome == Accepted(provider_message_id=twilio.sent[0].id)
    assert twilio.taken == {ZOE: ["Hi Zoë, your table is ready"]}
    assert sent_form(twilio) == {
        "To": ZOE,
        "From": NUMBER,
        "Body": "Hi Zoë, your table is ready",
        "SmartEncoded": "false",
        "StatusCallback": f"{CALLBACK}?ref={ATTEMPT}",
    }


def test_a_whatsapp_message_names_its_channel_on_both_sides(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings), make_outgoing(channel="whatsapp"))

    form = sent_form(twilio)
    assert (form["To"], form["From"]) == (f"whatsapp:{ZOE}", f"whatsapp:{NUMBER}")


def test_a_messaging_service_may_choose_the_number(twilio: TwilioStandIn) -> None:
    settings = twilio.settings | {"from_number": "", "messaging_service_sid": SERVICE}

    send(Twilio(settings))

    form = sent_form(twilio)
    assert "From" not in form
    assert form["MessagingServiceSid"] == SERVICE


def test_a_template_goes_by_its_id_with_what_is_filled_in(twilio: TwilioStandIn) -> None:
    use = TemplateUse(reference=TEMPLATE, name="ready", language="es", values={"1": "Zoë"})

    send(Twilio(twilio.settings), make_outgoing(channel="whatsapp", template=use))

    form = sent_form(twilio)
    assert form["ContentSid"] == TEMPLATE
    assert json.loads(form["ContentVariables"]) == {"1": "Zoë"}
    assert "Body" not in form


def make_attachment(**changes: str) -> Attachment:
    made = {"content_type": "image/png", "file_name": "receipt.png", **changes}
    return Attachment(path=Path("receipt.png"), **made)


def test_a_file_is_fetched_from_us(twilio: TwilioStandIn) -> None:
    file = make_attachment(url="https://shop.example/files/1.png")

    send(Twilio(twilio.settings), make_outgoing(channel="whatsapp", attachment=file))

    assert sent_form(twilio)["MediaUrl"] == "https://shop.example/files/1.png"


@pytest.mark.parametrize(
    ("left", "validity"),
    [
        (timedelta(minutes=10), "600"),
        (timedelta(seconds=0.2), "1"),
        (timedelta(hours=10), "36000"),
        (timedelta(days=3), "36000"),
    ],
    ids=str,
)
def test_twilio_is_told_how_long_it_is_of_use(
    twilio: TwilioStandIn, left: timedelta, validity: str
) -> None:
    send(Twilio(twilio.settings), make_outgoing(at=NOON, send_by=NOON + left))

    assert sent_form(twilio)["ValidityPeriod"] == validity


UNSENDABLE = [
    (make_outgoing(text="x" * 1601), ErrorKind.CONTENT),
    (make_outgoing(at=NOON, send_by=NOON), ErrorKind.EXPIRED),
    (make_outgoing(attachment=make_attachment()), ErrorKind.CONFIGURATION),
    (
        make_outgoing(
            attachment=make_attachment(url="https://shop.example/files/1.png"),
            template=TemplateUse(reference=TEMPLATE, name="ready", language="es"),
        ),
        ErrorKind.CONTENT,
    ),
]


@pytest.mark.parametrize(("outgoing", "kind"), UNSENDABLE, ids=["long", "late", "file", "both"])
def test_what_twilio_would_not_take_is_not_asked(
    twilio: TwilioStandIn, outgoing: Outgoing, kind: ErrorKind
) -> None:
    outcome = send(Twilio(twilio.settings), outgoing)

    assert isinstance(outcome, Refused)
    assert outcome.kind is kind
    assert twilio.requests == []


def test_a_text_of_1600_characters_goes(twilio: TwilioStandIn) -> None:
    assert isinstance(send(Twilio(twilio.settings), make_outgoing(text="€" * 1600)), Accepted)


def test_an_api_key_signs_in_instead_of_the_token(twilio: TwilioStandIn) -> None:
    key, secret = twilio.api_key
    settings = twilio.settings | {"api_key_sid": key, "api_key_secret": secret}

    assert isinstance(send(Twilio(settings | {"auth_token": "another"})), Accepted)


def script(*steps: str) -> TwilioStandIn:
    return TwilioStandIn(script={ZOE: steps})


@pytest.mark.parametrize(
    ("step", "outcome", "taken"),
    [
        ("answer:500", Uncertain(why="This is error 20500", code="20500"), 0),
        ("answer:503", Uncertain(why="This is error 20503", code="20503"), 0),
        ("garbage", Uncertain(why="the answer cannot be read"), 1),
        (
            "answer:401",
            Refused(code="20003", reason="This is error 20003", kind=ErrorKind.ACCOUNT),
            0,
        ),
        (
            "error:21610",
            Refused(code="21610", reason="This is error 21610", kind=ErrorKind.OPT_OUT),
            0,
        ),
        (
            "error:12345",
            Refused(code="12345", reason="This is error 12345", kind=ErrorKind.UNKNOWN),
            0,
        ),
    ],
)
def test_an_answer_decides(step: str, outcome: Outcome, taken: int) -> None:
    with serving(script(step)) as twilio:
        assert send(Twilio(twilio.settings)) == outcome
        assert len(twilio.taken[ZOE]) == taken


@pytest.mark.parametrize(("step", "taken"), [("lost", 1), ("half", 1), ("drop", 0)])
def test_a_broken_connection_leaves_it_open(step: str, taken: int) -> None:
    with serving(script(step)) as twilio:
        outcome = send(Twilio(twilio.settings))

        assert isinstance(outcome, Uncertain)
        assert outcome.cause is Reason.CONNECTION_LOST
        assert len(twilio.taken[ZOE]) == taken
        assert len(twilio.requests) == 1


def test_a_rate_limit_holds_the_account_as_long_as_twilio_asks() -> None:
    stand_in = TwilioStandIn(script={ZOE: ["answer:429", "accept"]}, retry_after="7")
    with serving(stand_in) as twilio:
        outcome = send(Twilio(twilio.settings))

        assert isinstance(outcome, NotSent)
        assert (outcome.code, outcome.retry_after_s, outcome.holds_account) == ("20429", 7, True)
        assert isinstance(send(Twilio(twilio.settings)), Accepted)


def test_a_server_that_is_not_there_got_nothing() -> None:
    settings = TwilioStandIn().settings | {"base_url": "http://127.0.0.1:9", "content_base_url": ""}

    assert isinstance(send(Twilio(settings)), NotSent)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ErrorKind.ACCOUNT),
        (403, ErrorKind.ACCOUNT),
        (404, ErrorKind.CONFIGURATION),
        (418, ErrorKind.UNKNOWN),
        (308, ErrorKind.UNKNOWN),
        (408, ErrorKind.UNCERTAIN),
        (429, ErrorKind.RATE),
    ],
)
def test_an_answer_without_a_code_is_judged_by_its_status(status: int, kind: ErrorKind) -> None:
    expected = outcome_of(kind, code=str(status), reason=f"HTTP {status}")
    assert outcome_of_answer(answer(status, b"<html>")) == expected


def test_no_code_in_a_server_error_is_proof() -> None:
    outcome = outcome_of_answer(answer(502, {"code": 21211, "message": "Not a number"}))
    assert outcome == Uncertain(why="Not a number", code="21211")


def test_a_code_weighs_more_than_the_status_it_came_with() -> None:
    outcome = outcome_of_answer(answer(429, {"code": 63038, "message": "Daily limit"}))
    assert outcome == Refused(code="63038", reason="Daily limit", kind=ErrorKind.QUOTA)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", Status.SENT),
        ("scheduled", Status.SENT),
        ("queued", Status.SENT),
        ("sending", Status.SENT),
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("partially_delivered", Status.SENT),
        ("read", Status.READ),
        ("a word of tomorrow", Status.SENT),
    ],
)
def test_a_message_twilio_has_is_accepted(word: str, status: Status) -> None:
    outcome = outcome_of_answer(answer(201, {"sid": "SM1", "status": word}))
    assert outcome == Accepted(provider_message_id="SM1", status=status)


@pytest.mark.parametrize("code", [None, 30003, 30001, 20500])
def test_a_message_that_failed_at_twilio_is_refused_and_never_tried_again(code: int | None) -> None:
    told = {"sid": "SM1", "status": "undelivered", "error_code": code}
    outcome = outcome_of_answer(answer(201, told))
    assert isinstance(outcome, Refused)
    assert outcome.kind is KINDS.get(str(code), ErrorKind.UNKNOWN)


@pytest.mark.parametrize("told", [b"", b"[]", b"null", {"sid": 5}, {"status": "queued"}, [1]])
def test_a_success_that_cannot_be_read_leaves_it_open(told: Any) -> None:
    assert isinstance(outcome_of_answer(answer(201, told)), Uncertain)


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"account_sid": ""}, "account_sid"),
        ({"account_sid": "SK" + "a" * 32}, "account_sid"),
        ({"auth_token": ""}, "auth_token"),
        ({"from_number": ""}, "from_number"),
        ({"messaging_service_sid": "AC" + "a" * 32}, "messaging_service_sid"),
        ({"api_key_sid": "SK1"}, "api_key_secret"),
        ({"api_key_secret": "s"}, "api_key_sid"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"content_base_url": "x"}, "content_base_url"),
    ],
)
def test_a_setting_that_is_wrong_is_named(changes: dict[str, str], setting: str) -> None:
    settings = TwilioStandIn().settings | {"base_url": "", "content_base_url": ""}
    with pytest.raises(SettingsError) as caught:
        Twilio(settings | changes)
    assert caught.value.setting == setting


def test_a_sender_may_be_typed_as_people_write_it(twilio: TwilioStandIn) -> None:
    settings = twilio.settings | {"from_number": "whatsapp:+1 (500) 555-0006"}

    send(Twilio(settings), make_outgoing(channel="whatsapp"))

    assert sent_form(twilio)["From"] == f"whatsapp:{NUMBER}"


def test_nothing_secret_is_shown() -> None:
    settings = TwilioStandIn().settings | {
        "base_url": "",
        "auth_token": "t0ken",
        "content_base_url": "",
    }
    assert "t0ken" not in repr(Twilio(settings).__dict__)


def test_many_go_at_once(twilio: TwilioStandIn) -> None:
    async def all_of_them() -> list[Outcome]:
        async with Twilio(twilio.settings) as provider:
            many = [make_outgoing(to=f"+3460011{number:04}") for number in range(50)]
            return await asyncio.gather(*(provider.send(one) for one in many))

    outcomes = asyncio.run(all_of_them())

    assert len({one.provider_message_id for one in outcomes if isinstance(one, Accepted)}) == 50
    assert all(len(texts) == 1 for texts in twilio.taken.values())


@pytest.mark.parametrize("vector", vectors("twilio", "send_error_*"))
def test_an_error_means_what_the_vector_says(vector: Vector) -> None:
    told = vector.content
    outcome = outcome_of_answer(answer(told["http_status"], told["response"]))

    code, words = str(told["response"]["code"]), told["response"]["message"]
    assert outcome == outcome_of(CLASSES[told["class"]], code=code, reason=words)


@pytest.mark.parametrize("vector", vectors("twilio", "official_post_*"))
def test_an_answer_of_twilios_own_is_read(vector: Vector) -> None:
    told = vector.content
    outcome = outcome_of_answer(answer(told["http_status"], told["response"]))

    sid = told["response"]["sid"]
    assert outcome == Accepted(provider_message_id=sid, status=Status.SENT)


@pytest.mark.parametrize("vector", vectors("twilio", "test_credentials_magic_numbers"))
def test_the_stand_in_answers_twilios_magic_numbers(vector: Vector) -> None:
    assert vector.content["magic"]["to"] == MAGIC


@pytest.mark.parametrize(("number", "code"), MAGIC.items())
def test_a_magic_number_is_refused(twilio: TwilioStandIn, number: str, code: int) -> None:
    outcome = send(Twilio(twilio.settings), make_outgoing(to=number))

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == (str(code), KINDS[str(code)])


@needs_shared_folder
@pytest.mark.parametrize(
    "changes",
    [
        {"callback_url": CALLBACK, "at": NOON, "send_by": NOON + timedelta(hours=1)},
        {"channel": "whatsapp", "attachment": make_attachment(url="https://shop.example/1.png")},
        {"template": TemplateUse(reference=TEMPLATE, name="r", language="es", values={"1": "Z"})},
    ],
    ids=["sms", "file", "template"],
)
def test_a_request_is_as_twilios_specification_wants_it(
    twilio: TwilioStandIn, changes: dict[str, Any]
) -> None:
    spec = json.loads((SHARED / "specs/twilio/trimmed_messages_v2010.json").read_text())
    path = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    wanted = spec["paths"][path]["post"]["requestBody"]["content"]
    settings = twilio.settings | {"messaging_service_sid": SERVICE}

    send(Twilio(settings), make_outgoing(**changes))

    form = sent_form(twilio)
    assert complaints(form, wanted["application/x-www-form-urlencoded"]["schema"]) == []
    assert twilio.requests[0].path == path.replace("{AccountSid}", twilio.account_sid)


def test_every_vector_is_tested() -> None:
    """A file of a kind that no test here or beside takes is one nobody has understood."""
    understood = ("send_error_", "official_post_", "official_get_", "status_error_")
    understood += ("inbound_keyword_", "signature_", "test_credentials_magic_numbers")
    names = [path.stem for path in (SHARED / "vectors/twilio").glob("*.json")]
    assert [name for name in names if not name.startswith(understood)] == []
