"""The form for a message, wherever it stands."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from crm.actions.reach import Reach
from crm.forms.anchors import AFTER, ANCHORED, RELATIVE
from crm.forms.message_texts import about_invoice
from crm.forms.messages import MessageScheduleForm
from crm.forms.series import FOLLOWING, NO
from crm.models import Customer, Invoice, MessageSchedule
from crm.views.message_preview import offered
from crm.views.requests import AuthenticatedRequest
from rules import sms_plain

#: What another page may propose in the address, such as `?invoice=5`.
_PROPOSED = ("invoice", "message_type", "message_content", "scope", *ANCHORED)


def composer(
    request: AuthenticatedRequest, customer: Customer, reach: Mapping[str, Reach]
) -> dict[str, Any]:
    """What `components/_composer.html` takes; nothing where the customer has no number."""
    if not customer.phone_number:
        return {}
    form = _form(request, customer, None, sent=None, reach=reach)
    return {"form": form, "placeholders": offered(form)}


def message_form(
    request: AuthenticatedRequest,
    customer: Customer,
    message: MessageSchedule | None = None,
    *,
    plainly: bool = False,
) -> MessageScheduleForm:
    """The form as it was sent (`plainly`: its text without typographic signs), or a fresh one."""
    if request.method != "POST":
        return _form(request, customer, message, sent=None)
    sent = _plain(request.POST) if plainly else request.POST
    return _form(request, customer, message, sent=sent)


def form_anew(request: AuthenticatedRequest, customer: Customer) -> MessageScheduleForm:
    """What was sent for one message of a series, as that of one by itself.

    It comes again only where that was asked for, of all that follow.
    """
    sent = request.POST.copy()
    if sent.get("scope") != FOLLOWING:
        sent["repeat"] = NO
    return _form(request, customer, None, sent=sent)


def _form(
    request: AuthenticatedRequest,
    customer: Customer,
    message: MessageSchedule | None,
    *,
    sent: QueryDict | None,
    reach: Mapping[str, Reach] | None = None,
) -> MessageScheduleForm:
    return MessageScheduleForm(
        sent,
        customer=customer,
        business=request.business,
        now=timezone.now(),
        message=message,
        initial=_proposed(request, customer),
        reach=reach,
    )


def _plain(sent: QueryDict) -> QueryDict:
    changed = sent.copy()
    changed["message_content"] = sms_plain.plain(sent.get("message_content", ""))
    return changed


def _proposed(request: AuthenticatedRequest, customer: Customer) -> dict[str, Any]:
    """What the address asks for, with a first text for a message about an invoice."""
    proposed: dict[str, Any] = {
        name: request.GET[name] for name in _PROPOSED if name in request.GET
    }
    number = proposed.get("invoice", "")
    if number.isascii() and number.isdecimal() and "message_content" not in proposed:
        invoice = customer.invoices.live().filter(pk=int(number[:18])).first()
        if invoice:
            proposed["message_content"] = about_invoice(invoice, _read_on(proposed, invoice))
    return proposed


def _read_on(proposed: dict[str, Any], invoice: Invoice) -> date:
    """The day on which it will be read, as far as it counts: before the due date or after."""
    today = timezone.localdate()
    if invoice.due_on and proposed.get("when") == RELATIVE and proposed.get("anchor_side") == AFTER:
        return max(today, invoice.due_on + timedelta(days=1))
    return today
