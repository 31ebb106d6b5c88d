import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.accounts import Problem
from providers.base import Accepted, Attachment, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.errors import ErrorKind, SettingsError
from providers.templates import TemplateUse
from providers.whatsapp_cloud import WhatsAppCloud
from rules.reasons import Reason
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

ZOE = "+34600111222"
REMINDER = TemplateUse(
    reference="9",
    name="appointment_reminder",
    language="en_US",
    values={"body.1": "Zoë", "body.2": "9:00"},
)


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


def provider(meta: WhatsAppCloudStandIn, **changes: str) -> WhatsAppCloud:
    return WhatsAppCloud({**meta.settings, **changes})


def whatsapp(**changes: Any) -> Outgoing:
    return make_outgoing(channel="whatsapp", to=ZOE, **changes)


def sent(meta: WhatsAppCloudStandIn, outgoing: Outgoing) -> Outcome:
    return send(provider(meta), outgoing)


def last_body(meta: WhatsAppCloudStandIn) -> Any:
    return json.loads(meta.requests[-1].body)


def asked[T](meta: WhatsAppCloudStandIn, ask: Callable[[WhatsAppCloud], Awaitable[T]]) -> T:
    async def once() -> T:
        async with provider(meta) as entered:
            return await ask(entered)

    return asyncio.run(once())


# What is said


def test_a_text_is_said_as_meta_wants_it(meta: WhatsAppCloudStandIn) -> None:
    outcome = sent(meta, whatsapp(text="Hi Zoë, your table is ready"))
    assert outcome == Accepted(provider_message_id=meta.sent[0].id)
    request = meta.requests[0]
    assert (request.method, request.path) == ("POST", "/v25.0/106540352242922/messages")
    assert request.headers["authorization"] == "Bearer a-token"
    assert last_body(meta) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "34600111222",
        "type": "text",
        "text": {"body": "Hi Zoë, your table is ready", "preview_url": False},
        "biz_opaque_callback_data": ATTEMPT,
    }
    assert meta.taken[ZOE] == ["Hi Zoë, your table is ready"]


def test_an_address_in_a_text_is_previewed(meta: WhatsAppCloudStandIn) -> None:
    sent(meta, whatsapp(text="See https://example.com/menu"))
    assert last_body(meta)["text"]["preview_url"] is True


def test_who_is_known_by_an_id_alone_is_written_to_by_it(meta: WhatsAppCloudStandIn) -> None:
    outcome = sent(meta, replace(whatsapp(), to="US.13491208655302741918"))
    assert isinstance(outcome, Accepted)
    assert last_body(meta)["recipient"] == "US.13491208655302741918"
    assert "to" not in last_body(meta)


def test_a_template_is_said_with_its_values_in_order(meta: WhatsAppCloudStandIn) -> None:
    turned = replace(REMINDER, values={"body.2": "9:00", "body.1": "Zoë"})
    assert isinstance(sent(meta, whatsapp(template=turned)), Accepted)
    assert last_body(meta)["type"] == "template"
    assert last_body(meta)["template"] == {
        "name": "appointment_reminder",
        "language": {"policy": "deterministic", "code": "en_US"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Zoë"}, {"type": "text", "text": "9:00"}],
            }
        ],
    }
    assert meta.taken[ZOE] == ["Hi Zoë, we expect you at 9:00."]


def test_a_template_s_named_places_header_and_button_are_filled(
    meta: WhatsAppCloudStandIn,
) -> None:
    use = TemplateUse(
        reference="9",
        name="order_shipped",
        language="en_US",
        values={
            "header.first_name": "Zoë",
            "body.order": "A17",
            "body.first_name": "Zoë",
            "button.1.1": "A17?x=1",
        },
    )
    assert isinstance(sent(meta, whatsapp(template=use)), Accepted)
    name = {"type": "text", "parameter_name": "first_name", "text": "Zoë"}
    assert last_body(meta)["template"]["components"] == [
        {"type": "header", "parameters": [name]},
        {
            "type": "body",
            "parameters": [{"type": "text", "parameter_name": "order", "text": "A17"}, name],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "A17?x=1"}],
        },
    ]


def test_a_template_without_places_has_no_components(meta: WhatsAppCloudStandIn) -> None:
    use = TemplateUse(reference="9", name="coming_soon", language="en_US")
    sent(meta, whatsapp(template=use))
    assert last_body(meta)["template"]["components"] == []


# Files


@pytest.fixture
def receipt(tmp_path: Path) -> Attachment:
    path = tmp_path / "r.pdf"
    path.write_bytes(b"%PDF-1.7 receipt")
    return Attachment(path=path, content_type="application/pdf", file_name="Receipt 12 – Zoë.pdf")


def test_a_file_is_uploaded_and_shown_with_its_name_and_text(
    meta: WhatsAppCloudStandIn, receipt: Attachment
) -> None:
    outcome = sent(meta, whatsapp(text="Your receipt", attachment=receipt))
    assert isinstance(outcome, Accepted)
    [(media_id, stored)] = meta.media.items()
    assert stored == ("application/pdf", "file.pdf", b"%PDF-1.7 receipt")
    assert last_body(meta)["type"] == "document"
    assert last_body(meta)["document"] == {
        "id": media_id,
        "caption": "Your receipt",
        "filename": "Receipt 12 – Zoë.pdf",
    }


