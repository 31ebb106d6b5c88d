"""Emptying the trash."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from pytest_django import DjangoCaptureOnCommitCallbacks

from crm.actions.trash import purge
from crm.models import Customer, Invoice, MessageSchedule, Note, Receipt
from crm.models.trash import KEPT_FOR
from tests.make import NOW, make_customer, make_invoice, make_message, make_note

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - KEPT_FOR - timedelta(seconds=1)
JUST_KEPT = NOW - KEPT_FOR


def make_stored_receipt(invoice: Invoice, **changes: Any) -> Receipt:
    return Receipt.objects.create(
        invoice=invoice,
        file=ContentFile(b"a receipt", name="receipt.pdf"),
        filename="receipt.pdf",
        content_type="application/pdf",
        size=9,
        sha256=str(invoice.pk),
        **changes,
    )


def test_what_has_lain_there_too_long_is_erased_and_the_rest_is_kept() -> None:
    zoe = make_customer()
    make_invoice(zoe, trashed_at=LONG_AGO)
    make_note(zoe, trashed_at=LONG_AGO)
    kept = [make_invoice(zoe, trashed_at=JUST_KEPT), make_invoice(zoe)]
    kept_note = make_note(zoe, trashed_at=JUST_KEPT)
    assert purge(NOW) == 2
    assert set(Invoice.objects.all()) == set(kept)
    assert list(Note.objects.all()) == [kept_note]


def test_a_customer_goes_with_everything_that_is_theirs() -> None:
    gone = make_customer(trashed_at=LONG_AGO)
    make_invoice(gone)
    make_note(gone)
    make_message(gone)
    stays = make_customer(trashed_at=JUST_KEPT)
    message = make_message(stays)
    assert purge(NOW) == 1
    assert list(Customer.objects.all()) == [stays]
    assert not Invoice.objects.exists()
    assert list(MessageSchedule.objects.all()) == [message]


def test_the_files_go_with_the_rows(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    receipts = [
        make_stored_receipt(make_invoice(), trashed_at=LONG_AGO),
        make_stored_receipt(make_invoice(trashed_at=LONG_AGO)),
        make_stored_receipt(make_invoice(make_customer(trashed_at=LONG_AGO))),
    ]
    kept = make_stored_receipt(make_invoice(), trashed_at=JUST_KEPT)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(NOW) == 3
    assert list(Receipt.objects.all()) == [kept]
    assert kept.file.storage.exists(kept.file.name)
    assert not any(one.file.storage.exists(one.file.name) for one in receipts)


def test_an_empty_trash_is_no_trouble() -> None:
    assert purge(NOW) == 0
