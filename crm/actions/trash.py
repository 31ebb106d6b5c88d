"""Emptying the trash."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from crm.actions import inbound_media
from crm.actions.receipts import erase_receipts, sweep_held
from crm.models import Customer, InboundMedia, Invoice, Note, Receipt


def purge(now: datetime) -> int:
    """Erase for good, rows and files, what has lain there longer than it is kept.

    A customer goes with everything that is theirs. Returns how many things a person had thrown
    away are gone.
    """
    customers = Customer.objects.purgeable(now)
    invoices = Invoice.objects.purgeable(now)
    receipts = Receipt.objects.purgeable(now)
    thrown_away = receipts.count()
    erase_receipts(
        Receipt.objects.filter(
            Q(pk__in=receipts) | Q(invoice__in=invoices) | Q(invoice__customer__in=customers)
        )
    )
    inbound_media.erase(InboundMedia.objects.filter(message__customer__in=customers))
    sweep_held(now)
    return thrown_away + sum(
        _erase(rows) for rows in (Note.objects.purgeable(now), invoices, customers)
    )


def _erase(rows: QuerySet[Any]) -> int:
    _count, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)
