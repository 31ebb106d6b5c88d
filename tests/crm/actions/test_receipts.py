"""Receipts are attached, removed, put back and erased, and their files follow."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from crm.actions import receipts
from crm.actions.receipt_uploads import Received, receive
from crm.models import Event, HeldReceipt, Receipt, User
from crm.models.receipts import HELD_FOR
from tests.make import NOW, make_invoice
from tests.uploads import jpeg, pdf, upload

pytestmark = pytest.mark.django_db


def received(user: User, *files: tuple[bytes, str]) -> Received:
    return receive([upload(content, name) for content, name in files], user=user, now=NOW)


def stored(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_an_upload_is_held_with_what_it_is(user: User, settings: Settings) -> None:
    held = received(user, (jpeg(), "photo.png"), (pdf(pages=2), "scan.pdf")).held
    assert [one.filename for one in held] == ["photo.jpg", "scan.pdf"]
    photo, scan = HeldReceipt.objects.all()
    assert (photo.content_type, photo.width, photo.height) == ("image/jpeg", 48, 32)
    assert (scan.content_type, scan.pages, scan.width) == ("application/pdf", 2, None)
    assert (photo.uploaded_by, photo.uploaded_at) == (user, NOW)
    assert photo.size == photo.file.size
    assert len(stored(settings)) == 4


def test_files_are_private_on_the_disk(user: User, settings: Settings) -> None:
    received(user, (jpeg(), "photo.jpg"))
    for path in stored(settings):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
        assert "photo" not in path.name


def test_what_is_attached_is_not_held_any_more(user: User, settings: Settings) -> None:
    invoice = make_invoice()
    attached = receipts.attach(received(user, (jpeg(), "a.jpg")).held, invoice, actor=user)
    assert [receipt.filename for receipt in invoice.receipts.live()] == ["a.jpg"]
    assert attached[0].file.read()
    attached[0].file.close()
    assert not HeldReceipt.objects.exists()
    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("receipt.added", attached[0].pk)
    assert event.detail == {"filename": "a.jpg", "invoice": invoice.pk}


def test_a_file_that_is_on_the_invoice_is_let_go(
    user: User,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    invoice = make_invoice()
    receipts.attach(received(user, (jpeg(), "a.jpg")).held, invoice, actor=user)
    again = received(user, (jpeg(), "b.jpg")).held
    with django_capture_on_commit_callbacks(execute=True):
        assert receipts.attach(again, invoice, actor=user) == []
    assert Receipt.objects.count() == 1
    assert not HeldReceipt.objects.exists()
    assert len(stored(settings)) == 2


def test_the_same_file_may_lie_on_two_invoices(user: User) -> None:
    for invoice in (make_invoice(), make_invoice()):
        assert receipts.attach(received(user, (jpeg(), "a.jpg")).held, invoice, actor=user)


def test_a_removed_receipt_may_be_added_again_and_is_then_not_restored(user: User) -> None:
    invoice = make_invoice()
    (receipt,) = receipts.attach(received(user, (jpeg(), "a.jpg")).held, invoice, actor=user)
    assert receipts.trash(receipt, actor=user, now=NOW)
    assert not receipts.trash(receipt, actor=user, now=NOW)
    assert receipts.attach(received(user, (jpeg(), "b.jpg")).held, invoice, actor=user)
    assert not receipts.restore(receipt, actor=user)
    assert [live.filename for live in Receipt.objects.live()] == ["b.jpg"]


def test_a_removed_receipt_is_restored_once(user: User) -> None:
    (receipt,) = receipts.attach(received(user, (jpeg(), "a.jpg")).held, make_invoice(), actor=user)
    receipts.trash(receipt, actor=user, now=NOW)
    assert receipts.restore(receipt, actor=user)
    assert not receipts.restore(receipt, actor=user)
    assert Receipt.objects.live().get() == receipt


def test_what_is_erased_leaves_no_file(
    user: User,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    kept, erased = make_invoice(), make_invoice()
    receipts.attach(received(user, (jpeg(), "a.jpg")).held, kept, actor=user)
    receipts.attach(received(user, (pdf(), "b.pdf")).held, erased, actor=user)
    with django_capture_on_commit_callbacks(execute=True):
        assert receipts.erase_receipts(Receipt.objects.filter(invoice=erased)) == 1
    assert [receipt.invoice for receipt in Receipt.objects.all()] == [kept]
    assert len(stored(settings)) == 2


def test_what_waited_for_its_form_too_long_is_swept(
    user: User,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    received(user, (jpeg(), "a.jpg"))
    assert receipts.sweep_held(NOW + HELD_FOR) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert receipts.sweep_held(NOW + HELD_FOR + timedelta(seconds=1)) == 1
    assert not stored(settings)
