"""What a customer said about being written to, recorded on their page."""

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.actions import consents
from crm.actions.consents import ConsentChangedError
from crm.models.customers import Channel
from crm.views import access
from crm.views.back import next_url
from crm.views.notices import notify, warn
from crm.views.requests import AuthenticatedRequest

_ANSWERS = {"yes": True, "no": False, "unknown": None}


@require_POST
def consent_record(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id)
    channel, answer = request.POST.get("channel"), request.POST.get("given")
    if channel not in Channel.values or answer not in _ANSWERS:
        return HttpResponseBadRequest()
    given = _ANSWERS[answer]
    event = consents.record(customer, channel, given, actor=request.user, now=timezone.now())
    undo = reverse("consent_undo", args=[customer.pk, event.pk]) if event else ""
    notify(request, _said(given) % {"channel": Channel(channel).label}, undo=undo)
    return _back(request, customer_id)


@require_POST
def consent_undo(request: AuthenticatedRequest, customer_id: int, event_id: int) -> HttpResponse:
    event = access.get_consent_event(request, customer_id, event_id)
    try:
        consents.undo(event, actor=request.user)
    except ConsentChangedError:
        warn(request, _("Something else has been recorded since, so nothing was taken back."))
    else:
        notify(request, _("Taken back."))
    return _back(request, customer_id)


def _said(given: bool | None) -> str:
    if given is None:
        return _("Nothing is recorded for %(channel)s any more.")
    if given:
        return _("Recorded: %(channel)s messages are welcome.")
    return _("Recorded: no %(channel)s messages. What is scheduled there will not go out.")


def _back(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    page = f"{reverse('customer_detail', args=[customer_id])}#consent-title"
    return HttpResponseRedirect(next_url(request, page))
