"""What a customer is written, checked before it is promised."""

import unicodedata
from datetime import date
from typing import Any, override

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.models import Invoice, MessageSchedule
from rules.message_text import Rendered

_WITHOUT_INVOICE = _("Choose the invoice it is about, or take %(placeholder)s out.")
_MISSING: dict[str, str | Promise] = {
    "company": _("%(customer)s has no company. Add one, or take %(placeholder)s out."),
    "business": _("Your business has no name yet. Add it, or take %(placeholder)s out."),
    "business_phone": _("Your business has no number yet. Add it, or take %(placeholder)s out."),
    "invoice_due": _("The invoice has no due date. Add one, or take %(placeholder)s out."),
    "invoice_for": _("The invoice does not say what for. Add it, or take %(placeholder)s out."),
}
#: Words for the chips that put a placeholder in.
LABELS: dict[str, str | Promise] = {
    "first_name": _("First name"),
    "name": _("Whole name"),
    "company": _("Company"),
    "business": _("Our name"),
    "business_phone": _("Our phone"),
    "invoice_amount": _("Invoice amount"),
    "invoice_due": _("Invoice due"),
    "invoice_for": _("Invoice for"),
    "date": _("Date"),
    "time": _("Time"),
}


class MessageTextField(forms.CharField):
    """Lines end in one line feed; what no phone can show (NUL, controls) is left out."""

    widget = forms.Textarea(attrs={"rows": 4, "dir": "auto"})
    default_error_messages = {"required": _("Write what the customer will read.")}

    @override
    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\r\n", "\n").replace("\r", "\n")
        kept = (sign for sign in text if sign in "\n\t" or not _is_control(sign))
        return str(super().to_python("".join(kept)))


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs"}


def length_errors(
    found: Rendered, longest: int, *, is_caption: bool = False
) -> list[ValidationError]:
    """Why a text goes in no one message, where `longest` characters do."""
    if len(found.text) <= longest:
        return []
    said = gettext("Filled in, it has %(length)s characters; %(longest)s fit.")
    if is_caption:
        said = gettext(
            "Filled in, it has %(length)s characters; with a file %(longest)s fit. Shorten it, or "
            "send the file in a message of its own."
        )
    counts = {"length": len(found.text), "longest": longest}
    return [ValidationError(said % counts, code="max_length")]


def placeholder_errors(message: MessageSchedule, found: Rendered) -> list[ValidationError]:
    missing = [
        ValidationError(advice(message, name), code="missing_placeholder") for name in found.missing
    ]
    unknown = [
        ValidationError(_unknown(name), code="unknown_placeholder") for name in found.unknown
    ]
    return missing + unknown


def advice(message: MessageSchedule, placeholder: str) -> str:
    """What to add so that a placeholder has something to stand for."""
    of_invoice = placeholder.startswith("invoice_") and message.invoice is None
    said = _WITHOUT_INVOICE if of_invoice else _MISSING.get(placeholder, _WITHOUT_INVOICE)
    return str(said) % {"customer": message.customer.name, "placeholder": f"{{{placeholder}}}"}


def about_invoice(invoice: Invoice, today: date) -> str:
    """A first text for a message about it; `today` is the business's day."""
    if invoice.paid_on:
        return gettext("Hello {first_name}, thank you: {invoice_amount} has arrived.")
    if invoice.due_on is None:
        return gettext("Hello {first_name}, a friendly word: {invoice_amount} is still open.")
    if invoice.due_on < today:
        return gettext(
            "Hello {first_name}, a friendly word: {invoice_amount} was due on {invoice_due}."
        )
    return gettext("Hello {first_name}, a friendly word: {invoice_amount} is due on {invoice_due}.")


def _unknown(name: str) -> str:
    said = gettext("There is no %(placeholder)s: take one of those below the text.")
    return said % {"placeholder": f"{{{name}}}"}
