"""Today: what wants a person, what comes next, and the customers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from crm.views import reminder_cards
from crm.views.customer_rows import customer_rows
from crm.views.requests import AuthenticatedRequest

CUSTOMERS_SHOWN = 20


@require_safe
@vary_on_headers("HX-Request")
def customer_list(request: AuthenticatedRequest) -> HttpResponse:
    now = timezone.now()
    context = customer_rows(request, now=now, size=CUSTOMERS_SHOWN)
    context |= {"nav_current": "today", "now": now, "is_excerpt": True}
    if request.htmx:
        return render(request, "crm/components/_customers.html", context)
    context["today"] = shown = reminder_cards.today(request)
    context["wants_count"] = shown.wants_count  # counted already: the frame need not ask again
    return render(request, "crm/customer_list.html", context)
