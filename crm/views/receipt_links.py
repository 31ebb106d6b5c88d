"""Receipts that a provider fetches to send them on: whoever has the address gets the file."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.actions.receipt_links import receipt_of


@never_cache
@login_not_required
@require_safe
def receipt_shared(request: HttpRequest, token: str) -> HttpResponseBase:
    """Never shown by a browser: it is one more way to our pages for whatever a file may hold."""
    receipt = receipt_of(token, now=timezone.now())
    if receipt is None:
        raise Http404
    try:
        file = receipt.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        file, content_type=receipt.content_type, filename=receipt.filename, as_attachment=True
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
