"""Messages that come again: what stands in a series, ending it, letting it go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.actions import series
from crm.actions.messages import rendered
from crm.models import Business, Customer, MessageSchedule, MessageSeries
from crm.models.message_querysets import know_accounts_of_late
from crm.models.series import SeriesQuerySet
from crm.templatetags.display import number
from crm.templatetags.message_words import shown_state
from crm.views import access
from crm.views.back import next_url
from crm.views.notices import notify
from crm.views.pages import page_of
from crm.views.requests import AuthenticatedRequest
from rules.message_states import Status

MESSAGES_A_PAGE = 50
AHEAD_AT_MOST = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    message: MessageSchedule
    text: str
    state: str


@require_safe
def series_detail(request: AuthenticatedRequest, series_id: int) -> HttpResponse:
    one = access.get_series(request, series_id)
    now = timezone.now()
    found = one.messages.select_related("customer", "invoice", "account")
    page = page_of(found.so_far(now), request.GET.get("page"), size=MESSAGES_A_PAGE)
    ahead = found.to_come(now)[:AHEAD_AT_MOST]
    know_accounts_of_late(page.rows, now)
    context = {
        "series": _ahead(MessageSeries.objects.filter(pk=one.pk), now).get(),
        "customer": one.customer,
        "page": page,
        "ahead": [_row(message, request.business, now) for message in ahead],
        "so_far": [_row(message, request.business, now) for message in page.rows],
        "nav_current": "customers",
    }
    return render(request, "crm/series_detail.html", context)


@require_POST
def series_stop(request: AuthenticatedRequest, series_id: int) -> HttpResponse:
    one = access.get_series(request, series_id)
    spared = series.stop(one, actor=request.user, now=timezone.now())
    if spared is None:
        notify(request, _("It had been stopped already."))
    else:
        said = ngettext(
            "It does not come again: %(count)s planned message is gone.",
            "It does not come again: %(count)s planned messages are gone.",
            spared,
        )
        undo = reverse("series_resume", args=[one.pk])
        notify(request, said % {"count": number(spared)}, undo=undo)
    return _back(request, one)


@require_POST
def series_resume(request: AuthenticatedRequest, series_id: int) -> HttpResponse:
    one = access.get_series(request, series_id)
    if series.resume(one, actor=request.user, now=timezone.now()):
        notify(request, _("It comes again."))
    else:
        notify(request, _("It comes again already."))
    return _back(request, one)


def series_of(customer: Customer, now: datetime) -> list[MessageSeries]:
    """What comes again, the next first; each with its `next_at` and `next_pk`."""
    running = _ahead(MessageSeries.objects.running().filter(customer=customer), now)
    return list(running.filter(next_at__isnull=False).order_by("next_at"))


def _row(message: MessageSchedule, business: Business, now: datetime) -> Row:
    return Row(
        message=message,
        text=message.text_sent or rendered(message, business).text,
        state="due" if message.is_stuck(now) else shown_state(message),
    )


def _ahead(found: SeriesQuerySet, now: datetime) -> Any:
    ahead = MessageSchedule.objects.filter(
        series=OuterRef("pk"), status=Status.SCHEDULED, schedule_date__gt=now
    ).order_by("schedule_date")
    return found.annotate(
        next_at=Subquery(ahead.values("schedule_date")[:1]),
        next_pk=Subquery(ahead.filter(is_detached=False).values("pk")[:1]),
    )


def _back(request: AuthenticatedRequest, one: MessageSeries) -> HttpResponse:
    page = reverse("customer_detail", args=[one.customer_id])
    return HttpResponseRedirect(next_url(request, page))
