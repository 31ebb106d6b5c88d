"""Adding, changing, paying, throwing away and bringing back invoices."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from crm.actions import messages, series
from crm.actions.events import record
from crm.actions.message_changes import MessageError
from crm.actions.message_times import follow_invoice
from crm.actions.receipts import attach
from crm.models import Event, HeldReceipt, Invoice, MessageSchedule, User
from rules.message_states import Status

_WATCHED = ("amount", "currency", "description", "issued_on", "due_on", "paid_on")
#: What has not gone out and, once the invoice is paid or thrown away, had better not.
_REMINDING = (Status.SCHEDULED, Status.DUE)


def add(invoice: Invoice, held: Iterable[HeldReceipt] = (), *, actor: User) -> Invoice:
    """Save an unsaved invoice with its receipts; a form sent twice (`form_id`) adds one."""
    invoice.created_by = actor
    try:
        with transaction.atomic():
            invoice.save()
            _record("invoice.added", invoice, actor, **_facts(invoice))
            attach(held, invoice, actor=actor)
    except IntegrityError:
        first = Invoice.objects.filter(form_id=invoice.form_id).first()
        if invoice.form_id is None or first is None:
            raise
        return first
    return invoice


@transaction.atomic
def change(
    invoice: Invoice, held: Iterable[HeldReceipt] = (), *, actor: User, now: datetime
) -> bool:
    """Save what has been changed; False where that is nothing."""
    before = _facts(Invoice.objects.select_for_update().get(pk=invoice.pk))
    after = _facts(invoice)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        invoice.save(update_fields=[*changed, "updated_at"])
        worth = [[facts["amount"], facts["currency"]] for facts in (before, after)]
        _record("invoice.changed", invoice, actor, fields=changed, worth=worth)
        if not {"issued_on", "due_on"}.isdisjoint(changed):
            follow_invoice(invoice, now=now)
        _follow_payment(invoice, was_paid=bool(before["paid_on"]), actor=actor, now=now)
    return bool(attach(held, invoice, actor=actor) or changed)


@transaction.atomic
def pay(invoice: Invoice, paid_on: date, *, actor: User, now: datetime) -> int | None:
    """How many messages about it were called off; None where it is paid already, or thrown away."""
    unpaid = Invoice.objects.unpaid().filter(pk=invoice.pk, trashed_at__isnull=True)
    if not unpaid.update(paid_on=paid_on, updated_at=now):
        return None
    invoice.paid_on = paid_on
    return _stop_reminding(invoice, "invoice.paid", actor=actor, now=now, **_facts(invoice))


@transaction.atomic
def unpay(invoice: Invoice, *, actor: User, now: datetime) -> bool:
    """Owed again, and the messages called off with the payment stand again; False if it was.

    False too where it has been thrown away: nobody is reminded of what lies in the trash.
    """
    paid = Invoice.objects.paid().filter(pk=invoice.pk, trashed_at__isnull=True)
    if not paid.update(paid_on=None, updated_at=now):
        return False
    invoice.paid_on = None
    _remind_again(invoice, "invoice.paid", actor=actor, now=now)
    _record("invoice.unpaid", invoice, actor, **_facts(invoice))
    return True


@transaction.atomic
def trash(invoice: Invoice, *, actor: User, now: datetime) -> int | None:
    """How many messages about it were called off; None where it is in the trash already."""
    row = Invoice.objects.filter(pk=invoice.pk, trashed_at__isnull=True)
    if not row.update(trashed_at=now, trashed_by=actor, updated_at=now):
        return None
    return _stop_reminding(invoice, "invoice.trashed", actor=actor, now=now, **_facts(invoice))


@transaction.atomic
def restore(invoice: Invoice, *, actor: User, now: datetime) -> bool:
    row = Invoice.objects.trashed().filter(pk=invoice.pk)
    if not row.update(trashed_at=None, trashed_by=None, updated_at=now):
        return False
    _remind_again(invoice, "invoice.trashed", actor=actor, now=now)
    _record("invoice.restored", invoice, actor, **_facts(invoice))
    return True


def history(invoice: Invoice) -> models.QuerySet[Event]:
    """What happened to the invoice and to its receipts, the newest first."""
    events = Event.objects.of(invoice.customer).select_related("actor")
    of_receipts = events.filter(kind__startswith="receipt.", detail__invoice=invoice.pk)
    return events.about("invoice", invoice.pk) | of_receipts


def _follow_payment(invoice: Invoice, *, was_paid: bool, actor: User, now: datetime) -> None:
    if invoice.is_paid and not was_paid:
        _stop_reminding(invoice, "invoice.paid", actor=actor, now=now, **_facts(invoice))
    elif was_paid and not invoice.is_paid:
        _remind_again(invoice, "invoice.paid", actor=actor, now=now)


def _stop_reminding(
    invoice: Invoice, kind: str, *, actor: User, now: datetime, **detail: Any
) -> int:
    """Call off the messages about it; the event keeps which, for `_remind_again`."""
    stopped, spared = series.stop_about(invoice, actor=actor, now=now)
    waiting = MessageSchedule.objects.filter(
        invoice=invoice, status__in=_REMINDING, acknowledged_at__isnull=True
    ).select_related("customer")
    called_off = []
    for message in waiting:
        try:
            messages.cancel(message, actor=actor, now=now)
        except MessageError:
            continue  # The sender was faster.
        called_off.append(message.pk)
    _record(kind, invoice, actor, messages=called_off, series=stopped, **detail)
    return len(called_off) + spared


def _remind_again(invoice: Invoice, kind: str, *, actor: User, now: datetime) -> None:
    events = Event.objects.of(invoice.customer).about("invoice", invoice.pk)
    event = events.filter(kind=kind).first()
    called_off = event.detail["messages"] if event else []
    series.resume_some(event.detail.get("series", []) if event else [], actor=actor, now=now)
    for message in MessageSchedule.objects.filter(
        pk__in=called_off, status=Status.CANCELLED
    ).select_related("customer"):
        try:
            messages.uncancel(message, actor=actor, now=now)
        except MessageError:
            continue  # Somebody has decided otherwise since.


def _facts(invoice: Invoice) -> dict[str, str]:
    values = {name: getattr(invoice, name) for name in _WATCHED}
    values["amount"] = f"{invoice.amount:.3f}"
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _record(kind: str, invoice: Invoice, actor: User, **detail: Any) -> None:
    record(kind, customer=invoice.customer, subject=invoice, actor=actor, **detail)
