"""The list of customers as pages show it: found, filtered, ordered, and what each row tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.models import Customer, Invoice, MessageSchedule, Tag
from crm.models.consents import refusing
from crm.models.customers import CustomerQuerySet
from crm.templatetags import display
from crm.views.pages import page_of
from crm.views.requests import AuthenticatedRequest
from rules import phone

TAGS_SHOWN = 12
TAGS_IN_A_ROW = 3
LONGEST_SEARCH = 200


@dataclass(frozen=True, kw_only=True)
class Row:
    """`owes` is written out, empty where nothing is owed."""

    customer: Customer
    tags: Sequence[str]
    next_at: datetime | None
    owes: str


def customer_rows(request: AuthenticatedRequest, *, now: datetime, size: int) -> dict[str, Any]:
    """The context of `_customers.html`, in as many queries for one customer as for many."""
    text, tag = asked(request, "q"), asked(request, "tag")
    by = "added" if request.GET.get("by") == "added" else "name"
    found = _found(text, tag, by)
    refused = request.GET.get("refused") == "1"
    if refused:
        found = refusing(found)
    page = page_of(found.for_lists(), request.GET.get("page"), size=size)
    return {
        "rows": _rows(page.rows, now),
        "page": page,
        "q": text,
        "tag": tag,
        "by": by,
        "refused": refused,
        "tags": _tags(tag),
        "typed_as": typed_as(text),
    }


def asked(request: AuthenticatedRequest, name: str) -> str:
    """What the address asks for, as long as anybody would type; no database takes a NUL."""
    return request.GET.get(name, "")[:LONGEST_SEARCH].replace("\0", "").strip()


def typed_as(text: str) -> str:
    """Which field of a new customer a search that found nobody would be."""
    if "@" in text:
        return "email"
    return "phone_number" if phone.query_digits(text) else "name"


def owed_in_words(owed: Mapping[str, Decimal]) -> str:
    return " + ".join(display.money(owed[currency], currency) for currency in sorted(owed))


def _found(text: str, tag: str, by: str) -> CustomerQuerySet:
    found = Customer.objects.live()
    if tag:
        found = found.tagged(tag)
    if text:
        found = found.search(text)
    if by == "added":
        return found.newest_first()
    return found.best_first(text) if text else found


def _rows(customers: Sequence[Customer], now: datetime) -> list[Row]:
    tags = Customer.objects.filter(pk__in=[one.pk for one in customers]).tag_names()
    owed = Invoice.objects.live().filter(customer__in=customers).owed_by_customer()
    next_at = MessageSchedule.objects.filter(customer__in=customers).next_by_customer(now)
    return [
        Row(
            customer=customer,
            tags=tags.get(customer.pk, ())[:TAGS_IN_A_ROW],
            next_at=next_at.get(customer.pk),
            owes=owed_in_words(owed.get(customer.pk, {})),
        )
        for customer in customers
    ]


def _tags(chosen: str) -> list[str]:
    """The most worn ones, and in any case the chosen one."""
    names = [tag.name for tag in Tag.objects.in_use()[:TAGS_SHOWN]]
    known = chosen.casefold() in {name.casefold() for name in names}
    return names if known or not chosen else [chosen, *names]
