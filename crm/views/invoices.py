"""Invoices: the list, one page for each, and every deed at an address of its own."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import invoices
from crm.forms.invoices import InvoiceForm, first_values
from crm.forms.receipts import ReceiptsForm
from crm.models import Customer, Invoice
from crm.templatetags.display import locale, moment
from crm.views import access
from crm.views.anchor_choices import anchor_choices
from crm.views.back import next_url
from crm.views.invoice_tiles import SHOWS, chosen, tiles
from crm.views.notices import notify, warn
from crm.views.pages import page_of
from crm.views.requests import AuthenticatedRequest
from rules import money

PAGE_SIZE = 50
LONGEST_QUERY = 100


@require_safe
def invoice_list(request: AuthenticatedRequest) -> HttpResponse:
    today, live = timezone.localdate(), Invoice.objects.live()
    show = request.GET.get("show", "")
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    totals = live.totals(today)
    found = chosen(live, show, today)
    if query:
        found = found.search(query, amount=_amount(request, query))
    page = page_of(found.select_related("customer"), request.GET.get("page"), size=PAGE_SIZE)
    context = {
        "nav_current": "invoices",
        "tiles": tiles(totals, request.business.currency),
        "shows": [(key, words, sum(map(count, totals))) for key, (words, count) in SHOWS.items()],
        "show": show if show in SHOWS else "",
        "query": query,
        "page": page,
    }
    return render(request, "crm/invoice_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invoice_create(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id)
    if first := access.find_invoice_of_form(request, request.POST.get("form_id", "")):
        return redirect("invoice_detail", first.pk)
    form = _form(request, Invoice(customer=customer), initial=first_values(timezone.localdate()))
    if form.is_valid():
        invoice = invoices.add(form.instance, form.to_attach, actor=request.user)
        _say(request, _("The invoice is saved."), form)
        return redirect("invoice_detail", invoice.pk)
    return _form_page(request, form, customer, None)


@require_http_methods(["GET", "HEAD", "POST"])
def invoice_edit(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    invoice = access.get_invoice(request, invoice_id)
    form = _form(request, access.get_invoice(request, invoice_id))
    if form.is_valid():
        now = timezone.now()
        before = invoice.messages.moments(now)
        changed = invoices.change(form.instance, form.to_attach, actor=request.user, now=now)
        _say(request, _("The invoice is saved.") if changed else _("Nothing was changed."), form)
        _say_moved(request, before, invoice.messages.moments(now))
        return redirect("invoice_detail", invoice.pk)
    return _form_page(request, form, invoice.customer, invoice)


@require_safe
def invoice_detail(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    invoice = access.get_invoice(request, invoice_id)
    form = ReceiptsForm(user=request.user, now=timezone.now(), invoice=invoice)
    return invoice_page(request, invoice, form)


def invoice_page(
    request: AuthenticatedRequest, invoice: Invoice, form: ReceiptsForm, status: int = 200
) -> HttpResponse:
    context = {
        "nav_current": "invoices",
        "invoice": invoice,
        "customer": invoice.customer,
        "receipts": invoice.receipts.live(),
        "messages_about": invoice.messages.select_related("account").order_by(
            "-schedule_date", "-pk"
        ),
        "anchor_choices": anchor_choices(invoice, timezone.localdate()),
        "history": invoices.history(invoice),
        "form": form,
    }
    return render(request, "crm/invoice_detail.html", context, status=status)


@require_POST
def invoice_paid(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    """On the day in `on`, else today."""
    invoice, now = access.get_invoice(request, invoice_id), timezone.now()
    called_off = invoices.pay(invoice, _day_paid(request), actor=request.user, now=now)
    if called_off is None:
        notify(request, _("It was marked as paid already."))
    else:
        said = " ".join(filter(None, (_("Marked as paid."), _called_off(called_off))))
        notify(request, said, undo=_undo(request, "invoice_unpaid", invoice))
    return _back(request, invoice)


@require_POST
def invoice_unpaid(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    invoice, now = access.get_invoice(request, invoice_id), timezone.now()
    paid_on = invoice.paid_on
    if invoices.unpay(invoice, actor=request.user, now=now):
        undo = _undo(request, "invoice_paid", invoice, on=f"{paid_on}")
        notify(request, _("Marked as unpaid."), undo=undo)
    else:
        notify(request, _("It was marked as unpaid already."))
    return _back(request, invoice)


@require_POST
def invoice_delete(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    invoice = access.get_invoice(request, invoice_id, trashed=None)
    called_off = invoices.trash(invoice, actor=request.user, now=timezone.now())
    if called_off is None:
        notify(request, _("The invoice is in the trash already."))
    else:
        said = " ".join(filter(None, (_("The invoice is in the trash."), _called_off(called_off))))
        notify(request, said, undo=reverse("invoice_restore", args=[invoice.pk]))
    return HttpResponseRedirect(
        next_url(request, reverse("customer_detail", args=[invoice.customer_id]))
    )


@require_POST
def invoice_restore(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    invoice = access.get_invoice(request, invoice_id, trashed=None)
    if invoices.restore(invoice, actor=request.user, now=timezone.now()):
        notify(request, _("The invoice is back."))
    return _back(request, invoice)


def _form(request: AuthenticatedRequest, invoice: Invoice, **options: Any) -> InvoiceForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return InvoiceForm(
        *sent,
        instance=invoice,
        business=request.business,
        user=request.user,
        now=timezone.now(),
        today=timezone.localdate(),
        **options,
    )


def _form_page(
    request: AuthenticatedRequest, form: InvoiceForm, customer: Customer, invoice: Invoice | None
) -> HttpResponse:
    for remark in form.remarks:
        warn(request, remark)
    context = {
        "nav_current": "invoices",
        "form": form,
        "customer": customer,
        "invoice": invoice,
    }
    return render(request, "crm/invoice_form.html", context, status=422 if form.is_bound else 200)


def _say(request: AuthenticatedRequest, said: str, form: InvoiceForm) -> None:
    notify(request, said)
    for remark in form.remarks:
        warn(request, remark)


def _say_moved(
    request: AuthenticatedRequest, before: dict[int, datetime], after: dict[int, datetime]
) -> None:
    """What hung on a date that has changed has gone with it, or would have gone already."""
    moved = [at for pk, at in after.items() if before[pk] != at]
    if len(moved) == 1:
        notify(
            request,
            _("The message about it moved along: %(moment)s.") % {"moment": moment(moved[0])},
        )
    elif moved:
        notify(request, _("%(count)s messages about it moved along.") % {"count": len(moved)})
    if before.keys() - after.keys():
        warn(request, _("A message about it would have gone by now: it waits for you on Today."))


def _amount(request: AuthenticatedRequest, query: str) -> Decimal | None:
    try:
        return money.parse_amount(query, currency=request.business.currency, locale=locale())
    except money.MoneyError:
        return None


def _day_paid(request: AuthenticatedRequest) -> date:
    today = timezone.localdate()
    try:
        asked = parse_date(request.GET.get("on", ""))
    except ValueError:
        asked = None
    return min(asked or today, today)


def _called_off(messages: int) -> str:
    if not messages:
        return ""
    return ngettext(
        "A message about it was called off.",
        "%(count)s messages about it were called off.",
        messages,
    ) % {"count": messages}


def _undo(request: AuthenticatedRequest, name: str, invoice: Invoice, **asked: str) -> str:
    page = reverse("invoice_detail", args=[invoice.pk])
    query = urlencode({"next": next_url(request, page), **asked})
    return f"{reverse(name, args=[invoice.pk])}?{query}"


def _back(request: AuthenticatedRequest, invoice: Invoice) -> HttpResponse:
    page = reverse("invoice_detail", args=[invoice.pk])
    return HttpResponseRedirect(next_url(request, page))
