"""Messages: scheduled, looked through, changed and called off."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from crm.actions import messages, series
from crm.actions.message_changes import MessageError
from crm.forms.messages import MessageScheduleForm
from crm.models import Customer, MessageSchedule
from crm.templatetags.display import moment
from crm.views import access
from crm.views.back import next_url
from crm.views.gone_messages import or_where_it_went, why_gone
from crm.views.live import message_version
from crm.views.message_lists import listed
from crm.views.message_pages import told
from crm.views.message_preview import offered, preview_of
from crm.views.message_refusals import refusal
from crm.views.message_writing import form_anew, message_form
from crm.views.notices import notify, warn
from crm.views.requests import AuthenticatedRequest
from crm.views.series_writing import apart_from_series, change_following, say_begun
from rules.message_states import Status

#: What depends on a choice, and is drawn anew when another one is made.
_PARTS = {
    "template-slots": "crm/components/_template_slots.html",
    "receipt-choice": "crm/components/_receipt_choice.html",
}


@require_safe
@vary_on_headers("HX-Request")
def message_list(request: AuthenticatedRequest) -> HttpResponse:
    as_typed = request.htmx and not request.htmx.history_restore_request
    page = "crm/components/_messages.html" if as_typed else "crm/message_list.html"
    return render(request, page, listed(request))


@require_safe
@or_where_it_went
def message_detail(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    """204 where the page looks again by itself and shows the message as it is."""
    message = access.get_message(request, message_id)
    asked = request.GET.get("version") if request.htmx else None
    if asked and asked == message_version(message, now=timezone.now()):
        return HttpResponse(status=204)
    return render(request, "crm/message_detail.html", told(request, message))


@require_http_methods(["GET", "HEAD", "POST"])
def message_schedule(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id)
    if not customer.phone_number:
        return render(request, "crm/message_unreachable.html", _page(customer))
    form = message_form(request, customer)
    if not form.is_valid():
        return _form_page(request, form)
    if form.rule:
        message = series.begin(form.draft, form.rule, actor=request.user, now=form.now)
    else:
        message = messages.schedule(form.draft, actor=request.user, now=form.now)
    return _scheduled(request, message, form)


@require_http_methods(["GET", "HEAD", "POST"])
@or_where_it_went
def message_edit(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    try:
        message = access.get_message(request, message_id)
    except access.GoneWithSeriesError as gone:
        if request.method != "POST":
            raise
        if gone.planned is None:
            return _written_anew(request, gone)
        message = gone.planned  # the form compares it with what was seen
    if not message.is_editable:
        warn(request, refusal(message, None))
        return redirect("message_detail", message.pk)
    form = message_form(request, message.customer, message)
    if not form.is_valid():
        return _form_page(request, form)
    if form.rule and form.changes_following:
        return change_following(request, form, form.rule, message)
    try:
        messages.edit(message, form.draft, actor=request.user, now=form.now)
    except MessageError as error:
        warn(request, refusal(message, error))
        return redirect("message_detail", message.pk)
    said = _("Saved: it goes %(moment)s.") % {"moment": moment(form.goes_at)}
    notify(request, " ".join(filter(None, (said, apart_from_series(message)))))
    _warn_of_window(request, form)
    return HttpResponseRedirect(next_url(request, reverse("message_detail", args=[message.pk])))


@require_POST
def message_preview(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    """A part of the form for htmx; all of it, and the preview, for the buttons without JavaScript.

    One of those asks for the text with `plain` signs.
    """
    customer = access.get_customer(request, customer_id)
    edited = request.GET.get("message", "")
    try:
        message = access.get_message(request, int(edited[:18])) if edited.isdecimal() else None
    except access.GoneWithSeriesError as gone:
        if gone.planned is None and not request.htmx:
            return _written_anew(request, gone)
        message = gone.planned
    form = message_form(request, customer, message, plainly="plain" in request.POST)
    form.is_valid()
    form.forgive_unasked()
    if request.htmx:
        return render(request, _part(request.htmx.target), _context(form) | {"oob": True})
    return _form_page(request, form)


@require_POST
@or_where_it_went
def message_cancel(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message = access.get_message(request, message_id)
    back = next_url(request, reverse("message_detail", args=[message_id]))
    try:
        event = messages.cancel(message, actor=request.user, now=timezone.now())
    except MessageError as error:
        warn(request, refusal(message, error))
    else:
        undo = f"{reverse('message_uncancel', args=[message_id])}?{urlencode({'next': back})}"
        said = _("Called off: %(customer)s does not get it.") % {"customer": message.customer.name}
        notify(request, said if event else refusal(message, None), undo=undo if event else "")
    return HttpResponseRedirect(back)


@require_POST
@or_where_it_went
def message_uncancel(request: AuthenticatedRequest, message_id: int) -> HttpResponse:
    message = access.get_message(request, message_id)
    try:
        messages.uncancel(message, actor=request.user, now=timezone.now())
    except MessageError as error:
        warn(request, refusal(message, error))
    else:
        notify(request, _brought_back(message))
    return HttpResponseRedirect(next_url(request, reverse("message_detail", args=[message_id])))


def _written_anew(request: AuthenticatedRequest, gone: access.GoneWithSeriesError) -> HttpResponse:
    """What was typed for a message that is gone, as the form of one by itself."""
    form = form_anew(request, gone.series.customer)
    form.is_valid()
    said = _("What you wrote stands here: schedule it, and it goes by itself.")
    form.add_error(None, f"{why_gone(gone)} {said}")
    return _form_page(request, form)


def _page(customer: Customer) -> dict[str, Any]:
    return {"customer": customer, "nav_current": "customers"}


def _form_page(request: AuthenticatedRequest, form: MessageScheduleForm) -> HttpResponse:
    return render(request, "crm/message_form.html", _context(form))


def _context(form: MessageScheduleForm) -> dict[str, Any]:
    return _page(form.customer) | {
        "form": form,
        "message": form.message,
        "placeholders": offered(form),
        "preview": preview_of(form) if form.is_bound else None,
    }


def _part(target: str | None) -> str:
    """Which part of the form was asked for, by the id of its element."""
    return _PARTS.get(target or "", "crm/components/_message_preview.html")


def _scheduled(
    request: AuthenticatedRequest, message: MessageSchedule, form: MessageScheduleForm
) -> HttpResponse:
    customer = reverse("customer_detail", args=[message.customer_id])
    if message.state is Status.DUE:
        said = _("It is ready: open %(channel)s and press Send there.")
        notify(request, said % {"channel": message.get_message_type_display()})
        return redirect("message_detail", message.pk)
    if message.series:
        say_begun(request, message, message.series)
    else:
        undo = f"{reverse('message_cancel', args=[message.pk])}?{urlencode({'next': customer})}"
        notify(request, _promise(message, form), undo=undo)
    _warn_of_window(request, form)
    return HttpResponseRedirect(next_url(request, customer))


def _promise(message: MessageSchedule, form: MessageScheduleForm) -> str:
    when = {"moment": moment(message.schedule_date), "later": moment(form.goes_at)}
    if form.goes_at != message.schedule_date:
        return _("Scheduled for %(moment)s. Those are quiet hours: it goes %(later)s.") % when
    if message.schedule_date <= timezone.now():
        return _("It goes now.")
    return _("Scheduled for %(moment)s.") % when


def _warn_of_window(request: AuthenticatedRequest, form: MessageScheduleForm) -> None:
    """What is written freely is still promised: the customer may write to us in between."""
    if not (form.misses_window and form.moment):
        return
    said = _(
        "At that moment WhatsApp takes only a template from you, unless %(customer)s writes to you "
        "before. Otherwise it waits for you on Today."
    )
    if form.draft.fallback_channel:
        said = _(
            "Unless %(customer)s writes to you before, WhatsApp refuses it and it goes as SMS."
        )
    warn(request, said % {"customer": form.customer.first_name})


def _brought_back(message: MessageSchedule) -> str:
    if message.state is Status.SCHEDULED:
        when = {"moment": moment(message.schedule_date)}
        return _("Brought back: it goes %(moment)s.") % when
    return _("Brought back. Its time had passed, so it waits on the home page for you.")
