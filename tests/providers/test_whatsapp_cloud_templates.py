import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from providers.errors import LookupFailedError
from providers.templates import Slot, Template, TemplateState
from providers.whatsapp_cloud import WhatsAppCloud
from providers.whatsapp_cloud_templates import read_template
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn
from tests.stand_ins.whatsapp_cloud_templates import TEMPLATES, template


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


def listed(meta: WhatsAppCloudStandIn, **changes: str) -> dict[str, Template]:
    async def once() -> dict[str, Template]:
        async with WhatsAppCloud(meta.settings | changes) as provider:
            return {one.name: one for one in await provider.templates()}

    return asyncio.run(once())


def read(*args: Any, **changes: Any) -> Template:
    found = read_template(template(*args, **changes))
    assert found
    return found


def test_every_template_is_listed_in_its_state(meta: WhatsAppCloudStandIn) -> None:
    assert {name: one.state for name, one in listed(meta).items()} == {
        "appointment_reminder": TemplateState.APPROVED,
        "receipt_ready": TemplateState.APPROVED,
        "order_shipped": TemplateState.APPROVED,
        "coming_soon": TemplateState.PENDING,
        "bad_words": TemplateState.REJECTED,
        "too_many_reports": TemplateState.PAUSED,
    }


def test_all_pages_are_read_and_only_from_meta(meta: WhatsAppCloudStandIn) -> None:
    meta.page_size = 2
    assert list(listed(meta)) == [one["name"] for one in TEMPLATES]
    assert {request.path for request in meta.requests} == {
        "/v25.0/102290129340398/message_templates"
    }
    assert len(meta.requests) == 4


def test_a_list_without_an_end_is_given_up(meta: WhatsAppCloudStandIn) -> None:
    meta.page_size = 1
    meta.templates = [template(f"number_{number}", "Hello") for number in range(101)]
    with pytest.raises(LookupFailedError, match="no end"):
        listed(meta)


def test_a_template_has_its_words_and_places(meta: WhatsAppCloudStandIn) -> None:
    found = listed(meta)["appointment_reminder"]
    assert found.body == "Hi {{1}}, we expect you at {{2}}."
    assert (found.language, found.category, found.footer) == ("en_US", "utility", "Salon Zoë")
    assert found.header_format == ""
    assert found.slots == (
        Slot(key="body.1", mark="{{1}}", part="body", example="Zoë"),
        Slot(key="body.2", mark="{{2}}", part="body", example="9:00"),
    )


def test_named_places_are_listed_once_in_their_order(meta: WhatsAppCloudStandIn) -> None:
    found = listed(meta)["order_shipped"]
    assert (found.header_format, found.header) == ("text", "For {{first_name}}")
    assert found.buttons == ("Thanks", "Follow it")
    assert found.slots == (
        Slot(key="header.first_name", mark="{{first_name}}", part="header", example="Zoë"),
        Slot(key="body.order", mark="{{order}}", part="body", example="A17"),
        Slot(key="body.first_name", mark="{{first_name}}", part="body", example="Zoë"),
        Slot(key="button.1.1", mark="{{1}}", part="button", example="A17"),
    )


def test_a_header_of_a_file_says_which(meta: WhatsAppCloudStandIn) -> None:
    found = listed(meta)["receipt_ready"]
    assert (found.header_format, found.header) == ("document", "")


def test_a_header_s_numbered_place_has_its_example() -> None:
    header = {
        "type": "HEADER",
        "format": "TEXT",
        "text": "Order {{1}}",
        "example": {"header_text": ["A17"]},
    }
    assert read("x", "Hello", header).slots == (
        Slot(key="header.1", mark="{{1}}", part="header", example="A17"),
    )


def test_a_code_to_copy_is_a_place_too() -> None:
    buttons = {
        "type": "BUTTONS",
        "buttons": [{"type": "COPY_CODE", "text": "Copy offer code", "example": "SAVE20"}],
    }
    assert read("x", "Hello", buttons).slots == (
        Slot(key="button.0.coupon_code", mark="Copy offer code", part="button", example="SAVE20"),
    )


@pytest.mark.parametrize(
    "component",
    [
        {"type": "CAROUSEL", "cards": []},
        {"type": "HEADER", "format": "LOCATION"},
        {"type": "BUTTONS", "buttons": [{"type": "CATALOG", "text": "See all"}]},
    ],
)
def test_what_we_cannot_fill_is_no_header_we_know(component: dict[str, Any]) -> None:
    assert read("x", "Hello", component).header_format in {"carousel", "location", "catalog"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("APPROVED", TemplateState.APPROVED),
        ("PENDING", TemplateState.PENDING),
        ("IN_APPEAL", TemplateState.PENDING),
        ("REJECTED", TemplateState.REJECTED),
        ("PAUSED", TemplateState.PAUSED),
        ("DISABLED", TemplateState.DISABLED),
        ("LIMIT_EXCEEDED", TemplateState.DISABLED),
        ("PENDING_DELETION", TemplateState.DELETED),
        ("DELETED", TemplateState.DELETED),
        ("SOMETHING_NEW", TemplateState.UNKNOWN),
    ],
)
def test_a_state_is_told_in_our_words(status: str, state: TemplateState) -> None:
    assert read("x", "Hello", status=status).state is state


def test_why_one_was_rejected_is_told(meta: WhatsAppCloudStandIn) -> None:
    found = listed(meta)
    assert found["bad_words"].rejected_because == "INVALID_FORMAT"
    assert found["too_many_reports"].rejected_because == ""


def test_what_is_no_template_is_left_out() -> None:
    assert read_template({}) is None
    assert read_template({"name": ["x"], "language": 3, "components": "none"}) is None
    odd = read_template(
        {"name": "x", "language": "en", "components": [3, {"type": "BODY", "example": [1]}]}
    )
    assert odd
    assert (odd.body, odd.slots) == ("", ())


def test_a_list_that_cannot_be_had_says_why(meta: WhatsAppCloudStandIn) -> None:
    with pytest.raises(LookupFailedError, match="OAuth"):
        listed(meta, access_token="old")
    with pytest.raises(LookupFailedError, match="does not exist"):
        listed(meta, waba_id="1")
    with pytest.raises(LookupFailedError):
        listed(meta, base_url="http://127.0.0.1:9")
