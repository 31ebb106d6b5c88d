"""Receipts: the files behind an invoice, private to the people who sign in."""

import secrets
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.invoices import Invoice
from crm.models.trash import Trashable, TrashableQuerySet
from crm.models.users import User

HELD_FOR = timedelta(days=1)


def receipt_path(stored: "StoredFile", filename: str) -> str:
    """A name nobody can guess or choose; what the person called it is kept in `filename`."""
    name = secrets.token_hex(16)
    return f"receipts/{name[:2]}/{name}{PurePosixPath(filename).suffix}"


class StoredFile(models.Model):
    """A file read and rewritten by us: its type is what it is, not what it was called."""

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

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.filename

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")


class HeldReceiptQuerySet(models.QuerySet["HeldReceipt"]):
    def of(self, user: User) -> Self:
        return self.filter(uploaded_by=user)

    def stale(self, now: datetime) -> Self:
        return self.filter(uploaded_at__lt=now - HELD_FOR)


class HeldReceipt(StoredFile):
    """Came with a form that could not be saved yet, so that nobody has to choose it again.

    Only the person who uploaded it sees it; `actions/receipts.py` attaches or sweeps it.
    """

    objects = HeldReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("held receipt")
        verbose_name_plural = _("held receipts")
        ordering = ["pk"]


class ReceiptQuerySet(TrashableQuerySet["Receipt"]):
    def live(self) -> Self:
        """Neither the receipt, nor its invoice, nor the customer is in the trash."""
        return super().live().of_live_invoices()

    def of_live_invoices(self) -> Self:
        return self.filter(
            invoice__trashed_at__isnull=True, invoice__customer__trashed_at__isnull=True
        )


class Receipt(StoredFile, Trashable):
    invoice = models.ForeignKey(
        Invoice, verbose_name=_("invoice"), on_delete=models.CASCADE, related_name="receipts"
    )

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "sha256"],
                condition=models.Q(trashed_at__isnull=True),
                name="receipt_once_on_invoice",
            ),
        ]
