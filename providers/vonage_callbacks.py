"""What Vonage calls us about: receipts and messages from customers.

The SMS API sends them as the query of a GET, a form or JSON, whichever the account is set to; an
account set to the Messages API has JSON of another shape, which is read too.

A long message from a customer comes in parts, in any order, each with an id of its own, and each is
read as a message by itself: joined they could only be once all had come, and one may never come.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from providers import untrusted
from providers.callbacks import Callback, Event, Inbound, Receipt
from providers.errors import UnreadableError
from providers.vonage_errors import STATUSES, kind_of_receipt
from rules.message_states import Status

_MOST_FIELDS = 200
_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})")
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%f%z")


def client_ref(attempt_id: str, parts: int) -> str:
    """Our reference at Vonage, 40 characters at most; of several parts it tells how many.

    Each part has receipts of its own, and all of them this reference. That one part has arrived is
    not that the message has: of a message in parts a delivery says no more than that it was sent,
    so that the failure of any other part is told to a person whenever it comes.
    """
    return f"{attempt_id}/{parts}" if parts > 1 else attempt_id


def read(callback: Callback, now: datetime) -> Sequence[Event]:
    """Raises UnreadableError."""
    fields = fields_of(callback)
    message_id = fields.get("messageId") or fields.get("message_uuid") or ""
    if not message_id:
        raise UnreadableError("it has no message id")
    if "status" in fields:
        return _receipts(message_id, fields, now)
    if "msisdn" in fields or "from" in fields:
        return [_inbound(message_id, fields, now)]
    raise UnreadableError("neither a receipt nor a message")


def fields_of(callback: Callback) -> Mapping[str, str]:
    """The callback's fields, however they came. Raises UnreadableError."""
    content_type = callback.headers.get("content-type", "").partition(";")[0].strip().lower()
    if callback.method != "GET" and content_type == "application/json":
        told = untrusted.parsed(callback.body).items()
        return {untrusted.text(name): untrusted.text(value) for name, value in told}
    try:
        query = urlsplit(callback.url).query if callback.method == "GET" else callback.body.decode()
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UnreadableError("not a form") from error
    return {untrusted.text(name): untrusted.text(value) for name, value in pairs}


def _receipts(message_id: str, fields: Mapping[str, str], now: datetime) -> Sequence[Event]:
    """One, or none for a status that proves nothing."""
    word = fields["status"].lower()
    status = STATUSES.get(word)
    if status is None:
        return []
    reference, _, parts = fields.get("client-ref", fields.get("client_ref", "")).partition("/")
    failed, code = status is Status.FAILED, fields.get("err-code", "").removeprefix("0") or word
    return [
        Receipt(
            provider_message_id=message_id,
            status=Status.SENT if parts and status is Status.DELIVERED else status,
            at=_moment(fields, now),
            reference=reference,
            recipient=_e164(fields.get("msisdn", "")),
            kind=kind_of_receipt(word, code) if failed else None,
            code=code if failed else "",
            words=word if failed else "",
        )
    ]


def _inbound(message_id: str, fields: Mapping[str, str], now: datetime) -> Inbound:
    """Vonage's `keyword` is only the first word, and decides nothing: "Stop by at 5" has one too.

    Somebody who writes from a name and not a number cannot be answered.
    """
    writer = fields.get("msisdn") or fields.get("from") or ""
    sender = _e164(writer)
    text = fields.get("text", "")
    return Inbound(
        provider_message_id=message_id,
        sender=sender,
        at=_moment(fields, now),
        text=text,
        kind="text" if fields.get("type", "text") in {"text", "unicode"} else "other",
        sender_id="" if sender else writer,
        to=_e164(fields.get("to", "")) or fields.get("to", ""),
    )


def _e164(number: str) -> str:
    """ "" for what is a name."""
    match = _NUMBER.fullmatch(number)
    return f"+{match[1]}" if match else ""


def _moment(fields: Mapping[str, str], now: datetime) -> datetime:
    """Vonage's clock is UTC. `now` where it cannot be read."""
    told = fields.get("message-timestamp") or fields.get("timestamp") or ""
    for form in _FORMATS:
        try:
            moment = datetime.strptime(told, form)  # noqa: DTZ007 (made aware below)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return now
