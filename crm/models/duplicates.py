"""Customers who may be the same person twice: a warning, since families share phones and names."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from django.db.models import Q
from django.db.models.functions import Length

from crm.models.customers import Customer, CustomerQuerySet, folded

SHOWN_AT_MOST = 5
#: No more, since they are compared letter by letter while somebody waits.
COMPARED_AT_MOST = 1000
#: One letter wrong, missing or too many in a name of eight; two in one of sixteen.
ALIKE = 0.86
SHORTEST_COMPARED = 5
_LENGTHS_APART = 2

type Because = Literal["phone", "email", "name", "near_name"]


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    customer: Customer
    because: Because


def likely_duplicates(
    *, name: str = "", phone_number: str = "", email: str = "", besides: int = 0
) -> list[Duplicate]:
    """The likeliest first. `phone_number` is E.164; `besides` is the customer being edited."""
    others = Customer.objects.live().exclude(pk=besides)
    same = list(others.like(phone_number=phone_number, email=email, name=name)[:SHOWN_AT_MOST])
    near = _near(others.exclude(pk__in=[customer.pk for customer in same]), name)
    found = [
        *(_duplicate(customer, phone_number, email) for customer in same),
        *(Duplicate(customer=customer, because="near_name") for customer in near),
    ]
    order = get_args(Because.__value__)
    return sorted(found, key=lambda one: order.index(one.because))[:SHOWN_AT_MOST]


def _duplicate(customer: Customer, phone_number: str, email: str) -> Duplicate:
    because: Because = "name"
    if phone_number and customer.phone_number == phone_number:
        because = "phone"
    elif email and customer.email.casefold() == email.casefold():
        because = "email"
    return Duplicate(customer=customer, because=because)


def _near(others: CustomerQuerySet, name: str) -> list[Customer]:
    """A letter or two apart. Candidates begin alike or share the longest word."""
    typed = folded(" ".join(name.split()))
    if len(typed) < SHORTEST_COMPARED:
        return []
    alike = Q(sort_name__startswith=typed[:2])
    if " " in typed:
        alike |= Q(search_text__contains=max(typed.split(), key=len))
    candidates = others.alias(letters=Length("sort_name")).filter(
        alike,
        letters__gte=len(typed) - _LENGTHS_APART,
        letters__lte=len(typed) + _LENGTHS_APART,
    )
    names = dict(candidates.order_by().values_list("pk", "sort_name")[:COMPARED_AT_MOST])
    close = set(get_close_matches(typed, names.values(), n=SHOWN_AT_MOST, cutoff=ALIKE))
    pks = [pk for pk, one in names.items() if one in close][:SHOWN_AT_MOST]
    return list(others.filter(pk__in=pks))
