"""The only way a view gets an object: what the signed-in person may see, else 404.

What lies in the trash is found only where `trashed=True` asks for it, or None for wherever it lies:
a deed on a page that is out of date then says so instead of failing.
"""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from crm.models import (
    Broadcast,
    Customer,
    Event,
    InboundMedia,
    InboundMessage,
    Invoice,
    MessageSchedule,
    MessageSeries,
    Note,
    ProviderAccount,
    Receipt,
    RemovedOccurrence,
)
from crm.models.inbound import InboundMessageQuerySet
from crm.models.message_querysets import MessageQuerySet
from crm.views.requests import AuthenticatedRequest


class GoneWithSeriesError(Http404):
    """A planned message went when its `series` was stopped or changed.

    `planned` is what stands in its place by now, if anything.
    """

    def __init__(self, series: MessageSeries, planned: MessageSchedule | None) -> None:
        super().__init__("gone with its series")
        self.series, self.planned = series, planned


def get_customer(
    request: AuthenticatedRequest, customer_id: int, *, trashed: bool | None = False
) -> Customer:
    found = {
        True: Customer.objects.trashed,
        False: Customer.objects.live,
        None: Customer.objects.all,
    }[trashed]()
    return get_object_or_404(found, pk=customer_id)


def get_consent_event(request: AuthenticatedRequest, customer_id: int, event_id: int) -> Event:
    """What a person recorded of a customer's will."""
    customer = get_customer(request, customer_id)
    recorded = Event.objects.of(customer).about("consent", customer.pk).select_related("customer")
    return get_object_or_404(recorded, pk=event_id)


def get_invoice(
    request: AuthenticatedRequest, invoice_id: int, *, trashed: bool | None = False
) -> Invoice:
    found = {
        True: Invoice.objects.trashed,
        False: Invoice.objects.live,
        None: Invoice.objects.of_live_customers,
    }[trashed]()
    return get_object_or_404(found.select_related("customer"), pk=invoice_id)


def find_invoice_of_form(request: AuthenticatedRequest, form_id: str) -> Invoice | None:
    """The invoice that this very form has made already, had it been sent before."""
    try:
        return Invoice.objects.live().filter(form_id=UUID(form_id)).first()
    except ValueError:
        return None


def get_receipt(
    request: AuthenticatedRequest, receipt_id: int, *, trashed: bool | None = False
) -> Receipt:
    found = {
        True: Receipt.objects.trashed,
        False: Receipt.objects.live,
        None: Receipt.objects.of_live_invoices,
    }[trashed]()
    return get_object_or_404(
        found.select_related("invoice__customer", "uploaded_by"), pk=receipt_id
    )


def get_message(request: AuthenticatedRequest, message_id: int) -> MessageSchedule:
    """Raises GoneWithSeriesError, a 404 with which a page can say where it went."""
    message = _messages().filter(pk=message_id).first()
    if message is None:
        raise _where_it_went(message_id)
    return message


def _messages() -> MessageQuerySet:
    return MessageSchedule.objects.live().select_related(
        "customer", "invoice", "account", "series", "template", "receipt"
    )


def _where_it_went(message_id: int) -> Http404:
    removed = RemovedOccurrence.objects.filter(series__customer__trashed_at=None)
    found = removed.select_related("series__customer").filter(pk=message_id).first()
    if found is None:
        return Http404("no such message")
    there = _messages().filter(series=found.series, occurrence=found.occurrence)
    return GoneWithSeriesError(found.series, there.first())


def get_series(request: AuthenticatedRequest, series_id: int) -> MessageSeries:
    return get_object_or_404(MessageSeries.objects.live().select_related("customer"), pk=series_id)


def get_broadcast(request: AuthenticatedRequest, broadcast_id: int) -> Broadcast:
    return get_object_or_404(Broadcast.objects.select_related("created_by"), pk=broadcast_id)


def get_note(request: AuthenticatedRequest, note_id: int, *, trashed: bool | None = False) -> Note:
    found = {
        True: Note.objects.trashed,
        False: Note.objects.live,
        None: Note.objects.all,
    }[trashed]()
    return get_object_or_404(found.of_live_customers().select_related("customer"), pk=note_id)


def get_account(request: AuthenticatedRequest, account_id: int) -> ProviderAccount:
    return get_object_or_404(ProviderAccount, pk=account_id, removed_at=None)


def get_reply(request: AuthenticatedRequest, reply_id: int) -> InboundMessage:
    """A customer's, or a stranger's."""
    return get_object_or_404(_replies().select_related("customer"), pk=reply_id)


def get_reply_file(request: AuthenticatedRequest, media_id: int) -> InboundMedia:
    kept = InboundMedia.objects.filter(message__in=_replies()).exclude(file="")
    return get_object_or_404(kept, pk=media_id)


def _replies() -> InboundMessageQuerySet:
    return InboundMessage.objects.here()
