"""Receipts: the files behind an invoice, private to the people who sign in."""

import secrets
from pathlib import PurePosixPath
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.invoices import Invoice
from crm.models.trash import Trashable, TrashableQuerySet


def receipt_path(receipt: "Receipt", filename: str) -> str:
    """A name nobody can guess or choose; what the person called it is kept in `filename`."""
    suffix = PurePosixPath(filename).suffix
    return f"receipts/{receipt.invoice_id}/{secrets.token_hex(16)}{suffix}"


class ReceiptQuerySet(TrashableQuerySet["Receipt"]):
    def live(self) -> Self:
        """Neither the receipt, nor its invoice, nor the customer is in the trash."""
        return (
            super()
            .live()
            .filter(invoice__trashed_at__isnull=True, invoice__customer__trashed_at__isnull=True)
        )


class Receipt(Trashable):
    invoice = models.ForeignKey(
        Invoice, verbose_name=_("invoice"), on_delete=models.CASCADE, related_name="receipts"
    )
    file = models.FileField(_("file"), upload_to=receipt_path, max_length=200)
    thumbnail = models.FileField(_("thumbnail"), upload_to=receipt_path, max_length=200, blank=True)
    filename = models.CharField(_("name of the file"), max_length=150)
    content_type = models.CharField(_("type"), max_length=50)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256 of the upload"), max_length=64, db_index=True)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")
