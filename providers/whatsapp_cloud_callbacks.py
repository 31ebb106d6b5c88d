"""What Meta tells by itself. Pure: no connection, no clock but the one given.

An app has one address for everything: several numbers and several business accounts may call it,
and only what is about this one counts. Status receipts come in any order and more than once; a
"delivered" may never come, and "read" says it too.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from providers.callbacks import AccountChange, Callback, Event, Receipt, TemplateChange
from providers.errors import UnreadableError
from providers.untrusted import epoch, mapping, mappings, parsed, text
from providers.whatsapp_cloud_errors import kind_of, read_error
from providers.whatsapp_cloud_inbound import e164, read_messages, read_preferences
from providers.whatsapp_cloud_templates import STATES, reason
from rules.message_states import Status

type Json = Mapping[str, Any]

#: A voice message that was played was read; what is not here ("deleted") is no news to us.
_STATUSES = MappingProxyType(
    {
        "sent": Status.SENT,
        "delivered": Status.DELIVERED,
        "read": Status.READ,
        "played": Status.READ,
        "failed": Status.FAILED,
    }
)
#: Events of the business account that stop everything or let it go on; others are no news.
_STOPS = MappingProxyType(
    {
        "ACCOUNT_DELETED": True,
        "ACCOUNT_OFFBOARDED": True,  # the number was registered on a phone again
        "ACCOUNT_RECONNECTED": False,
    }
)
_BAN_STOPS = MappingProxyType({"DISABLE": True, "REINSTATE": False})
_REVIEW_STOPS = MappingProxyType({"REJECTED": True, "APPROVED": False})
#: RESTRICTED_BIZ_INITIATED_MESSAGING and the like; others take away only some conveniences.
_STOPPING_RESTRICTION = "_MESSAGING"


def answered_challenge(callback: Callback, verify_token: str) -> str | None:
    """The question Meta asks once, when the address is set: unsigned, with our own token in it."""
    try:
        query = parse_qs(urlsplit(callback.url).query)
    except ValueError:
        return None
    mode, token, challenge = (
        query.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge")
    )
    knows_us = hmac.compare_digest(_bytes(token), _bytes(verify_token))
    asked = callback.method == "GET" and mode == "subscribe" and challenge != ""
    return challenge if asked and knows_us and verify_token else None


def is_signed(callback: Callback, app_secret: str) -> bool:
    """Over the raw bytes: Meta escapes what is not ASCII, and nothing written anew would fit."""
    ours = "sha256=" + hmac.new(_bytes(app_secret), callback.body, hashlib.sha256).hexdigest()
    theirs = callback.headers.get("x-hub-signature-256", "")
    fits = hmac.compare_digest(_bytes(ours), _bytes(theirs))
    return fits and callback.method == "POST" and app_secret != ""


def read_callback(
    callback: Callback, now: datetime, *, phone_number_id: str, waba_id: str
) -> list[Event]:
    """Raises UnreadableError."""
    told = parsed(callback.body)
    if not isinstance(told.get("entry"), list):
        raise UnreadableError("there is no list of entries")
    if told.get("object") != "whatsapp_business_account":
        return []
    return [
        event
        for entry in mappings(told["entry"])
        for change in mappings(entry.get("changes"))
        for event in _read_change(entry, change, now, phone_number_id, waba_id)
    ]


def _read_change(
    entry: Json, change: Json, now: datetime, phone_number_id: str, waba_id: str
) -> Iterator[Event]:
    value, field = mapping(change.get("value")), text(change.get("field"))
    if field in _OF_THE_NUMBER:
        if text(mapping(value.get("metadata")).get("phone_number_id")) == phone_number_id:
            yield from _OF_THE_NUMBER[field](value, now)
    elif field in _OF_THE_ACCOUNT:
        about = {text(entry.get("id")), text(mapping(value.get("waba_info")).get("waba_id"))}
        if waba_id in about:
            yield from _OF_THE_ACCOUNT[field](value)


def _messages(value: Json, now: datetime) -> Iterator[Event]:
    for status in mappings(value.get("statuses")):
        if receipt := _receipt(status, now):
            yield receipt
    yield from read_messages(value, now)


def _receipt(status: Json, now: datetime) -> Receipt | None:
    state = _STATUSES.get(text(status.get("status")))
    message_id = text(status.get("id"))
    if state is None or not message_id:
        return None
    receipt = Receipt(
        provider_message_id=message_id,
        status=state,
        at=epoch(status.get("timestamp"), now),
        reference=text(status.get("biz_opaque_callback_data")),
        recipient=e164(status.get("recipient_id")),
    )
    return _with_error(receipt, status) if state is Status.FAILED else receipt


def _with_error(receipt: Receipt, status: Json) -> Receipt:
    error = read_error(next(iter(mappings(status.get("errors"))), {}))
    return replace(receipt, kind=kind_of(error), code=error.told_code, words=error.words)


def _template_state(value: Json) -> Iterator[TemplateChange]:
    """FLAGGED and others leave it usable for now: the list knows."""
    more = mapping(value.get("other_info"))
    yield TemplateChange(
        reference=text(value.get("message_template_id")),
        name=text(value.get("message_template_name")),
        language=text(value.get("message_template_language")),
        state=STATES.get(text(value.get("event")).upper()),
        reason=reason(
            mapping(value.get("rejection_info")).get("reason"),
            value.get("reason"),
            more.get("description"),
            more.get("title"),
        ),
    )


def _template_other(value: Json) -> Iterator[TemplateChange]:
    for change in _template_state(value):
        yield replace(change, state=None)


def _account(value: Json) -> Iterator[AccountChange]:
    event = text(value.get("event"))
    ban = text(mapping(value.get("ban_info")).get("waba_ban_state"))
    restrictions = [
        text(one.get("restriction_type")) for one in mappings(value.get("restriction_info"))
    ]
    if any(kind.endswith(_STOPPING_RESTRICTION) for kind in restrictions):
        yield AccountChange(stops=True, code=event, words=", ".join(restrictions))
    elif ban in _BAN_STOPS:
        yield AccountChange(stops=_BAN_STOPS[ban], code=event, words=ban)
    elif event in _STOPS:
        yield AccountChange(stops=_STOPS[event], code=event)


def _review(value: Json) -> Iterator[AccountChange]:
    decision = text(value.get("decision"))
    if decision in _REVIEW_STOPS:
        yield AccountChange(stops=_REVIEW_STOPS[decision], code="ACCOUNT_REVIEW", words=decision)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


_OF_THE_NUMBER: Mapping[str, Callable[[Json, datetime], Iterator[Event]]] = MappingProxyType(
    {"messages": _messages, "user_preferences": read_preferences}
)
_OF_THE_ACCOUNT: Mapping[str, Callable[[Json], Iterator[Event]]] = MappingProxyType(
    {
        "message_template_status_update": _template_state,
        "message_template_quality_update": _template_other,
        "message_template_components_update": _template_other,
        "template_category_update": _template_other,
        "account_update": _account,
        "account_review_update": _review,
    }
)
