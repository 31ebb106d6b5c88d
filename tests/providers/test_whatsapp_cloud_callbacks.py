import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.callbacks import (
    AccountChange,
    Callback,
    Receipt,
    TemplateChange,
)
from providers.errors import ErrorKind
from providers.templates import TemplateState
from rules.message_states import Status
from tests.providers.whatsapp_cloud_callbacks import (
    AT,
    BUSINESS,
    NOW,
    NUMBER,
    ZOE,
    changed,
    meta,
    posted,
    read,
    told,
)
from tests.stand_ins.whatsapp_cloud_webhooks import (
    change,
    of_number,
    signed,
    status,
    text_message,
)

# Who calls


def asked(query: str, method: str = "GET") -> str | None:
    url = f"https://shop.example/webhooks/x?{query}"
    return meta.challenge(Callback(method=method, url=url, headers={}, body=b""))


def test_meta_s_question_is_answered_with_its_own_word() -> None:
    query = "hub.mode=subscribe&hub.verify_token=our-token&hub.challenge=1158201444"
    assert asked(query) == "1158201444"
    assert asked(query, method="POST") is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=our-token&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=our-token",
        "hub.mode=subscribe&hub.verify_token=%ED%A0%80&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
    ],
)
def test_who_does_not_know_our_word_is_not_answered(query: str) -> None:
    assert asked(query) is None


def test_an_address_that_is_none_is_not_answered() -> None:
    assert meta.challenge(Callback(method="GET", url="http://[", headers={}, body=b"")) is None


def test_only_meta_s_signature_over_these_bytes_is_genuine() -> None:
    body, headers = signed({"text": "Señora 😀"}, "appsecret")
    mark = {"x-hub-signature-256": headers["X-Hub-Signature-256"]}
    assert meta.is_genuine(posted(body, mark), NOW)
    assert not meta.is_genuine(posted(body + b" ", mark), NOW)
    assert not meta.is_genuine(
        posted(json.dumps({"text": "Señora 😀"}, ensure_ascii=False).encode(), mark), NOW
    )
    assert not meta.is_genuine(posted(body), NOW)
    get = Callback(method="GET", url="", headers=mark, body=body)
    assert not meta.is_genuine(get, NOW)


@settings(deadline=None)
@given(st.binary(max_size=50), st.text(max_size=100), st.text(max_size=200))
def test_whoever_calls_nothing_breaks(body: bytes, mark: str, query: str) -> None:
    callback = Callback(
        method="POST", url=f"https://x/?{query}", headers={"x-hub-signature-256": mark}, body=body
    )
    assert not meta.is_genuine(callback, NOW)
    assert meta.challenge(callback) is None


# What became of our messages


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("read", Status.READ),
        ("played", Status.READ),
    ],
)
def test_a_receipt_says_what_became_of_which_message(state: str, ours: Status) -> None:
    assert told(statuses=[status("wamid.1", state, to=ZOE, reference="attempt-1")]) == [
        Receipt(
            provider_message_id="wamid.1",
            status=ours,
            at=AT,
            reference="attempt-1",
            recipient=ZOE,
        )
    ]


def test_a_failure_says_why() -> None:
    [receipt] = told(statuses=[status("wamid.1", "failed", to=ZOE, code=131047)])
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.kind, receipt.code) == (
        Status.FAILED,
        ErrorKind.WINDOW,
        "131047",
    )
    assert receipt.words == "Error 131047"


def test_a_failure_without_a_reason_is_one_all_the_same() -> None:
    [receipt] = told(statuses=[status("wamid.1", "failed", to=ZOE)])
    assert isinstance(receipt, Receipt)
    assert (receipt.kind, receipt.code) == (ErrorKind.UNKNOWN, "")


@pytest.mark.parametrize("state", ["deleted", "warning", "", None, ["sent"]])
def test_states_that_are_no_news_to_us_are_passed_over(state: Any) -> None:
    assert told(statuses=[status("wamid.1", state, to=ZOE)]) == []


