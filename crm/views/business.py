"""The settings of the installation."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.actions import business as actions
from crm.actions import writing_rules as rules_actions
from crm.forms.business import KEEP_MOMENT, BusinessForm
from crm.forms.writing_rules import WritingRulesForm
from crm.models import Business, Heartbeat, User
from crm.views.notices import notify
from crm.views.requests import AuthenticatedRequest
from crm.views.sending_cards import channel_cards

#: More people than a business that shares one installation has.
PEOPLE_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: AuthenticatedRequest) -> HttpResponse:
    now = timezone.now()
    form = BusinessForm(request.POST or None, instance=Business.objects.current(), now=now)
    if not form.is_valid():
        return _page(request, form, now)
    changed = actions.change(
        form.instance,
        keep_clock_time=form.cleaned_data["planned"] != KEEP_MOMENT,
        actor=request.user,
        now=now,
    )
    notify(request, _("Saved.") if changed else _("Nothing was changed."))
    return redirect("settings")


@require_POST
def writing_rules(request: AuthenticatedRequest) -> HttpResponse:
    now, business = timezone.now(), Business.objects.current()
    rules = WritingRulesForm(request.POST, instance=business)
    if not rules.is_valid():
        form = BusinessForm(instance=Business.objects.current(), now=now)
        return _page(request, form, now, rules)
    changed = rules_actions.change(business, actor=request.user)
    notify(request, _("Saved.") if changed else _("Nothing was changed."))
    return redirect("settings")


def _page(
    request: AuthenticatedRequest,
    form: BusinessForm,
    now: datetime,
    rules: WritingRulesForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rules": rules or WritingRulesForm(instance=form.instance),
        "channels": channel_cards(now),
        "workers": Heartbeat.objects.at_work(now).order_by("started_at"),
        "people": User.objects.filter(is_active=True).order_by("username")[:PEOPLE_SHOWN],
        "version": settings.VERSION,
        "data_dir": settings.DATA_DIR,
        "nav_current": "settings",
    }
    return render(
        request, "crm/settings.html", context, status=422 if form.is_bound or rules else 200
    )
