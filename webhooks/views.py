"""Where providers call: judged, kept, answered. What it means is the worker's business.

Whoever is not the account's provider learns nothing: an unknown address, a wrong signature and a
wrong method get the same answer after the same work.
"""

import logging
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from crm.actions.listeners import Called
from providers.callbacks import Callback, Listener
from webhooks.accounts import directory
from webhooks.storage import storage

log = logging.getLogger(__name__)

#: Meta bundles up to 3 MB, others say a few kB.
LARGEST_BODY = 3 * 1024 * 1024


@csrf_exempt
@login_not_required
def webhook(request: HttpRequest, provider: str, webhook_key: str) -> HttpResponse:
    callback, now = _as_it_came(request), timezone.now()
    if callback is None:
        return _nothing()
    called = directory.find(provider, webhook_key)
    judge = called or directory.any_of(provider)
    judged = _judged(judge.listener, callback, now) if judge else Judged.FOREIGN
    if called is None:
        return _nothing()
    if judged is Judged.FOREIGN:
        log.warning("account %d: called by somebody who is not its provider", called.account_id)
        return _nothing()
    return _answer(judged) if isinstance(judged, str) else _kept(called, callback, now)


class Judged(Enum):
    """What a callback is, unless it is a challenge: then it is the answer to that."""

    GENUINE = 1
    FOREIGN = 2


def _judged(listener: Listener, callback: Callback, now: datetime) -> Judged | str:
    challenge = listener.challenge(callback) if callback.method == "GET" else None
    if challenge is not None:
        return challenge
    return Judged.GENUINE if listener.is_genuine(callback, now) else Judged.FOREIGN


def _kept(called: Called, callback: Callback, now: datetime) -> HttpResponse:
    try:
        storage.keep(called.account_id, callback, now)
    except (DataError, IntegrityError):  # the account has just been removed, or it makes no sense
        return _nothing()
    return _thanks()


def _as_it_came(request: HttpRequest) -> Callback | None:
    """None where it is too large, or nothing a provider would send."""
    if request.method not in {"GET", "POST"}:
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return None
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        return None
    return Callback(
        method=request.method,
        url=_public_url(request),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


def _public_url(request: HttpRequest) -> str:
    """As the provider called it: signatures cover that, not what a proxy made of it."""
    if settings.SITE_URL:
        return f"{settings.SITE_URL}{request.get_full_path()}"
    return request.build_absolute_uri()


def _answer(challenge: str) -> HttpResponse:
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


def _nothing() -> HttpResponse:
    return HttpResponse(status=404)


def _thanks() -> HttpResponse:
    """An empty reply in Twilio's language, which takes any other for a fault; nobody else reads it.

    https://www.twilio.com/docs/api/errors/12300 (2026-11)
    """
    return HttpResponse("<Response/>", content_type="text/xml")
