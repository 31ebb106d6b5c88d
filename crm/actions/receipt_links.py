"""Addresses of receipts for a provider to fetch: signed, for one file, and only for a while."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from crm.models import Receipt

#: Providers fetch at once, or when the phone is back within a day or two.
LASTS = timedelta(days=3)
_SIGNER = Signer(salt="customer-manager receipt link")


def public_url(receipt: Receipt, *, now: datetime) -> str:
    """Empty where nobody outside can reach this installation over a line that is safe."""
    if not settings.HTTPS:
        return ""
    return f"{settings.SITE_URL}/receipt/shared/{token_of(receipt, now=now)}/"


def token_of(receipt: Receipt, *, now: datetime) -> str:
    until = int((now + LASTS).timestamp())
    return _SIGNER.sign_object([receipt.pk, until])


def receipt_of(token: str, *, now: datetime) -> Receipt | None:
    """The receipt a genuine address is for, while it lasts and nobody has thrown it away."""
    try:
        number, until = _SIGNER.unsign_object(token)
    except (BadSignature, ValueError):
        return None
    if now.timestamp() > until:
        return None
    return Receipt.objects.live().filter(pk=number).first()
