"""Everything about one customer, on one page."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from crm.actions.reach import reach_of
from crm.forms.notes import NoteForm
from crm.models import Customer
from crm.views.conversation import asked_for, conversation, with_receipts
from crm.views.customer_rows import owed_in_words
from crm.views.live import conversation_version
from crm.views.message_writing import composer
from crm.views.reminder_cards import sleeps
from crm.views.requests import AuthenticatedRequest
from crm.views.series import series_of
from rules import one_tap, phone

INVOICES_SHOWN = 5


def customer_page(
    request: AuthenticatedRequest, customer: Customer, *, note_form: NoteForm | None = None
) -> dict[str, Any]:
    """The context of `customer_detail.html`; as many queries for a little as for a lot."""
    now = timezone.now()
    invoices = customer.invoices.live()
    reach = reach_of(customer)
    newest = list(with_receipts(invoices)[: INVOICES_SHOWN + 1])
    return conversation_context(request, customer) | {
        "nav_current": "customers",
        "links": links(customer),
        "owes": owed_in_words(invoices.owed()),
        "invoices": newest[:INVOICES_SHOWN],
        "has_more_invoices": len(newest) > INVOICES_SHOWN,
        "suggested_zone": suggested_zone(customer, now=now),
        "reach": reach.values(),
        "series": series_of(customer, now),
        "composer": composer(request, customer, reach),
        "note_form": note_form or NoteForm(),
        "writes": "message" if customer.phone_number and not note_form else "note",
    }


def conversation_context(request: AuthenticatedRequest, customer: Customer) -> dict[str, Any]:
    """The part of it that is looked at again and again; its version is of before it was read."""
    now = timezone.now()
    version = conversation_version(customer, now=now)
    shown = asked_for(request.GET.get("shown"))
    return {
        "customer": customer,
        "this_moment": now,
        "version": version,
        "conversation": conversation(request, customer, now=now, shown=shown),
        "sleeps": sleeps(request, now),
        "back": reverse("customer_detail", args=[customer.pk]),
    }


def links(customer: Customer) -> dict[str, str]:
    """What opens the phone's own apps."""
    number, address = customer.phone_number, customer.email
    return {
        "call": one_tap.call_link(number) if number else "",
        "whatsapp": one_tap.whatsapp_link(number, "") if number else "",
        "sms": one_tap.sms_link(number, "", apple=False) if number else "",
        "mail": one_tap.mail_link(address) if address else "",
    }


def suggested_zone(customer: Customer, *, now: datetime) -> str:
    """Where the number is from, if that is one place and its clock is not ours; else empty."""
    if customer.time_zone or not customer.phone_number:
        return ""
    candidates = phone.zones(customer.phone_number)
    if len(candidates) != 1:
        return ""
    theirs = now.astimezone(ZoneInfo(candidates[0]))
    return "" if theirs.utcoffset() == timezone.localtime(now).utcoffset() else candidates[0]
