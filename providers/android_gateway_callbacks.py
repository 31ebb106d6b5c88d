"""What the phone tells by itself. It signs each try anew, so an old timestamp is a repeated one.

The payloads: docs-web `features/webhooks.md`@057fb701, app `modules/webhooks/payload`; since
February 2026 `sender` and `recipient` stand beside the older `phoneNumber`. An incoming message's
own id is made of its content and not unique: the event's id is.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from providers.android_gateway_errors import failure
from providers.callbacks import Callback, Event, Inbound, InboundMedia, Media, Receipt
from providers.errors import LookupFailedError, UnreadableError
from providers.untrusted import first_text, mapping, mappings, parsed, text
from rules.message_states import Status

#: How far the phone's clock may be from ours (the app's documentation).
FRESH_FOR = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_KINDS = ("image", "video", "audio")


class Callbacks:
    def __init__(self, signing_key: str) -> None:
        self._key = signing_key.encode()

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        stamp = callback.headers.get("x-timestamp", "")
        if not self._key or callback.method != "POST" or not _SECONDS.fullmatch(stamp):
            return False
        if abs(now.timestamp() - int(stamp)) > FRESH_FOR.total_seconds():
            return False
        wanted = hmac.new(self._key, callback.body + stamp.encode(), hashlib.sha256).hexdigest()
        given = callback.headers.get("x-signature", "").strip().lower()
        return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        told = parsed(callback.body)
        read = _READERS.get(text(told.get("event")))
        if read is None:
            return ()  # a ping, the app's start, or a word that did not exist yet
        payload = mapping(told.get("payload"))
        batch = [(payload, text(told.get("id")))]
        if "messages" in payload:
            of_batch = mappings(payload.get("messages"))
            batch = [(one, f"{batch[0][1]}.{place}") for place, one in enumerate(of_batch)]
        return tuple(read(one, event_id, now) for one, event_id in batch)

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        raise LookupFailedError("what came by MMS is on the phone only")


def instant(value: object, otherwise: datetime) -> datetime:
    """A moment in ISO 8601 as an aware instant; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text(value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return otherwise


def _receipt(status: Status, moment: str) -> Callable[[Mapping[str, Any], str, datetime], Event]:
    def read(payload: Mapping[str, Any], _event_id: str, now: datetime) -> Event:
        message_id = text(payload.get("messageId"))
        if not message_id:
            raise UnreadableError("it names no message")
        failed = _failed(payload) if status is Status.FAILED else {}
        return Receipt(
            provider_message_id=message_id,
            reference=message_id,
            status=status,
            at=instant(payload.get(moment), now),
            recipient=first_text(payload.get("recipient"), payload.get("phoneNumber")),
            **failed,
        )

    return read


def _failed(payload: Mapping[str, Any]) -> dict[str, Any]:
    words = text(payload.get("reason"))
    kind, code = failure(words)
    return {"kind": kind, "code": code, "words": words}


def _cancelled(payload: Mapping[str, Any], event_id: str, now: datetime) -> Event:
    told = {**payload, "reason": first_text(payload.get("reason"), "cancelled on the phone")}
    return _receipt(Status.FAILED, "cancelledAt")(told, event_id, now)


def _inbound(payload: Mapping[str, Any], event_id: str, now: datetime) -> Event:
    if not event_id.strip("."):
        raise UnreadableError("it has no id")
    sender, sender_id = _sender(first_text(payload.get("sender"), payload.get("phoneNumber")))
    return Inbound(
        provider_message_id=event_id,
        sender=sender,
        sender_id=sender_id,
        at=instant(payload.get("receivedAt"), now),
        text=first_text(payload.get("message"), payload.get("body"), payload.get("subject")),
        kind=_kind(payload),
        to=text(payload.get("recipient")),
    )


def _sender(given: str) -> tuple[str, str]:
    """As E.164 where it is written so; a name ("DHL") or a national number is theirs to know."""
    number = re.sub(r"[\s().-]", "", given)
    number = f"+{number[2:]}" if number.startswith("00") else number
    return (number, "") if _E164.fullmatch(number) else ("", given)


def _kind(payload: Mapping[str, Any]) -> str:
    """By the first file of an MMS; without one it is text. Bytes for an app are neither."""
    if files := mappings(payload.get("attachments")):
        content_type = text(files[0].get("contentType"))
        return next((kind for kind in _KINDS if content_type.startswith(f"{kind}/")), "other")
    return "text" if "message" in payload or payload.get("body") else "other"


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, datetime], Event]] = MappingProxyType(
    {
        "sms:sent": _receipt(Status.SENT, "sentAt"),
        "sms:delivered": _receipt(Status.DELIVERED, "deliveredAt"),
        "sms:failed": _receipt(Status.FAILED, "failedAt"),
        "sms:cancelled": _cancelled,
        "sms:received": _inbound,
        "sms:data-received": _inbound,
        "mms:received": _inbound,
        "mms:downloaded": _inbound,
        "sms:batch:received": _inbound,
        "sms:batch:data-received": _inbound,
        "mms:batch:received": _inbound,
        "mms:batch:downloaded": _inbound,
    }
)