def test_a_file_with_an_address_is_fetched_by_meta(
    meta: WhatsAppCloudStandIn, receipt: Attachment
) -> None:
    there = replace(receipt, url="https://shop.example/receipts/12.pdf")
    assert isinstance(sent(meta, whatsapp(text="", attachment=there)), Accepted)
    assert meta.media == {}
    assert last_body(meta)["document"] == {
        "link": "https://shop.example/receipts/12.pdf",
        "filename": "Receipt 12 – Zoë.pdf",
    }


def test_a_picture_goes_as_one_unless_it_is_too_large(
    meta: WhatsAppCloudStandIn, tmp_path: Path
) -> None:
    path = tmp_path / "p.jpg"
    picture = Attachment(path=path, content_type="image/jpeg", file_name="p.jpg")
    path.write_bytes(b"\xff\xd8\xff")
    sent(meta, whatsapp(text="Look", attachment=picture))
    assert last_body(meta)["image"]["caption"] == "Look"
    assert "filename" not in last_body(meta)["image"]
    path.write_bytes(bytes(5 * 1024 * 1024 + 1))
    sent(meta, whatsapp(text="Look", attachment=picture))
    assert last_body(meta)["document"]["filename"] == "p.jpg"


def test_a_template_shows_a_file_as_its_header(
    meta: WhatsAppCloudStandIn, receipt: Attachment
) -> None:
    use = TemplateUse(
        reference="9", name="receipt_ready", language="en_US", values={"body.1": "Zoë"}
    )
    assert isinstance(sent(meta, whatsapp(template=use, attachment=receipt)), Accepted)
    [media_id] = meta.media
    document = {"id": media_id, "filename": "Receipt 12 – Zoë.pdf"}
    assert last_body(meta)["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "document", "document": document}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Zoë"}]},
    ]


@pytest.mark.parametrize("step", ["answer:500", "answer:503", "drop", "error:131053", "error:1"])
def test_a_file_that_does_not_get_there_leaves_the_message_unsent(
    meta: WhatsAppCloudStandIn, receipt: Attachment, step: str
) -> None:
    meta.script = {"media": [step, "accept"]}
    assert isinstance(sent(meta, whatsapp(attachment=receipt)), NotSent)
    assert not meta.taken
    assert isinstance(sent(meta, whatsapp(attachment=receipt)), Accepted)


def test_a_file_meta_will_not_have_is_refused(
    meta: WhatsAppCloudStandIn, receipt: Attachment
) -> None:
    meta.script = {"media": ["error:100"]}
    outcome = sent(meta, whatsapp(attachment=receipt))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("100", ErrorKind.CONTENT)


def test_a_file_that_is_gone_is_refused_before_anything_is_said(
    meta: WhatsAppCloudStandIn, tmp_path: Path
) -> None:
    gone = Attachment(path=tmp_path / "gone.pdf", content_type="application/pdf", file_name="g.pdf")
    outcome = sent(meta, whatsapp(attachment=gone))
    assert isinstance(outcome, Refused)
    assert outcome.kind is ErrorKind.CONTENT
    assert meta.requests == []


# What is answered


@pytest.mark.parametrize(
    ("step", "code", "kind"),
    [
        ("error:131026", "131026", ErrorKind.PERMANENT_RECIPIENT),
        ("error:131047", "131047", ErrorKind.WINDOW),
        ("error:131049", "131049", ErrorKind.QUOTA),
        ("error:131050", "131050", ErrorKind.OPT_OUT),
        ("error:132000", "132000", ErrorKind.CONTENT),
        ("error:132015", "132015", ErrorKind.TEMPLATE),
        ("error:131042", "131042", ErrorKind.ACCOUNT),
        ("error:3", "3", ErrorKind.ACCOUNT),  # with HTTP 500, and no server's failure all the same
        ("answer:401", "190", ErrorKind.ACCOUNT),
        ("answer:403", "10", ErrorKind.ACCOUNT),
        ("error:987654", "987654", ErrorKind.UNKNOWN),
    ],
)
def test_a_refusal_is_told_with_its_code(
    meta: WhatsAppCloudStandIn, step: str, code: str, kind: ErrorKind
) -> None:
    meta.usual = step
    outcome = sent(meta, whatsapp())
    assert outcome == Refused(code=code, reason=f"(#{code}) Error {code}", kind=kind)


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        ("answer:500", Reason.PROVIDER_ERROR),
        ("answer:502", Reason.PROVIDER_ERROR),
        ("answer:503", Reason.PROVIDER_ERROR),
        ("error:1", Reason.PROVIDER_ERROR),
        ("error:2", Reason.PROVIDER_ERROR),
        ("error:131000", Reason.PROVIDER_ERROR),
        ("error:131016", Reason.PROVIDER_ERROR),
        ("garbage", Reason.PROVIDER_ERROR),
        ("lost", Reason.CONNECTION_LOST),
        ("half", Reason.CONNECTION_LOST),
        ("drop", Reason.CONNECTION_LOST),
    ],
)
def test_what_may_have_been_taken_is_never_called_unsent(
    meta: WhatsAppCloudStandIn, step: str, cause: Reason
) -> None:
    meta.usual = step
    outcome = sent(meta, whatsapp())
    assert isinstance(outcome, Uncertain)
    assert outcome.cause is cause
    assert len(meta.requests) == 1


