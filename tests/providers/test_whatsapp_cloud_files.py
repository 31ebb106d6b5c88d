from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from providers.base import Accepted, Attachment, NotSent, Refused
from providers.errors import ErrorKind
from providers.templates import TemplateUse
from tests.providers.whatsapp_cloud import REMINDER, last_body, sent, whatsapp
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


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


def test_a_text_too_long_for_meta_is_refused_before_anything_is_said(
    meta: WhatsAppCloudStandIn, receipt: Attachment
) -> None:
    for changes, reason in (
        ({"text": "€" * 4097}, "longer than 4096 characters of text"),
        ({"text": "€" * 1025, "attachment": receipt}, "longer than 1024 characters beneath a file"),
    ):
        outcome = sent(meta, whatsapp(**changes))
        assert outcome == Refused(code="", reason=reason, kind=ErrorKind.CONTENT)
    assert not meta.requests
    assert not meta.media


def test_the_longest_texts_go(meta: WhatsAppCloudStandIn, receipt: Attachment) -> None:
    for changes in (
        {"text": "€" * 4096},
        {"text": "€" * 1024, "attachment": receipt},
        {"text": "€" * 4097, "template": REMINDER},
    ):
        assert isinstance(sent(meta, whatsapp(**changes)), Accepted)


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


def test_a_file_larger_than_any_meta_takes_is_refused_before_anything_is_said(
    meta: WhatsAppCloudStandIn, receipt: Attachment
) -> None:
    with receipt.path.open("r+b") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    outcome = sent(meta, whatsapp(attachment=receipt))
    assert isinstance(outcome, Refused)
    assert outcome.kind is ErrorKind.CONTENT
    assert meta.requests == []
