"""The form for a message, wherever it stands."""

from typing import Any

from django.utils import timezone

from crm.forms.messages import MessageScheduleForm
from crm.models import Customer, MessageSchedule
from crm.views.message_preview import offered
from crm.views.requests import AuthenticatedRequest

#: What another page may propose in the address, such as `?invoice=5`.
_PROPOSED = ("invoice", "message_type", "message_content")


def composer(request: AuthenticatedRequest, customer: Customer) -> dict[str, Any]:
    """What `components/_composer.html` takes; nothing where the customer has no number."""
    if not customer.phone_number:
        return {}
    form = message_form(request, customer)
    return {"form": form, "placeholders": offered(form)}


def message_form(
    request: AuthenticatedRequest, customer: Customer, message: MessageSchedule | None = None
) -> MessageScheduleForm:
    """The form as it was sent, or a fresh one."""
    return MessageScheduleForm(
        request.POST if request.method == "POST" else None,
        customer=customer,
        business=request.business,
        now=timezone.now(),
        message=message,
        initial=_asked_for(request),
    )


def _asked_for(request: AuthenticatedRequest) -> dict[str, Any]:
    return {name: request.GET[name] for name in _PROPOSED if name in request.GET}
