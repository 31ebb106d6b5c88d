"""Receipts, seen by nobody but those who sign in, and never run by a browser."""

from collections.abc import Callable, Sequence

from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.actions import receipts
from crm.actions.receipt_copies import PAGE_KIND, THUMBNAIL_KIND, UnreadableError
from crm.forms.receipts import ReceiptsForm
from crm.models import Receipt
from crm.views import access
from crm.views.back import next_url
from crm.views.invoices import invoice_page
from crm.views.notices import notify, warn
from crm.views.requests import AuthenticatedRequest

#: Whatever a file holds: no script runs in it, nothing is loaded by it, and no page frames it.
_SEALED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@require_POST
def receipt_create(request: AuthenticatedRequest, invoice_id: int) -> HttpResponse:
    """The good files are kept; the page comes back with why the others are not."""
    invoice, now = access.get_invoice(request, invoice_id), timezone.now()
    form = ReceiptsForm(request.POST, request.FILES, user=request.user, now=now, invoice=invoice)
    is_valid = form.is_valid()
    added = receipts.attach(form.to_attach, invoice, actor=request.user)
    if added:
        notify(request, _added(added))
    for remark in form.remarks:
        warn(request, remark)
    if is_valid:
        return redirect("invoice_detail", invoice.pk)
    return invoice_page(request, invoice, form, status=422)


@require_safe
def receipt_detail(request: AuthenticatedRequest, receipt_id: int) -> HttpResponse:
    receipt = access.get_receipt(request, receipt_id)
    siblings = list(receipt.invoice.receipts.live())
    place = siblings.index(receipt)
    context = {
        "nav_current": "invoices",
        "receipt": receipt,
        "invoice": receipt.invoice,
        "customer": receipt.invoice.customer,
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
        "place": place + 1,
        "count": len(siblings),
        "pages": range(1, (receipt.pages or 0) + 1),
    }
    return render(request, "crm/receipt_detail.html", context)


@require_safe
def receipt_file(request: AuthenticatedRequest, receipt_id: int) -> HttpResponseBase:
    return _file(request, access.get_receipt(request, receipt_id))


@require_safe
def receipt_download(request: AuthenticatedRequest, receipt_id: int) -> HttpResponseBase:
    return _file(request, access.get_receipt(request, receipt_id), as_attachment=True)


@require_safe
def receipt_thumbnail(request: AuthenticatedRequest, receipt_id: int) -> HttpResponseBase:
    receipt = access.get_receipt(request, receipt_id)
    return served(
        request,
        f"thumbnail-{receipt.pk}",
        lambda: FileResponse(_opened(receipt.thumbnail), content_type=THUMBNAIL_KIND.media_type),
    )


@require_safe
def receipt_page(request: AuthenticatedRequest, receipt_id: int, page: int) -> HttpResponseBase:
    """A page of a PDF as an image: phones show no PDF within a page."""
    receipt = access.get_receipt(request, receipt_id)
    if not 1 <= page <= (receipt.pages or 0):
        raise Http404
    return served(
        request,
        f"page-{receipt.pk}-{page}",
        lambda: HttpResponse(_drawn(receipt, page), content_type=PAGE_KIND.media_type),
    )


@require_POST
def receipt_delete(request: AuthenticatedRequest, receipt_id: int) -> HttpResponse:
    receipt = access.get_receipt(request, receipt_id, trashed=None)
    if receipts.trash(receipt, actor=request.user, now=timezone.now()):
        undo = reverse("receipt_restore", args=[receipt.pk])
        notify(request, _("“%(name)s” is removed.") % {"name": receipt.filename}, undo=undo)
    else:
        notify(request, _("“%(name)s” was removed already.") % {"name": receipt.filename})
    return _back(request, receipt)


@require_POST
def receipt_restore(request: AuthenticatedRequest, receipt_id: int) -> HttpResponse:
    receipt = access.get_receipt(request, receipt_id, trashed=None)
    if receipts.restore(receipt, actor=request.user):
        notify(request, _("“%(name)s” is back.") % {"name": receipt.filename})
    else:
        notify(request, _("“%(name)s” is on the invoice.") % {"name": receipt.filename})
    return _back(request, receipt)


def _file(
    request: AuthenticatedRequest, receipt: Receipt, *, as_attachment: bool = False
) -> HttpResponseBase:
    return served(
        request,
        f"file-{receipt.pk}",
        lambda: FileResponse(
            _opened(receipt.file),
            content_type=receipt.content_type,
            filename=receipt.filename,
            as_attachment=as_attachment,
        ),
    )


def served(
    request: AuthenticatedRequest, tag: str, make: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Asked for again at each view, so that nothing is seen after signing out or removal.

    What a `tag` stands for never changes: a file is written once.
    """
    etag = f'"{tag}"'
    response = get_conditional_response(request, etag=etag) or make()
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _SEALED
    return response


def _opened(file: FieldFile) -> "File[bytes]":
    try:
        return file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error


def _drawn(receipt: Receipt, page: int) -> bytes:
    try:
        return receipts.page_image(receipt, page)
    except (FileNotFoundError, UnreadableError) as error:
        raise Http404 from error


def _added(added: Sequence[Receipt]) -> str:
    if len(added) == 1:
        return _("“%(name)s” is added.") % {"name": added[0].filename}
    words = ngettext("%(count)s receipt is added.", "%(count)s receipts are added.", len(added))
    return words % {"count": len(added)}


def _back(request: AuthenticatedRequest, receipt: Receipt) -> HttpResponse:
    page = reverse("invoice_detail", args=[receipt.invoice_id])
    return HttpResponseRedirect(next_url(request, page))
