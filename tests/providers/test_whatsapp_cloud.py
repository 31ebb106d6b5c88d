from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from providers.base import Accepted, NotSent, Refused, Uncertain
from providers.errors import ErrorKind
from providers.templates import TemplateUse
from rules.reasons import Reason
from tests.providers.outgoing import ATTEMPT, send
from tests.providers.whatsapp_cloud import REMINDER, ZOE, asked, last_body, provider, sent, whatsapp
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


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
