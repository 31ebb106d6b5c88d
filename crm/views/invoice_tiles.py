"""What stands above the list of invoices: which there are, and what they come to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.models.invoices import InvoiceQuerySet, Totals

#: show → its word, and how many there are of it.
SHOWS: dict[str, tuple[Promise, Callable[[Totals], int]]] = {
    "": (_("All"), lambda totals: totals.count),
    "unpaid": (_("Unpaid"), lambda totals: totals.unpaid_count),
    "overdue": (_("Overdue"), lambda totals: totals.overdue_count),
    "paid": (_("Paid"), lambda totals: totals.count - totals.unpaid_count),
}


@dataclass(frozen=True, kw_only=True)
class Tile:
    """`amounts` are of different currencies and so never added up, the business's own first."""

    name: str | Promise
    show: str
    tone: str
    amounts: Sequence[tuple[Decimal, str]]
    count: int


def chosen(invoices: InvoiceQuerySet, show: str, today: date) -> InvoiceQuerySet:
    if show == "unpaid":
        return invoices.unpaid().first_due_first()
    if show == "overdue":
        return invoices.overdue(today).first_due_first()
    if show == "paid":
        return invoices.paid().order_by("-paid_on", "-pk")
    return invoices


def tiles(totals: Sequence[Totals], currency: str) -> list[Tile]:
    own_first = sorted(totals, key=lambda one: (one.currency != currency, one.currency))
    overdue = sum(one.overdue_count for one in totals)
    return [
        Tile(
            name=_("Overdue"),
            show="overdue",
            tone="failed" if overdue else "",
            amounts=_amounts(((one.overdue, one.currency) for one in own_first), currency),
            count=overdue,
        ),
        Tile(
            name=_("Unpaid"),
            show="unpaid",
            tone="",
            amounts=_amounts(((one.unpaid, one.currency) for one in own_first), currency),
            count=sum(one.unpaid_count for one in totals),
        ),
        Tile(
            name=_("Paid this month"),
            show="paid",
            tone="",
            amounts=_amounts(((one.paid, one.currency) for one in own_first), currency),
            count=sum(one.paid_count for one in totals),
        ),
    ]


def _amounts(
    found: Iterable[tuple[Decimal | None, str]], currency: str
) -> Sequence[tuple[Decimal, str]]:
    return [(amount, of) for amount, of in found if amount is not None] or [(Decimal(0), currency)]
