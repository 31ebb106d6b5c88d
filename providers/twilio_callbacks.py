"""What Twilio calls us about: statuses of what was sent, and messages from customers.

Both come as forms, or in the query of a GET. The signature is over the address as Twilio has it and
every parameter; a body that is no form is covered by its hash in the address.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import ParseResult, parse_qs, parse_qsl, urlparse, urlsplit

from providers import untrusted
from providers.callbacks import Callback, Event, Inbound, InboundMedia, Keyword, Receipt
from providers.errors import UnreadableError
from providers.twilio_account import bare
from providers.twilio_errors import STATUSES, kind_of
from rules.message_states import Status

#: The name of our attempt id in the query of the address that statuses are sent to.
REFERENCE = "ref"

_MOST_FIELDS = 1000
_MOST_MEDIA = 10
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_HASHES: Mapping[str, Any] = MappingProxyType(
    {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
)
_KEYWORDS: Mapping[str, Keyword] = MappingProxyType(
    {"STOP": Keyword.OPT_OUT, "START": Keyword.OPT_IN, "HELP": Keyword.HELP}
)
_KINDS = frozenset(
    {"image", "video", "audio", "document", "sticker", "location", "contacts", "button", "reaction"}
)


def is_genuine(callback: Callback, *, auth_token: str, shared_key_secret: str = "") -> bool:
    """Whether Twilio signed it: with the account's token, or a shared key where it names one."""
    try:
        return _is_signed(callback, auth_token, shared_key_secret)
    except ValueError:  # not an address, not UTF-8, a form without end
        return False


def read(callback: Callback, now: datetime) -> Sequence[Event]:
    """Raises UnreadableError. Twilio says no times: `now` stands for each."""
    form = _form(callback)
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
    if not sid or not (status or "From" in form):
        raise UnreadableError("neither a status nor a message")
    if status in {"", "received", "receiving"}:
        return [_inbound(sid, form, now)]
    return _receipts(sid, status, form, _reference(callback), now)


def _is_signed(callback: Callback, auth_token: str, shared_key_secret: str) -> bool:
    told = callback.headers.get("x-twilio-webhooks-signature-settings", "")
    signing = _HASHES.get(_algorithm(told).upper())
    if signing is None:
        return False
    secret = shared_key_secret if told and shared_key_secret else auth_token
    if _is_form(callback):
        rest = _joined(parse_qsl(_body(callback), keep_blank_values=True))
    elif callback.body and not _is_body_hashed(callback):
        return False
    else:
        rest = ""
    given = callback.headers.get("x-twilio-signature", "").encode()
    return any(
        hmac.compare_digest(_signature(secret, address + rest, signing), given)
        for address in _addresses(urlparse(callback.url))
    )


def _algorithm(told: str) -> str:
    """Of the header "key=…,algorithm=HMAC_SHA256"; SHA-1 where there is none."""
    named = [part.partition("=") for part in told.split(",")]
    values = [value.strip() for name, _, value in named if name.strip() == "algorithm"]
    return next(filter(None, values), "HMAC_SHA1")


def _is_form(callback: Callback) -> bool:
    content_type = callback.headers.get("content-type", "").partition(";")[0]
    return content_type.strip().lower() == "application/x-www-form-urlencoded"


def _joined(fields: Sequence[tuple[str, str]]) -> str:
    """Names and values in order; a value that comes twice counts once."""
    if len(fields) > _MOST_FIELDS:
        raise ValueError("too many fields")
    return "".join(name + value for name, value in sorted(set(fields)))


def _is_body_hashed(callback: Callback) -> bool:
    told = parse_qs(urlparse(callback.url).query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(hashlib.sha256(callback.body).hexdigest().encode(), told.encode())


def _addresses(url: ParseResult) -> Iterator[str]:
    """With the port and without: Twilio has signed either."""
    if url.port:
        yield url.geturl()
        yield url._replace(netloc=url.netloc.split(":")[0]).geturl()
    else:
        port = 443 if url.scheme == "https" else 80
        yield url.geturl()
        yield url._replace(netloc=f"{url.netloc}:{port}").geturl()


def _signature(secret: str, text: str, signing: Any) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), signing).digest())


def _body(callback: Callback) -> str:
    return callback.body.decode()


def _form(callback: Callback) -> dict[str, str]:
    try:
        text = urlsplit(callback.url).query if callback.method == "GET" else _body(callback)
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UnreadableError("not a form") from error
    return {untrusted.text(name): untrusted.text(value) for name, value in fields}


def _reference(callback: Callback) -> str:
    try:
        told = parse_qs(urlsplit(callback.url).query)
    except ValueError as error:
        raise UnreadableError("not an address") from error
    return untrusted.text(told.get(REFERENCE, [""])[0])


def _receipts(
    sid: str, word: str, form: Mapping[str, str], reference: str, now: datetime
) -> Sequence[Event]:
    """One, or none for a status that is no news to us."""
    status = STATUSES.get(word)
    if status is None:
        return []
    failed = status is Status.FAILED
    code = form.get("ErrorCode") or word
    return [
        Receipt(
            provider_message_id=sid,
            status=status,
            at=now,
            reference=reference,
            recipient=bare(form.get("To", "")),
            kind=kind_of(code) if failed else None,
            code=code if failed else "",
            words=_words_of_failure(form) or word if failed else "",
        )
    ]


def _words_of_failure(form: Mapping[str, str]) -> str:
    return form.get("ErrorMessage") or form.get("ChannelStatusMessage") or ""


def _inbound(sid: str, form: Mapping[str, str], now: datetime) -> Inbound:
    address = bare(form.get("From", ""))
    is_number = _E164.fullmatch(address) is not None
    known_as = form.get("ExternalUserId") or form.get("WaId") or ""
    media = _media(form)
    return Inbound(
        provider_message_id=sid,
        sender=address if is_number else "",
        at=now,
        text=_words(form),
        kind=_kind(form, media),
        sender_id=known_as if is_number else known_as or address,
        sender_name=form.get("ProfileName", ""),
        to=bare(form.get("To", "")),
        answers=form.get("OriginalRepliedMessageSid", ""),
        keyword=_KEYWORDS.get(form.get("OptOutType", "").upper()),
        media=media,
    )


def _media(form: Mapping[str, str]) -> tuple[InboundMedia, ...]:
    return tuple(
        InboundMedia(
            reference=form[f"MediaUrl{number}"],
            content_type=form.get(f"MediaContentType{number}", ""),
        )
        for number in range(_MOST_MEDIA)
        if form.get(f"MediaUrl{number}")
    )


def _words(form: Mapping[str, str]) -> str:
    """What was written, else the button's words, else the place."""
    place = [form.get(name, "") for name in ("Label", "Address")]
    point = [form.get(name, "") for name in ("Latitude", "Longitude")]
    written = form.get("Body") or form.get("ButtonText")
    return written or ", ".join(filter(None, place)) or ", ".join(filter(None, point))


def _kind(form: Mapping[str, str], media: Sequence[InboundMedia]) -> str:
    told = form.get("MessageType", "").lower()
    if told in _KINDS:
        return told
    if form.get("ButtonText") or form.get("ButtonPayload"):
        return "button"
    if form.get("Latitude"):
        return "location"
    return _kind_of_file(media[0].content_type) if media else "text"


def _kind_of_file(content_type: str) -> str:
    family, _, exact = content_type.lower().partition("/")
    if family in {"image", "video", "audio"}:
        return family
    return "contacts" if exact in {"vcard", "x-vcard"} else "document"
