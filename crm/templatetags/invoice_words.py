"""What there is to say about an invoice: its state in a pill, its past in sentences.

Like `display.py`, drawn where the page is: it reads the business's day from the clock.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm.models import Event, Invoice
from crm.templatetags.design import pill
from crm.templatetags.display import day, money

register = template.Library()


@register.filter
def invoice_state(invoice: Invoice) -> str:
    """ "paid", "overdue" or "unpaid"."""
    if invoice.is_paid:
        return "paid"
    return "overdue" if invoice.is_overdue(timezone.localdate()) else "unpaid"


@register.filter
def invoice_pill(invoice: Invoice) -> SafeString:
    """ "Paid 12 Nov", "16 days late", "Due 27 Nov"."""
    state = invoice_state(invoice)
    words = {"paid": _paid, "overdue": _late, "unpaid": _due}[state](invoice)
    return pill(state, words)


@register.filter
def invoice_event(event: Event) -> str:
    """What happened to an invoice or a receipt; "" for an event that is about neither."""
    if event.kind == "invoice.changed":
        return _changed(event.detail)
    words = _EVENTS.get(event.kind)
    return str(words) % {"name": event.detail.get("filename", "")} if words else ""


_EVENTS: dict[str, str | Promise] = {
    "invoice.added": _("Added"),
    "invoice.paid": _("Marked as paid"),
    "invoice.unpaid": _("Marked as unpaid"),
    "invoice.trashed": _("Put in the trash"),
    "invoice.restored": _("Brought back from the trash"),
    "receipt.added": _("Receipt “%(name)s” added"),
    "receipt.trashed": _("Receipt “%(name)s” removed"),
    "receipt.restored": _("Receipt “%(name)s” brought back"),
}
_FIELDS = {
    "description": _("What for"),
    "issued_on": _("Issued"),
    "due_on": _("Due"),
    "paid_on": _("Paid on"),
}


def _paid(invoice: Invoice) -> str:
    return gettext("Paid %(day)s") % {"day": day(invoice.paid_on)}


def _late(invoice: Invoice) -> str:
    late = (timezone.localdate() - (invoice.due_on or invoice.issued_on)).days
    return ngettext("%(days)s day late", "%(days)s days late", late) % {"days": late}


def _due(invoice: Invoice) -> str:
    return gettext("Due %(day)s") % {"day": day(invoice.due_on)} if invoice.due_on else ""


def _changed(detail: dict[str, Any]) -> str:
    """ "Amount: €120.00 → €129.95 · Due: 12 Nov → 26 Nov"."""
    fields = detail["fields"]
    said = []
    if not {"amount", "currency"}.isdisjoint(fields):
        worth = [money(Decimal(amount), currency) for amount, currency in detail["worth"]]
        said.append((gettext("Amount"), *worth))
    for name, label in _FIELDS.items():
        if name in fields:
            said.append((str(label), *(_shown(name, value) for value in fields[name])))
    return " · ".join(f"{label}: {before} → {after}" for label, before, after in said)


def _shown(name: str, value: str) -> str:
    if not value:
        return "–"
    return value if name == "description" else day(date.fromisoformat(value))
