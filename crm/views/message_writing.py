"""The form for a message, wherever it stands."""

from typing import Any

from django.http import QueryDict
from django.utils import timezone

from crm.forms.message_texts import about_invoice
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
    form = _form(request, customer, None, sent=None)
    return {"form": form, "placeholders": offered(form)}


def message_form(
    request: AuthenticatedRequest, customer: Customer, message: MessageSchedule | None = None
) -> MessageScheduleForm:
    """The form as it was sent, or a fresh one."""
    sent = request.POST if request.method == "POST" else None
    return _form(request, customer, message, sent=sent)


def _form(
    request: AuthenticatedRequest,
    customer: Customer,
    message: MessageSchedule | None,
    *,
    sent: QueryDict | None,
) -> MessageScheduleForm:
    return MessageScheduleForm(
        sent,
        customer=customer,
        business=request.business,
        now=timezone.now(),
        message=message,
        initial=_proposed(request, customer),
    )


def _proposed(request: AuthenticatedRequest, customer: Customer) -> dict[str, Any]:
    """What the address asks for, with a first text for a message about an invoice."""
    proposed: dict[str, Any] = {
        name: request.GET[name] for name in _PROPOSED if name in request.GET
    }
    number = proposed.get("invoice", "")
    if number.isascii() and number.isdecimal() and "message_content" not in proposed:
        invoice = customer.invoices.live().filter(pk=int(number[:18])).first()
        if invoice:
            proposed["message_content"] = about_invoice(invoice, timezone.localdate())
    return proposed
