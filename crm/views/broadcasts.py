"""Messages to many: written, looked over, sent off, watched, stopped and let go on."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import broadcasts
from crm.forms.broadcasts import BroadcastForm
from crm.models import Broadcast, Tag
from crm.templatetags.display import number
from crm.views import access
from crm.views.broadcast_pages import placeholders, progress_of, summary_of
from crm.views.notices import notify
from crm.views.pages import page_of
from crm.views.requests import AuthenticatedRequest

BROADCASTS_A_PAGE = 20
#: What a button of the form asks for besides looking it over.
SEND, CHANGE = "send", "change"


@require_safe
def broadcast_list(request: AuthenticatedRequest) -> HttpResponse:
    page = page_of(
        Broadcast.objects.newest_first().select_related("created_by"),
        request.GET.get("page"),
        size=BROADCASTS_A_PAGE,
    )
    rows = progress_of(page.rows, timezone.now())
    context = {"page": page, "rows": rows, "nav_current": "messages"}
    return render(request, "crm/broadcast_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def broadcast_create(request: AuthenticatedRequest) -> HttpResponse:
    """Written first, then looked over with its numbers; only that page's button sends it off."""
    form = _form(request)
    if not form.is_bound:
        return _form_page(request, form)
    is_valid, step = form.is_valid(), request.POST.get("step")
    if first := broadcasts.made_with(form.cleaned_data.get("form_id")):
        notify(request, _("It had been sent off already."))
        return redirect("broadcast_detail", first.pk)
    if not is_valid or step == CHANGE or not form.audience.chosen:
        return _form_page(request, form, status=200 if is_valid else 422)
    if step != SEND:
        return _confirm_page(request, form)
    return _sent_off(request, form)


@require_POST
def broadcast_audience(request: AuthenticatedRequest) -> HttpResponse:
    """A part of the form for htmx: who gets it as it stands, or the places of a template."""
    form = _form(request)
    form.is_valid()
    part = "_slots" if request.htmx.target == "template-slots" else "_audience"
    return render(request, f"crm/broadcasts/{part}.html", {"form": form})


@require_safe
def broadcast_detail(request: AuthenticatedRequest, broadcast_id: int) -> HttpResponse:
    broadcast = access.get_broadcast(request, broadcast_id)
    context = {
        "broadcast": broadcast,
        "progress": progress_of([broadcast], timezone.now())[0],
        "tags": broadcast.tags.all(),
        "nav_current": "messages",
    }
    return render(request, "crm/broadcast_detail.html", context)


@require_POST
def broadcast_stop(request: AuthenticatedRequest, broadcast_id: int) -> HttpResponse:
    broadcast = access.get_broadcast(request, broadcast_id)
    stopped = broadcasts.stop(broadcast, actor=request.user, now=timezone.now())
    if stopped is None:
        notify(request, _("It had been stopped already."))
    else:
        said = ngettext(
            "Stopped: %(count)s message does not go out.",
            "Stopped: %(count)s messages do not go out.",
            stopped,
        )
        undo = reverse("broadcast_resume", args=[broadcast.pk])
        notify(request, said % {"count": number(stopped)}, undo=undo)
    return redirect("broadcast_detail", broadcast.pk)


@require_POST
def broadcast_resume(request: AuthenticatedRequest, broadcast_id: int) -> HttpResponse:
    broadcast = access.get_broadcast(request, broadcast_id)
    back = broadcasts.resume(broadcast, actor=request.user, now=timezone.now())
    if back is None:
        notify(request, _("It goes on already."))
    else:
        said = ngettext(
            "%(count)s message goes out after all.", "%(count)s messages go out after all.", back
        )
        notify(request, said % {"count": number(back)})
    return redirect("broadcast_detail", broadcast.pk)


def _form(request: AuthenticatedRequest) -> BroadcastForm:
    sent = request.POST if request.method == "POST" else None
    named = request.GET.getlist("tag")[:20]
    tags = Tag.objects.filter(name__in=[name.replace("\0", "") for name in named])
    initial = {"tags": list(tags)} if named else None
    return BroadcastForm(sent, business=request.business, now=timezone.now(), initial=initial)


def _form_page(
    request: AuthenticatedRequest, form: BroadcastForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "placeholders": placeholders(request.business, timezone.now()),
        "nav_current": "messages",
    }
    return render(request, "crm/broadcast_form.html", context, status=status)


def _confirm_page(request: AuthenticatedRequest, form: BroadcastForm) -> HttpResponse:
    asked = request.POST.get("sample", "")
    sample = int(asked[:6]) if asked.isascii() and asked.isdecimal() else 0
    context = {
        "form": form,
        "summary": summary_of(form, sample),
        "sample": sample,
        "nav_current": "messages",
    }
    return render(request, "crm/broadcast_confirm.html", context)


def _sent_off(request: AuthenticatedRequest, form: BroadcastForm) -> HttpResponse:
    made = broadcasts.send(
        form.draft,
        form.wanted,
        form.audience,
        time_zone=request.business.time_zone,
        actor=request.user,
        now=form.now,
    )
    said = ngettext(
        "%(count)s message is scheduled.", "%(count)s messages are scheduled.", made.recipients
    )
    undo = reverse("broadcast_stop", args=[made.pk])
    notify(request, said % {"count": number(made.recipients)}, undo=undo)
    return HttpResponseRedirect(reverse("broadcast_detail", args=[made.pk]))
