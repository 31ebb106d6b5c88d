"""Sending through Vonage: what is asked of it, and what its answers say about the message."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml

from providers.accounts import Check, Problem
from providers.base import Accepted, Attachment, NotSent, Outcome, Refused, Uncertain, outcome_of
from providers.callbacks import InboundMedia
from providers.errors import ErrorKind, LookupFailedError, SettingsError
from providers.http import Answer
from providers.templates import TemplateUse
from providers.vonage import Vonage
from providers.vonage_errors import KINDS, outcome_of_answer
from rules.reasons import Reason
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.providers.schemas import complaints
from tests.shared_folder import SHARED, Vector, needs_shared_folder, vectors
from tests.stand_ins.base import serving
from tests.stand_ins.vonage import VonageStandIn

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZOE = "+34600111222"
CALLBACK = "https://shop.example/webhooks/abc/"

#: What the vectors call what an answer means.
CLASSES = {
    "account_auth": ErrorKind.ACCOUNT,
    "permanent_config": ErrorKind.CONFIGURATION,
    "rate_limit": ErrorKind.RATE,
}


@pytest.fixture
def vonage() -> Iterator[VonageStandIn]:
    with serving(VonageStandIn()) as stand_in:
        yield stand_in


def sent_form(vonage: VonageStandIn) -> dict[str, str]:
    (request,) = vonage.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def answer(status: int, told: Any, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=json.dumps(told).encode())


def parts(*statuses: str) -> Answer:
    told = [
        {"status": one, "message-id": f"A{number}"} if one == "0" else {"status": one}
        for number, one in enumerate(statuses)
    ]
    return answer(200, {"message-count": str(len(told)), "messages": told})


def test_an_sms_goes_out_once_as_it_was_written(vonage: VonageStandIn) -> None:
    outcome = send(Vonage(vonage.settings), make_outgoing(callback_url=CALLBACK))

    assert outcome == Accepted(provider_message_id=vonage.sent[0].id)
    assert vonage.taken == {ZOE: ["Hi Zoë, your table is ready"]}
    assert sent_form(vonage) == {
        "api_key": vonage.api_key,
        "api_secret": vonage.api_secret,
        "from": "447700900000",
        "to": "34600111222",
        "text": "Hi Zoë, your table is ready",
        "type": "unicode",
        "client-ref": ATTEMPT,
        "callback": CALLBACK,
    }


def test_what_is_in_the_short_alphabet_goes_in_it(vonage: VonageStandIn) -> None:
    send(Vonage(vonage.settings), make_outgoing(text="Ñandú? [€] è"))
    assert sent_form(vonage)["type"] == "unicode"
    vonage.requests.clear()
    send(Vonage(vonage.settings), make_outgoing(text="Mañana? [€] è"))
    assert sent_form(vonage)["type"] == "text"


@pytest.mark.parametrize(
    ("written", "told"),
    [("+44 7700 900-000", "447700900000"), ("447700900000", "447700900000"), ("SALON", "SALON")],
)
def test_a_sender_is_digits_or_a_name(vonage: VonageStandIn, written: str, told: str) -> None:
    send(Vonage(vonage.settings | {"sender": written}))
    assert sent_form(vonage)["from"] == told


@pytest.mark.parametrize(
    ("left", "ttl"),
    [
        (timedelta(minutes=10), "600000"),
        (timedelta(seconds=2), "20000"),
        (timedelta(days=30), "604800000"),
    ],
    ids=str,
)
def test_vonage_is_told_how_long_it_is_of_use(
    vonage: VonageStandIn, left: timedelta, ttl: str
) -> None:
    send(Vonage(vonage.settings), make_outgoing(at=NOON, send_by=NOON + left))
    assert sent_form(vonage)["ttl"] == ttl


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"at": NOON, "send_by": NOON}, ErrorKind.EXPIRED),
        ({"template": TemplateUse(reference="1", name="r", language="es")}, ErrorKind.CONTENT),
        (
            {"attachment": Attachment(path=Path("a"), content_type="a/b", file_name="a")},
            ErrorKind.CONTENT,
        ),
    ],
    ids=["late", "template", "file"],
)
def test_what_no_sms_can_be_is_not_asked(
    vonage: VonageStandIn, changes: dict[str, Any], kind: ErrorKind
) -> None:
    outcome = send(Vonage(vonage.settings), make_outgoing(**changes))

    assert isinstance(outcome, Refused)
    assert outcome.kind is kind
    assert vonage.requests == []


def test_a_long_text_tells_in_how_many_parts_it_went(vonage: VonageStandIn) -> None:
    outcome = send(Vonage(vonage.settings), make_outgoing(text="x" * 161))

    assert outcome == Accepted(provider_message_id=vonage.sent[0].id)
    reference = sent_form(vonage)["client-ref"]
    assert reference == f"{ATTEMPT}/2"
    assert len(reference) <= 40


def script(*steps: str) -> VonageStandIn:
    return VonageStandIn(script={ZOE: steps})


@pytest.mark.parametrize(
    ("step", "outcome", "taken"),
    [
        ("answer:500", Uncertain(why="HTTP 500", code="500"), 0),
        ("error:5", Uncertain(why="This is error 5", code="5"), 0),
        ("garbage", Uncertain(why="HTTP 200", code="200"), 1),
        ("error:4", Refused(code="4", reason="This is error 4", kind=ErrorKind.ACCOUNT), 0),
        ("error:99", Refused(code="99", reason="This is error 99", kind=ErrorKind.UNKNOWN), 0),
        ("error:1", NotSent(why="This is error 1", code="1", holds_account=True), 0),
    ],
)
def test_an_answer_decides(step: str, outcome: Outcome, taken: int) -> None:
    with serving(script(step)) as vonage:
        assert send(Vonage(vonage.settings)) == outcome
        assert len(vonage.taken[ZOE]) == taken


@pytest.mark.parametrize(("step", "taken"), [("lost", 1), ("half", 1), ("drop", 0)])
def test_a_broken_connection_leaves_it_open(step: str, taken: int) -> None:
    with serving(script(step)) as vonage:
        outcome = send(Vonage(vonage.settings))

        assert isinstance(outcome, Uncertain)
        assert outcome.cause is Reason.CONNECTION_LOST
        assert (len(vonage.taken[ZOE]), len(vonage.requests)) == (taken, 1)


def test_a_rate_limit_holds_the_account_as_long_as_vonage_asks() -> None:
    with serving(VonageStandIn(script={ZOE: ["answer:429"]}, retry_after="3")) as vonage:
        outcome = send(Vonage(vonage.settings))

        assert isinstance(outcome, NotSent)
        assert (outcome.retry_after_s, outcome.holds_account) == (3, True)


@pytest.mark.parametrize("status", sorted(KINDS))
def test_a_torn_message_has_failed_and_is_never_sent_again_by_itself(status: str) -> None:
    outcome = outcome_of_answer(parts("0", status, "0"))

    assert isinstance(outcome, Refused)
    assert outcome.code == status
    assert outcome.reason.startswith("2 of 3 parts went")
    assert outcome.kind in {ErrorKind.UNKNOWN, ErrorKind.ACCOUNT}


def test_a_torn_message_is_not_asked_for_again() -> None:
    with serving(script("torn:9")) as vonage:
        outcome = send(Vonage(vonage.settings), make_outgoing(text="x" * 161))

        words = "1 of 2 parts went: This is error 9"
        assert outcome == Refused(code="9", reason=words, kind=ErrorKind.ACCOUNT)
        assert len(vonage.requests) == 1


def test_parts_that_were_all_refused_are_one_refusal() -> None:
    outcome = outcome_of_answer(parts("7", "7"))
    assert outcome == Refused(code="7", reason="status 7", kind=ErrorKind.PERMANENT_RECIPIENT)


def test_one_part_in_doubt_leaves_the_whole_in_doubt() -> None:
    assert isinstance(outcome_of_answer(parts("1", "5")), Uncertain)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ErrorKind.ACCOUNT),
        (404, ErrorKind.UNKNOWN),
        (302, ErrorKind.UNKNOWN),
        (408, ErrorKind.UNCERTAIN),
        (429, ErrorKind.RATE),
    ],
)
def test_an_answer_of_https_own_is_judged_by_its_status(status: int, kind: ErrorKind) -> None:
    expected = outcome_of(kind, code=str(status), reason=f"HTTP {status}")
    assert outcome_of_answer(answer(status, "Error")) == expected


@pytest.mark.parametrize(
    "told", [None, [], {}, {"messages": []}, {"messages": [{"status": "0"}]}, {"messages": "x"}]
)
def test_a_success_that_cannot_be_read_leaves_it_open(told: Any) -> None:
    assert isinstance(outcome_of_answer(answer(200, told)), Uncertain)


def test_nothing_can_be_proved_afterwards(vonage: VonageStandIn) -> None:
    async def once() -> Outcome | None:
        async with Vonage(vonage.settings) as provider:
            return await provider.reconcile(make_outgoing(), attempted_at=NOON)

    assert asyncio.run(once()) is None
    assert vonage.requests == []


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"api_key": ""}, "api_key"),
        ({"api_secret": " "}, "api_secret"),
        ({"sender": ""}, "sender"),
        ({"signature_method": "rot13"}, "signature_method"),
        ({"base_url": "ftp://x"}, "base_url"),
    ],
)
def test_a_setting_that_is_wrong_is_named(changes: dict[str, str], setting: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Vonage(VonageStandIn().settings | changes)
    assert caught.value.setting == setting


def check(vonage: VonageStandIn, **changes: str) -> Check:
    async def once() -> Check:
        async with Vonage(vonage.settings | changes) as provider:
            return await provider.check()

    return asyncio.run(once())


def test_an_account_that_works_is_called_by_its_key(vonage: VonageStandIn) -> None:
    assert check(vonage) == Check(found="abcd1234")


@pytest.mark.parametrize(
    ("changes", "problem", "setting"),
    [
        ({"api_secret": "wrong-secret"}, Problem.CREDENTIALS, "api_secret"),
        ({"base_url": "http://127.0.0.1:9"}, Problem.UNREACHABLE, "base_url"),
    ],
)
def test_what_is_wrong_is_told_with_the_setting_to_look_at(
    vonage: VonageStandIn, changes: dict[str, str], problem: Problem, setting: str
) -> None:
    found = check(vonage, **changes)
    assert (found.problem, found.setting) == (problem, setting)


def test_a_server_that_is_not_vonage_is_told(vonage: VonageStandIn) -> None:
    found = check(vonage, base_url=f"{vonage.url}/elsewhere")
    assert (found.problem, found.setting) == (Problem.ANSWER, "base_url")


def test_an_account_without_credit_is_told() -> None:
    with serving(VonageStandIn(balance=0)) as vonage:
        assert check(vonage).problem is Problem.PAYMENT


def test_an_sms_has_no_files() -> None:
    with pytest.raises(LookupFailedError):
        asyncio.run(
            Vonage(VonageStandIn().settings | {"base_url": ""}).fetch(
                InboundMedia(reference="1"), at_most=1
            )
        )


def expected(told: dict[str, Any]) -> Outcome:
    """What a vector's class means for its answer."""
    if told["class"] == "accepted":
        return Accepted(provider_message_id=told["response"]["messages"][0]["message-id"])
    if told["class"].startswith("partial"):
        reason = "1 of 2 parts went: Partner quota exceeded"
        return Refused(code="9", reason=reason, kind=ErrorKind.ACCOUNT)
    kind = CLASSES[told["class"]]
    if told["http_status"] != 200:
        status = str(told["http_status"])
        return outcome_of(kind, code=status, reason=f"HTTP {status}")
    (part,) = told["response"]["messages"]
    return outcome_of(kind, code=part["status"], reason=part["error-text"])


