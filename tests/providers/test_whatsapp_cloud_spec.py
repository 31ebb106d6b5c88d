"""What we say to Meta, and what our stand-in answers, against Meta's own specification."""

import asyncio
import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from providers.base import Attachment, Outgoing
from providers.templates import TemplateUse
from tests.openapi import problems
from tests.providers.whatsapp_cloud import REMINDER, asked, last_body, sent, whatsapp
from tests.shared_folder import SHARED, needs_shared_folder
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

pytestmark = needs_shared_folder

NUMBER, BUSINESS = "/{Version}/{Phone-Number-ID}", "/{Version}/{WABA-ID}"
SHIPPED = TemplateUse(
    reference="9",
    name="order_shipped",
    language="en_US",
    values={
        "header.first_name": "Zoë",
        "body.order": "A17",
        "body.first_name": "Zoë",
        "button.1.1": "A17",
        "button.0.payload": "thanks",
    },
)
RECEIPT = TemplateUse(
    reference="9", name="receipt_ready", language="en_US", values={"body.1": "Zoë"}
)


@cache
def spec() -> Any:
    path = SHARED / "specs" / "meta" / "patched_whatsapp_messages_v23.0.json"
    document = copy.deepcopy(json.loads(path.read_text(encoding="utf-8")))
    # The pattern contradicts its own example, "0", as it did in TemplateComponent before the
    # spec was mended there.
    button = document["components"]["schemas"]["ButtonComponent"]["allOf"][1]
    button["properties"]["index"]["pattern"] = "^[0-9]$"
    return document


def schema_of_request(path: str) -> Any:
    return spec()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]


def schema_of_answer(path: str, verb: str) -> Any:
    return spec()["paths"][path][verb]["responses"]["200"]["content"]["application/json"]["schema"]


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


def file_for(tmp_path: Path, content_type: str, *, url: str = "") -> Attachment:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return Attachment(path=path, content_type=content_type, file_name="file.pdf", url=url)


def outgoings(tmp_path: Path) -> list[Outgoing]:
    pdf = file_for(tmp_path, "application/pdf")
    return [
        whatsapp(),
        whatsapp(text="See https://example.com"),
        Outgoing(attempt_id="a", channel="whatsapp", to="US.13491208655302741918", text="Hi"),
        whatsapp(template=REMINDER),
        whatsapp(template=SHIPPED),
        whatsapp(template=RECEIPT, attachment=pdf),
        whatsapp(attachment=pdf),
        whatsapp(text="", attachment=file_for(tmp_path, "image/png")),
        whatsapp(attachment=file_for(tmp_path, "video/mp4")),
        whatsapp(attachment=file_for(tmp_path, "image/jpeg", url="https://example.com/p.jpg")),
    ]


def test_every_kind_of_message_is_one_that_meta_specifies(
    meta: WhatsAppCloudStandIn, tmp_path: Path
) -> None:
    schema = schema_of_request(f"{NUMBER}/messages")
    for outgoing in outgoings(tmp_path):
        sent(meta, outgoing)
        assert problems(last_body(meta), schema, spec()) == []
    assert len(meta.sent) == len(outgoings(tmp_path))


def test_the_check_would_find_a_mistake(meta: WhatsAppCloudStandIn) -> None:
    schema = schema_of_request(f"{NUMBER}/messages")
    sent(meta, whatsapp(template=SHIPPED))
    body = last_body(meta)
    for mistake in (
        {"type": "text"},
        {"biz_opaque_callback_data": "x" * 513},
        {"unknown": 1},
        {"recipient_type": "everybody"},
        {"template": body["template"] | {"language": {"policy": "any", "code": "en"}}},
        {"template": body["template"] | {"components": [{"type": "button", "index": "0"}]}},
    ):
        assert problems(body | mistake, schema, spec()) != []


def test_the_stand_in_answers_what_meta_specifies(
    meta: WhatsAppCloudStandIn, tmp_path: Path
) -> None:
    sent(meta, whatsapp(attachment=file_for(tmp_path, "application/pdf")))
    [media_id] = meta.media
    for path, address in (
        (NUMBER, meta.phone_number_id),
        (f"{BUSINESS}/message_templates", f"{meta.waba_id}/message_templates"),
    ):
        answer = answered(meta, f"/v25.0/{address}")
        assert problems(answer, schema_of_answer(path, "get"), spec()) == []
    told = answered(meta, f"/v25.0/{media_id}")
    # Meta's example shows the size as text, its documentation as a number.
    schema = schema_of_answer("/{Version}/{Media-ID}", "get")
    assert problems(told | {"file_size": str(told["file_size"])}, schema, spec()) == []


def answered(meta: WhatsAppCloudStandIn, path: str) -> Any:
    async def ask() -> Any:
        headers = {"Authorization": f"Bearer {meta.access_token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(meta.url + path) as answer,
        ):
            return await answer.json()

    return asyncio.run(ask())


def test_receipts_and_replies_of_the_stand_in_are_meta_s(meta: WhatsAppCloudStandIn) -> None:
    sent(meta, whatsapp())
    schema = spec()["components"]["schemas"]["WebhookPayload"]
    for payload in (
        meta.receipt("+34600111222", "delivered"),
        meta.receipt("+34600111222", "failed", code=131026),
    ):
        assert problems(payload, schema, spec()) == []


def test_the_server_is_asked_only_for_what_is_specified(meta: WhatsAppCloudStandIn) -> None:
    asked(meta, lambda provider: provider.check())
    asked(meta, lambda provider: provider.templates())
    known = set(spec()["paths"])
    for request in meta.requests:
        path = request.path.replace("v25.0", "{Version}")
        path = path.replace(meta.phone_number_id, "{Phone-Number-ID}")
        assert path.replace(meta.waba_id, "{WABA-ID}") in known | {BUSINESS}
