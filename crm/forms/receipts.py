"""Receipts as they come with a form: several at once, and none lost to an error elsewhere."""

from datetime import datetime
from typing import Any, override

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.receipt_uploads import receive
from crm.models import HeldReceipt, Invoice, Receipt, User
from rules.receipt_files import FileKind

type Files = MultiValueDict[str, UploadedFile[bytes]]

#: HEIC by its names too: not every browser knows its type.
ACCEPT = ",".join([*(kind.media_type for kind in FileKind), ".heic", ".heif"])
_LONGEST_ID = 18


class ReceiptInput(forms.FileInput):
    """Files from the device and, on a phone, a photo taken now."""

    allow_multiple_selected = True
    template_name = "crm/forms/receipt_input.html"

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "accept": ACCEPT})

    @override
    def value_from_datadict(self, data: Any, files: Files, name: str) -> list[Any]:
        return files.getlist(name) if hasattr(files, "getlist") else []


class ReceiptsField(forms.Field):
    """Cleaned, a list of uploads that nobody has looked into yet."""

    widget = ReceiptInput
    default_error_messages = {"required": _("Choose at least one file.")}

    @property
    def max_bytes(self) -> int:
        return settings.RECEIPT_MAX_BYTES

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class ReceiptsMixin(forms.Form):
    """Reads and holds the files in `receipt`; whoever saves the form attaches `to_attach`.

    Where the form has errors, the good files are offered again as ticked boxes in `held`.
    """

    held = forms.Field(
        label=_("Already uploaded"), required=False, widget=forms.CheckboxSelectMultiple
    )
    receipt = ReceiptsField(label=_("Receipts"), required=False)

    def __init__(
        self, *args: Any, user: User, now: datetime, invoice: Invoice | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.user, self.now, self.invoice = user, now, invoice
        self.kept: list[HeldReceipt] = []
        self.remarks: list[str] = []
        self.fields["receipt"].help_text = gettext(
            "Photos and PDFs, at most %(megabytes)s MB each and %(files)s at once."
        ) % {
            "megabytes": settings.RECEIPT_MAX_BYTES // 1024**2,
            "files": settings.RECEIPTS_PER_UPLOAD,
        }

    def clean_held(self) -> list[HeldReceipt]:
        asked = {one for one in self.cleaned_data["held"] or () if _is_id(one)}
        self.kept = list(HeldReceipt.objects.of(self.user).filter(pk__in=asked))
        self._offer_again()
        if len(self.kept) < len(asked):
            raise ValidationError(gettext("A file has waited too long and is gone. Add it again."))
        return self.kept

    def clean_receipt(self) -> list[HeldReceipt]:
        uploads = self.cleaned_data["receipt"] or ()
        received = receive(uploads, user=self.user, now=self.now, known=self._known())
        self.kept += received.held
        self.remarks += received.remarks
        self._offer_again()
        if received.refused:
            raise ValidationError(received.refused)
        return received.held

    @property
    def to_attach(self) -> list[HeldReceipt]:
        return self.kept

    def _known(self) -> set[str]:
        known = {one.sha256 for one in self.kept}
        if self.invoice and self.invoice.pk:
            on_it = Receipt.objects.live().filter(invoice=self.invoice)
            known.update(on_it.values_list("sha256", flat=True))
        return known

    def _offer_again(self) -> None:
        """Should the form be shown once more: what has been kept, ticked."""
        if "held" not in self.fields:
            return
        self.fields["held"].widget.choices = [
            (str(one.pk), f"{one.filename} · {filesizeformat(one.size)}") for one in self.kept
        ]
        data = QueryDict(mutable=True)
        data.update(self.data)
        data.setlist("held", [str(one.pk) for one in self.kept])
        self.data = data


class ReceiptsForm(ReceiptsMixin):
    """Receipts for an invoice that is there: the good ones need not wait for anything."""

    held = None  # type: ignore[assignment] # Django's way to take a field away
    receipt = ReceiptsField(label=_("Add receipts"))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