@pytest.mark.parametrize("vector", vectors("vonage", "sms_send_*"))
def test_an_answer_means_what_the_vector_says(vector: Vector) -> None:
    told = vector.content
    assert outcome_of_answer(answer(told["http_status"], told["response"])) == expected(told)


@needs_shared_folder
@pytest.mark.parametrize(
    "changes",
    [
        {"callback_url": CALLBACK, "at": NOON, "send_by": NOON + timedelta(hours=1)},
        {"text": "x" * 300},
    ],
    ids=["short", "long"],
)
def test_a_request_is_as_vonages_specification_wants_it(
    vonage: VonageStandIn, changes: dict[str, Any]
) -> None:
    spec = yaml.safe_load((SHARED / "specs/vonage/sms.yml").read_text())

    send(Vonage(vonage.settings), make_outgoing(**changes))

    assert complaints(sent_form(vonage), spec["components"]["schemas"]["NewMessage"]) == []
    assert vonage.requests[0].path == "/sms/json"


@needs_shared_folder
def test_every_error_of_the_specification_has_its_kind() -> None:
    """3 is whatever else was wrong: only Vonage's words tell."""
    spec = yaml.safe_load((SHARED / "specs/vonage/sms.yml").read_text())
    assert spec["x-errors"].keys() - KINDS.keys() == {"3"}


def test_every_vector_is_tested() -> None:
    """A file of a kind that no test here or beside takes is one nobody has understood."""
    understood = ("sms_send_", "sms_dlr_", "sms_inbound_", "messages_status_jwt")
    names = [path.stem for path in (SHARED / "vectors/vonage").glob("*.json")]
    assert [name for name in names if not name.startswith(understood)] == []
