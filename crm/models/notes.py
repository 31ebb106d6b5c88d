"""What somebody wrote down about a customer, at a moment."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer
from crm.models.trash import Trashable, TrashableQuerySet


class NoteQuerySet(TrashableQuerySet["Note"]):
    def of_live_customers(self) -> Self:
        return self.filter(customer__trashed_at__isnull=True)


class Note(Trashable):
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="written_notes"
    )
    text = models.TextField(_("text"), max_length=10_000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # The form it was written in: sent twice, it still makes one note.
    form_id = models.UUIDField(null=True, editable=False, unique=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.text[:60]