def test_a_receipt_about_somebody_without_a_number_is_read() -> None:
    [receipt] = told(statuses=[status("wamid.1", "read", to="US.13491208655302741918")])
    assert isinstance(receipt, Receipt)
    assert receipt.recipient == ""


def test_everything_in_a_batch_is_read() -> None:
    one = of_number(NUMBER, statuses=[status("1", "sent", to=ZOE), status("2", "read", to=ZOE)])
    two = of_number(NUMBER, messages=[text_message(ZOE, "Hi", message_id="3")])
    payload = change(one, waba_id=BUSINESS)
    payload["entry"] += change(two, waba_id=BUSINESS)["entry"] * 2
    payload["entry"][0]["changes"] *= 2
    assert [getattr(event, "provider_message_id", "") for event in read(payload)] == list("121233")


def test_another_number_of_the_same_app_is_none_of_ours() -> None:
    value = of_number("1", statuses=[status("wamid.1", "read", to=ZOE)])
    value["messages"] = [text_message(ZOE, "STOP", message_id="m")]
    assert read(change(value, waba_id=BUSINESS)) == []


def test_another_business_of_the_same_app_is_none_of_ours() -> None:
    for field, value in (
        ("account_update", {"event": "ACCOUNT_DELETED"}),
        ("message_template_status_update", {"event": "PAUSED", "message_template_name": "x"}),
    ):
        assert read(change(value, waba_id="1", field=field)) == []
        assert len(read(change(value, waba_id=BUSINESS, field=field))) == 1


# What becomes of templates and the account


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("APPROVED", TemplateState.APPROVED),
        ("REINSTATED", TemplateState.APPROVED),
        ("REJECTED", TemplateState.REJECTED),
        ("PAUSED", TemplateState.PAUSED),
        ("DISABLED", TemplateState.DISABLED),
        ("PENDING_DELETION", TemplateState.DELETED),
        ("FLAGGED", None),
        ("SOMETHING_NEW", None),
    ],
)
def test_a_template_s_new_state_is_told(event: str, state: TemplateState | None) -> None:
    value = {
        "event": event,
        "message_template_id": 1689556908129835,
        "message_template_name": "reminder",
        "message_template_language": "en_US",
        "reason": "NONE",
        "other_info": {"title": "FIRST_PAUSE", "description": "Paused for 3 hours."},
    }
    assert changed("message_template_status_update", value) == [
        TemplateChange(
            reference="1689556908129835",
            name="reminder",
            language="en_US",
            state=state,
            reason="Paused for 3 hours.",
        )
    ]


@pytest.mark.parametrize(
    "field",
    [
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
    ],
)
def test_another_change_of_a_template_asks_for_the_list(field: str) -> None:
    value = {"message_template_name": "reminder", "message_template_language": "en_US"}
    [event] = changed(field, value)
    assert isinstance(event, TemplateChange)
    assert (event.name, event.state) == ("reminder", None)


@pytest.mark.parametrize(
    ("field", "value", "stops"),
    [
        ("account_update", {"event": "ACCOUNT_DELETED"}, True),
        ("account_update", {"event": "ACCOUNT_OFFBOARDED"}, True),
        ("account_update", {"event": "ACCOUNT_RECONNECTED"}, False),
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
            True,
        ),
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
            False,
        ),
        ("account_review_update", {"decision": "REJECTED"}, True),
        ("account_review_update", {"decision": "APPROVED"}, False),
    ],
)
def test_an_account_that_stops_or_goes_on_is_told(
    field: str, value: dict[str, Any], stops: bool
) -> None:
    [event] = changed(field, value)
    assert isinstance(event, AccountChange)
    assert event.stops is stops
    assert event.code


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_update", {"event": "PARTNER_APP_INSTALLED"}),
        ("account_update", {"event": "ACCOUNT_VIOLATION"}),
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}},
        ),
        (
            "account_update",
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}],
            },
        ),
        ("phone_number_quality_update", {"event": "FLAGGED", "current_limit": "TIER_250"}),
        ("something_new", {"event": "X"}),
    ],
)
def test_what_leaves_the_account_going_is_no_news(field: str, value: dict[str, Any]) -> None:
    assert changed(field, value) == []
