"""What has been thrown away and can still be had back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm.models import Customer, Invoice, Note, Receipt
from crm.models.trash import KEPT_FOR
from crm.views.requests import AuthenticatedRequest

SHOWN_OF_EACH = 100

type Thing = Customer | Invoice | Note | Receipt


@dataclass(frozen=True, kw_only=True)
class Thrown:
    """`restore_url` is to be posted to; after `days_left` it is gone for good."""

    thing: Thing
    owner: Customer | None
    restore_url: str
    days_left: int


@dataclass(frozen=True, kw_only=True)
class Section:
    kind: str
    title: str | Promise
    rows: Sequence[Thrown]
    has_more: bool


@require_safe
def trash(request: AuthenticatedRequest) -> HttpResponse:
    """Without what went with a customer or an invoice: it comes back with them."""
    now = timezone.now()
    customers = Customer.objects.last_thrown_first()
    invoices = Invoice.objects.of_live_customers().last_thrown_first()
    receipts = Receipt.objects.of_live_invoices().last_thrown_first()
    notes = Note.objects.of_live_customers().last_thrown_first()
    sections = (
        _section("customer", _("Customers"), customers, now),
        _section("invoice", _("Invoices"), invoices.select_related("customer"), now),
        _section("receipt", _("Receipts"), receipts.select_related("invoice__customer"), now),
        _section("note", _("Notes"), notes.select_related("customer"), now),
    )
    context = {
        "sections": [section for section in sections if section.rows],
        "days_kept": KEPT_FOR.days,
        "shown_of_each": SHOWN_OF_EACH,
    }
    return render(request, "crm/trash.html", context)


def _section(kind: str, title: Promise, things: QuerySet[Any], now: datetime) -> Section:
    found = list(things[: SHOWN_OF_EACH + 1])
    rows = [
        Thrown(
            thing=thing,
            owner=_owner(thing),
            restore_url=reverse(f"{kind}_restore", args=[thing.pk]),
            days_left=thing.days_left(now),
        )
        for thing in found[:SHOWN_OF_EACH]
    ]
    return Section(kind=kind, title=title, rows=rows, has_more=len(found) > SHOWN_OF_EACH)


def _owner(thing: Thing) -> Customer | None:
    if isinstance(thing, Customer):
        return None
    return thing.invoice.customer if isinstance(thing, Receipt) else thing.customer
