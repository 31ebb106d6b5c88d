"""The choices in a message's form."""

from typing import Any, override

from babel.dates import format_date
from django import forms
from django.utils.translation import gettext

from crm.models import Invoice
from crm.models.invoices import InvoiceQuerySet
from rules import money


class ChannelField(forms.ChoiceField):
    """`WhatsApp` and `SMS` in whatever case a script may send them."""

    @override
    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class InvoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic at run time
    def offer(self, invoices: InvoiceQuerySet, locale: str) -> None:
        """In one query, whether or not the field is drawn."""
        self.queryset = invoices
        named = [(one.pk, invoice_words(one, locale)) for one in invoices]
        self.choices = [("", self.empty_label), *named]


def invoice_words(invoice: Invoice, locale: str) -> str:
    """ "Cut and colour · 129,95 € · due 16 Nov 2026"."""
    amount = money.format_money(invoice.amount, invoice.currency, locale)
    due = invoice.due_on and format_date(invoice.due_on, "medium", locale=locale)
    when = gettext("due %(day)s") % {"day": due} if due else ""
    return " · ".join(part for part in (invoice.description, amount, when) if part)
