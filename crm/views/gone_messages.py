"""Pages that name a planned message which has gone with its series since they were opened."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from crm.views.access import GoneWithSeriesError
from crm.views.notices import warn
from crm.views.requests import AuthenticatedRequest

type View = Callable[[AuthenticatedRequest, int], HttpResponse]


def or_where_it_went(view: View) -> View:
    """Lead to what is planned instead, or to the customer, and say why; nothing has been done."""

    @wraps(view)
    def looked_for(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
        try:
            return view(request, message_id)
        except GoneWithSeriesError as gone:
            return _lead_on(request, gone)

    return looked_for


def why_gone(gone: GoneWithSeriesError) -> str:
    if gone.planned:
        return _("It has been planned anew with its series meanwhile. This is how it stands now.")
    if gone.series.stopped_at:
        return _("It is not planned any more: its series has been stopped meanwhile.")
    return _("It is not planned any more: its series has been changed meanwhile.")


def _lead_on(request: AuthenticatedRequest, gone: GoneWithSeriesError) -> HttpResponse:
    warn(request, why_gone(gone))
    page = reverse("customer_detail", args=[gone.series.customer_id])
    if gone.planned:
        page = reverse("message_detail", args=[gone.planned.pk])
    return HttpResponseClientRedirect(page) if request.htmx else redirect(page)