def test_a_server_that_is_not_there_has_taken_nothing() -> None:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        made = provider(stand_in)
    assert isinstance(send(made, whatsapp()), NotSent)


@pytest.mark.parametrize("code", [4, 613, 80007, 130429, 131048, 131064])
def test_too_much_at_once_holds_the_account(meta: WhatsAppCloudStandIn, code: int) -> None:
    meta.usual = f"error:{code}"
    outcome = sent(meta, whatsapp())
    assert isinstance(outcome, NotSent)
    assert (outcome.code, outcome.holds_account) == (str(code), True)


def test_too_much_to_one_person_holds_only_that_message(meta: WhatsAppCloudStandIn) -> None:
    meta.usual = "error:131056"
    outcome = sent(meta, whatsapp())
    assert isinstance(outcome, NotSent)
    assert (outcome.holds_account, outcome.retry_after_s) == (False, 10.0)


def test_what_meta_holds_for_its_quality_is_accepted(meta: WhatsAppCloudStandIn) -> None:
    meta.message_status = "held_for_quality_assessment"
    assert isinstance(sent(meta, whatsapp(template=REMINDER)), Accepted)


def test_what_meta_has_paused_is_unconfirmed_until_a_receipt_comes(
    meta: WhatsAppCloudStandIn,
) -> None:
    meta.message_status = "paused"
    outcome = sent(meta, whatsapp(template=REMINDER))
    assert isinstance(outcome, Uncertain)
    assert outcome.code == "paused"


def test_nothing_proves_by_itself_what_became_of_an_attempt(meta: WhatsAppCloudStandIn) -> None:
    outcome = asked(
        meta, lambda entered: entered.reconcile(whatsapp(), attempted_at=datetime.now(UTC))
    )
    assert outcome is None
    assert meta.requests == []


# Whether it works


def test_a_working_account_says_what_it_is(meta: WhatsAppCloudStandIn) -> None:
    check = asked(meta, lambda entered: entered.check())
    assert check.problem is None
    assert check.found == "Salon Zoë · +1 555-078-3881"
    assert [request.path for request in meta.requests] == [
        "/v25.0/106540352242922",
        "/v25.0/102290129340398",
    ]
    assert (
        meta.requests[0]
        .query["fields"]
        .startswith("verified_name,display_phone_number,quality_rating")
    )


@pytest.mark.parametrize(
    ("changes", "problem", "setting"),
    [
        ({"access_token": "old"}, Problem.CREDENTIALS, "access_token"),
        ({"phone_number_id": "1"}, Problem.NOT_FOUND, "phone_number_id"),
        ({"waba_id": "1"}, Problem.NOT_FOUND, "waba_id"),
        ({"base_url": "http://127.0.0.1:9"}, Problem.UNREACHABLE, "base_url"),
    ],
)
def test_what_is_set_up_wrongly_is_named(
    meta: WhatsAppCloudStandIn, changes: dict[str, str], problem: Problem, setting: str
) -> None:
    async def once() -> Any:
        async with provider(meta, **changes) as entered:
            return await entered.check()

    check = asyncio.run(once())
    assert (check.problem, check.setting) == (problem, setting)
    assert check.words


def test_a_banned_number_is_told(meta: WhatsAppCloudStandIn) -> None:
    meta.number = {**meta.number, "status": "BANNED"}
    check = asked(meta, lambda entered: entered.check())
    assert (check.problem, check.code) == (Problem.SUSPENDED, "BANNED")


def test_another_server_s_answer_is_not_taken_for_meta_s(meta: WhatsAppCloudStandIn) -> None:
    meta.number = {}
    check = asked(meta, lambda entered: entered.check())
    assert (check.problem, check.setting) == (Problem.ANSWER, "base_url")


# Settings


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("phone_number_id", "+1 555 0100"),
        ("phone_number_id", "1/../2"),
        ("waba_id", "me"),
        ("access_token", "a\nb"),
        ("access_token", "tokén"),
        ("app_secret", ""),
        ("verify_token", "two words"),
        ("api_version", "25"),
        ("base_url", "graph.facebook.com"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(
    meta: WhatsAppCloudStandIn, setting: str, value: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        provider(meta, **{setting: value})
    assert raised.value.setting == setting


def test_another_version_is_asked_for_where_one_is_set(meta: WhatsAppCloudStandIn) -> None:
    send(provider(meta, api_version="v26.0"), whatsapp())
    assert meta.requests[0].path == "/v26.0/106540352242922/messages"
