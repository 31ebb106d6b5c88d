"""Every part of the design on one page, with DEBUG only."""

from datetime import datetime
from types import SimpleNamespace

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm.forms.styleguide import sample_form
from crm.templatetags.design import STATES

NOW = datetime(2026, 11, 22, 9, 4)  # noqa: DTZ001 (a wall time)

CUSTOMERS = [
    ("Zoë O’Neill", "+34 612 34 56 78 · zoe@oneill.example", "Tue 9:00", "€129.95", ["vip"]),
    ("Ravi Patel", "+44 7911 123456", "", "", []),
    ("مريم الحسيني", "+971 50 123 4567 · maryam@example.ae", "Thu 17:30", "", ["wedding"]),
    (
        "Wolfeschlegelsteinhausenbergerdorff-Montgomery, Maximiliana Alexandra",
        "+49 1512 3456789 · maximiliana.alexandra@wolfeschlegelsteinhausen.example",
        "Mon 8:15",
        "€12,480.00",
        ["wholesale", "pays late"],
    ),
    ("陳小明", "+886 912 345 678", "", "NT$3,200", []),
]


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    if "toast" in request.GET:
        messages.success(request, "Reminder marked as done.", extra_tags="/styleguide/")
        messages.success(request, "Zoë O’Neill saved.")
    return render(
        request,
        "crm/styleguide.html",
        {
            "business": SimpleNamespace(name="Salon Aurora"),
            "wants_count": 3,
            "sender": {"running": False, "last_beat": None},
            "nav_current": "today",
            "states": list(STATES),
            "customers": CUSTOMERS,
            "hues": range(1, 13),
            "themes": ["light", "dark"],
            "form": sample_form(NOW),
            "wrong_form": sample_form(NOW, wrong=True),
        },
    )
