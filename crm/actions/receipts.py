"""Receipts on an invoice: attached, removed, put back, and erased for good."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import models, transaction

from crm.actions import receipt_reader
from crm.actions.events import record
from crm.models import HeldReceipt, Invoice, Receipt, User
from crm.models.receipts import StoredFile

_FACTS = (
    "file",
    "thumbnail",
    "filename",
    "content_type",
    "size",
    "width",
    "height",
    "pages",
    "uploaded_at",
    "uploaded_by",
)


@transaction.atomic
def attach(held: Iterable[HeldReceipt], invoice: Invoice, *, actor: User) -> list[Receipt]:
    """The new receipts; a file that is on the invoice already is let go."""
    attached = []
    for upload in held:
        receipt, is_new = Receipt.objects.get_or_create(
            invoice=invoice,
            sha256=upload.sha256,
            trashed_at=None,
            defaults={name: getattr(upload, name) for name in _FACTS},
        )
        if is_new:
            attached.append(receipt)
            upload.delete()
            _record("receipt.added", receipt, actor)
        else:
            _erase(upload)
    return attached


@transaction.atomic
def trash(receipt: Receipt, *, actor: User, now: datetime) -> bool:
    """False when it lies in the trash already."""
    changed = Receipt.objects.filter(pk=receipt.pk).live().update(trashed_at=now, trashed_by=actor)
    if changed:
        _record("receipt.trashed", receipt, actor)
    return bool(changed)


@transaction.atomic
def restore(receipt: Receipt, *, actor: User) -> bool:
    """False when it is back already, or when the same file has been added again since."""
    twins = Receipt.objects.live().filter(invoice=receipt.invoice_id, sha256=receipt.sha256)
    if twins.exists():
        return False
    gone = Receipt.objects.filter(pk=receipt.pk).trashed()
    changed = gone.update(trashed_at=None, trashed_by=None)
    if changed:
        _record("receipt.restored", receipt, actor)
    return bool(changed)


def erase_receipts(receipts: models.QuerySet[Receipt]) -> int:
    """Rows and files, for good; call it before the invoices or customers they hang on go."""
    return _erase_all(receipts)


def sweep_held(now: datetime) -> int:
    """Lets go of uploads whose form was never saved."""
    return _erase_all(HeldReceipt.objects.stale(now))


def page_image(receipt: Receipt, number: int) -> bytes:
    """A page of a PDF as an image (PAGE_KIND). Raises UnreadableError."""
    with TemporaryDirectory(prefix="receipt-") as folder:
        source, to = Path(folder) / "pdf", Path(folder) / "page"
        with receipt.file.open() as file:
            source.write_bytes(file.read())
        receipt_reader.draw_page(source, number, to=to)
        return to.read_bytes()


def _erase_all[F: StoredFile](rows: models.QuerySet[F]) -> int:
    erased = 0
    for row in rows.iterator():
        with transaction.atomic():
            _erase(row)
        erased += 1
    return erased


def _erase(row: StoredFile) -> None:
    """The files go once the row is gone for certain."""
    row.delete()
    for file in (row.file, row.thumbnail):
        if file.name:
            transaction.on_commit(partial(file.storage.delete, file.name))


def _record(kind: str, receipt: Receipt, actor: User) -> None:
    record(
        kind,
        customer=receipt.invoice.customer,
        subject=receipt,
        actor=actor,
        filename=receipt.filename,
        invoice=receipt.invoice_id,
    )
