"""One box that finds customers, invoices and messages."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from crm.models import Customer, Invoice, MessageSchedule
from crm.templatetags import display
from crm.views.customer_rows import asked, typed_as
from crm.views.requests import AuthenticatedRequest
from rules.money import MoneyError, parse_amount

CUSTOMERS_FOUND = 8
OTHERS_FOUND = 5
#: On a page of its own there is room.
PAGE_FACTOR = 4


@require_safe
@vary_on_headers("HX-Request")
def search(request: AuthenticatedRequest) -> HttpResponse:
    text = asked(request, "q")
    context: dict[str, Any] = {"q": text, "typed_as": typed_as(text), "nav_current": "search"}
    if text:
        context["found"] = _found(request, text, 1 if request.htmx else PAGE_FACTOR)
    page = "crm/components/_found.html" if request.htmx else "crm/search.html"
    return render(request, page, context)


def _found(request: AuthenticatedRequest, text: str, times: int) -> dict[str, Any]:
    customers = Customer.objects.live().search(text).best_first(text)
    invoices = Invoice.objects.live().search(text, amount=_amount(request, text))
    messages = MessageSchedule.objects.live().search(text)
    return {
        "customers": customers[: CUSTOMERS_FOUND * times],
        "invoices": invoices.select_related("customer")[: OTHERS_FOUND * times],
        "messages": messages.select_related("customer", "account")[: OTHERS_FOUND * times],
    }


def _amount(request: AuthenticatedRequest, text: str) -> Decimal | None:
    try:
        return parse_amount(text, currency=request.business.currency, locale=display.locale())
    except MoneyError:
        return None
