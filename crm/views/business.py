"""The settings of the installation."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.actions import business as actions
from crm.forms.business import KEEP_MOMENT, BusinessForm, DeliveryForm
from crm.models import Business, Heartbeat, User
from crm.views.notices import notify
from crm.views.requests import AuthenticatedRequest

#: More people than a business that shares one installation has.
PEOPLE_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: AuthenticatedRequest) -> HttpResponse:
    now = timezone.now()
    form = BusinessForm(request.POST or None, instance=Business.objects.current(), now=now)
    if not form.is_valid():
        return _page(request, form=form, delivery=DeliveryForm(), status=_status(form))
    changed = actions.change(
        form.instance,
        keep_clock_time=form.cleaned_data["planned"] != KEEP_MOMENT,
        actor=request.user,
        now=now,
    )
    notify(request, _("Saved.") if changed else _("Nothing was changed."))
    return redirect("settings")


@require_POST
def delivery_settings(request: AuthenticatedRequest) -> HttpResponse:
    delivery = DeliveryForm(request.POST)
    if not delivery.is_valid():
        form = BusinessForm(instance=Business.objects.current(), now=timezone.now())
        return _page(request, form=form, delivery=delivery, status=_status(delivery))
    for channel, provider in delivery.cleaned_data.items():
        actions.choose_delivery(channel, provider, actor=request.user)
    notify(request, _("Saved."))
    return redirect("settings")


def _status(form: BusinessForm | DeliveryForm) -> int:
    return 422 if form.is_bound else 200


def _page(
    request: AuthenticatedRequest, *, form: BusinessForm, delivery: DeliveryForm, status: int
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "delivery": delivery,
        "workers": Heartbeat.objects.at_work(timezone.now()).order_by("started_at"),
        "people": User.objects.filter(is_active=True).order_by("username")[:PEOPLE_SHOWN],
        "version": settings.VERSION,
        "data_dir": settings.DATA_DIR,
        "nav_current": "settings",
    }
    return render(request, "crm/settings.html", context, status=status)
