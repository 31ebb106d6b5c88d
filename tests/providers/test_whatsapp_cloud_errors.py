import json
from collections.abc import Mapping

import pytest

from providers.accounts import Problem
from providers.base import NotSent, Refused, Uncertain
from providers.errors import ErrorKind
from providers.http import Answer
from providers.whatsapp_cloud_errors import (
    KINDS,
    check_of_error,
    outcome_of_error,
    read_error,
)

K = ErrorKind


def answer(
    status: int, code: object = None, headers: Mapping[str, str] | None = None, **more: object
) -> Answer:
    error = {"message": f"(#{code}) Words", "type": "OAuthException", "code": code, **more}
    return Answer(
        status=status, headers=dict(headers or {}), body=json.dumps({"error": error}).encode()
    )


#: Meta's own classes, as the facts about providers list them.
CLASSES: Mapping[tuple[int, ...], frozenset[ErrorKind]] = {
    (4, 80007, 130429, 613): frozenset({K.RATE}),
    (131056, 131048, 131064): frozenset({K.RATE}),
    (131047,): frozenset({K.WINDOW}),
    (131050,): frozenset({K.OPT_OUT}),
    (131049,): frozenset({K.QUOTA}),
    (131026, 130472): frozenset({K.PERMANENT_RECIPIENT}),
    (132000, 132001, 132005, 132007, 132008, 132012, 132016): frozenset({K.TEMPLATE, K.CONTENT}),
    (132015,): frozenset({K.TEMPLATE}),
    (0, 3, 10, 190, *range(200, 300), 368, 131031, 131042, 131045, 130497): frozenset({K.ACCOUNT}),
    # Marketing templates alone are off: the others still go, so the account is not stopped.
    (131063,): frozenset({K.CONFIGURATION}),
    (131053,): frozenset({K.TRANSIENT}),
    (1, 2, 131000, 131016): frozenset({K.UNCERTAIN}),
}


@pytest.mark.parametrize(
    ("code", "kinds"),
    [(code, kinds) for codes, kinds in CLASSES.items() for code in codes],
)
def test_a_code_of_a_class_is_of_its_kind(code: int, kinds: frozenset[ErrorKind]) -> None:
    assert KINDS[code] in kinds


@pytest.mark.parametrize("status", [200, 400, 403, 429, 500, 503])
def test_only_certain_refusals_are_ever_sent_again(status: int) -> None:
    outcomes = {code: outcome_of_error(answer(status, code)) for code in KINDS}
    again = {KINDS[code] for code, outcome in outcomes.items() if isinstance(outcome, NotSent)}
    assert again == ({K.RATE, K.TRANSIENT} if 400 <= status < 500 else set())


@pytest.mark.parametrize("code", [1, 2, 131000, 131016])
@pytest.mark.parametrize("status", [400, 500, 503])
def test_what_meta_does_not_know_itself_is_uncertain(code: int, status: int) -> None:
    outcome = outcome_of_error(answer(status, code))
    assert isinstance(outcome, Uncertain)
    assert outcome.code == str(code)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 200, 204, 302])
def test_an_answer_that_says_nothing_proves_nothing(status: int) -> None:
    blank = Answer(status=status, headers={}, body=b"<html>")
    outcome = outcome_of_error(blank)
    if status == 302:  # somebody else's server, which has only sent us on
        assert outcome == Refused(code="302", reason="HTTP 302", kind=K.UNKNOWN)
    else:
        assert outcome == Uncertain(code=str(status), why=f"HTTP {status}")


@pytest.mark.parametrize(("status", "kind"), [(401, K.ACCOUNT), (403, K.ACCOUNT), (404, K.UNKNOWN)])
def test_a_refusal_without_a_code_is_told_by_its_status(status: int, kind: ErrorKind) -> None:
    outcome = outcome_of_error(Answer(status=status, headers={}, body=b""))
    assert outcome == Refused(code=str(status), reason=f"HTTP {status}", kind=kind)


def test_an_unknown_code_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    outcome = outcome_of_error(answer(400, 987654))
    assert outcome == Refused(code="987654", reason="(#987654) Words", kind=K.UNKNOWN)
    assert "987654" in caplog.text


