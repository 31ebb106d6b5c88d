"""Links that open the phone's own apps with everything filled in; the person only taps Send."""

from urllib.parse import quote, urlencode


def whatsapp_link(e164: str, text: str) -> str:
    digits = e164.removeprefix("+")
    return f"https://wa.me/{digits}?text={_encode(text)}" if text else f"https://wa.me/{digits}"


def sms_link(e164: str, text: str, *, apple: bool) -> str:
    """iOS reads the body only after an ampersand, everything else only after a question mark."""
    if not text:
        return f"sms:{e164}"
    return f"sms:{e164}{'&' if apple else '?'}body={_encode(text)}"


def mail_link(address: str, *, subject: str = "", body: str = "") -> str:
    # RFC 6068: lines end in CRLF.
    fields = {"subject": subject, "body": "\r\n".join(body.splitlines())}
    query = urlencode({name: value for name, value in fields.items() if value}, quote_via=quote)
    to = quote(address, safe="@!$'*+-._~")
    return f"mailto:{to}?{query}" if query else f"mailto:{to}"


def call_link(e164: str) -> str:
    return f"tel:{e164}"


def _encode(text: str) -> str:
    """Every reserved character, with spaces as %20: a plus sign would reach the customer as a plus.

    A lone surrogate, which no form lets through but an import might, is dropped.
    """
    return quote(text, safe="", errors="ignore")