def test_a_number_that_does_not_exist_stops_the_account() -> None:
    outcome = outcome_of_error(answer(400, 100, error_subcode=33))
    assert isinstance(outcome, Refused)
    assert outcome.kind is K.ACCOUNT


def _usage(minutes: object) -> dict[str, str]:
    limits = [
        {"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 0},
        {"type": "whatsapp_business_management", "estimated_time_to_regain_access": minutes},
    ]
    return {"x-business-use-case-usage": json.dumps({"102290129340398": limits})}


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({}, None),
        (_usage(3), 180.0),
        (_usage(0), None),
        (_usage("soon"), None),
        (_usage(10**9), 86_400.0),
        (_usage(float("inf")), None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "30", **_usage(2)}, 120.0),
        ({"x-app-usage": json.dumps({"call_count": 100, "total_time": 3})}, 300.0),
        ({"x-app-usage": json.dumps({"call_count": 99, "total_time": 3})}, None),
        ({"x-app-usage": "[1]", "x-business-use-case-usage": "{"}, None),
        (
            {"x-business-use-case-usage": '{"1": [2, {"estimated_time_to_regain_access": null}]}'},
            None,
        ),
    ],
)
def test_the_pause_meta_asks_for_is_the_account_s(
    headers: dict[str, str], pause_s: float | None
) -> None:
    outcome = outcome_of_error(answer(429, 130429, headers))
    assert isinstance(outcome, NotSent)
    assert (outcome.retry_after_s, outcome.holds_account) == (pause_s, True)


def test_http_429_alone_is_a_rate_limit() -> None:
    blank = Answer(status=429, headers={"retry-after": "7"}, body=b"")
    assert outcome_of_error(blank) == NotSent(
        why="HTTP 429", code="429", retry_after_s=7.0, holds_account=True
    )


def test_reports_of_spam_are_given_time() -> None:
    outcome = outcome_of_error(answer(400, 131048))
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after_s == 3600.0


def test_a_pause_is_asked_only_of_what_goes_too_fast() -> None:
    outcome = outcome_of_error(answer(400, 131053, {"retry-after": "30"}))
    assert outcome == NotSent(why="(#131053) Words", code="131053")


def test_an_error_is_told_with_its_details_once() -> None:
    told = {"message": "(#132000) Mismatch", "code": 132000, "error_data": {"details": "2 wanted"}}
    assert read_error(told).words == "(#132000) Mismatch: 2 wanted"
    assert read_error(told | {"error_data": {"details": "Mismatch"}}).words == "(#132000) Mismatch"
    assert read_error({"title": "Only a title", "code": "5"}).words == "Only a title"
    assert read_error(["nothing"]).code is None


@pytest.mark.parametrize(
    ("given", "problem", "setting"),
    [
        (answer(401, 190), Problem.CREDENTIALS, "access_token"),
        (answer(403, 10), Problem.PERMISSION, "access_token"),
        (answer(403, 200), Problem.PERMISSION, "access_token"),
        (answer(400, 100, error_subcode=33), Problem.NOT_FOUND, "waba_id"),
        (answer(400, 100), Problem.NOT_FOUND, "waba_id"),
        (answer(400, 133010), Problem.SENDER, "phone_number_id"),
        (answer(400, 131042), Problem.PAYMENT, "waba_id"),
        (answer(403, 368), Problem.SUSPENDED, "waba_id"),
        (answer(400, 131031), Problem.SUSPENDED, "waba_id"),
        (answer(400, 80007), Problem.LIMITED, "waba_id"),
        (answer(400, 2635), Problem.SETTING, "api_version"),
        (answer(400, 987654), Problem.ANSWER, "waba_id"),
        (answer(500, 2), Problem.ANSWER, "waba_id"),
        (Answer(status=401, headers={}, body=b""), Problem.CREDENTIALS, "access_token"),
        (Answer(status=404, headers={}, body=b"<html>"), Problem.ANSWER, "base_url"),
        (Answer(status=302, headers={}, body=b""), Problem.ANSWER, "base_url"),
    ],
)
def test_a_failed_check_names_the_setting_to_look_at(
    given: Answer, problem: Problem, setting: str
) -> None:
    check = check_of_error(given, "waba_id")
    assert (check.problem, check.setting) == (problem, setting)
    assert check.words
    assert check.code
