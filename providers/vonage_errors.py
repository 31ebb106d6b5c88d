"""What Vonage's statuses and codes mean (developer.vonage.com/en/api-errors/sms, read 2026-11)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from providers import untrusted
from providers.base import Accepted, Outcome, Refused, Uncertain, outcome_of
from providers.errors import STOPS_THE_ACCOUNT, ErrorKind
from providers.http import Answer
from rules.message_states import Status

OK = "0"

#: Of each part, in the answer to a request; HTTP says 200 whatever they are.
KINDS: Mapping[str, ErrorKind] = MappingProxyType(
    {
        "1": ErrorKind.RATE,
        "2": ErrorKind.CONFIGURATION,
        "4": ErrorKind.ACCOUNT,
        "5": ErrorKind.UNCERTAIN,
        "6": ErrorKind.PERMANENT_RECIPIENT,  # mostly: no network has such a prefix
        "7": ErrorKind.PERMANENT_RECIPIENT,
        "8": ErrorKind.ACCOUNT,
        "9": ErrorKind.ACCOUNT,  # no credit left
        "10": ErrorKind.RATE,
        "11": ErrorKind.ACCOUNT,
        "12": ErrorKind.CONTENT,
        "14": ErrorKind.ACCOUNT,
        "15": ErrorKind.CONFIGURATION,
        "22": ErrorKind.CONFIGURATION,
        "23": ErrorKind.CONFIGURATION,
        "29": ErrorKind.CONFIGURATION,  # an account on trial sends to numbers it named only
        "32": ErrorKind.CONFIGURATION,
        "33": ErrorKind.PERMANENT_RECIPIENT,
    }
)
_KINDS_BY_HTTP_STATUS: Mapping[int, ErrorKind] = MappingProxyType(
    {
        401: ErrorKind.ACCOUNT,
        403: ErrorKind.ACCOUNT,
        408: ErrorKind.UNCERTAIN,
        420: ErrorKind.RATE,
        429: ErrorKind.RATE,
    }
)

#: Of receipts. A status that is not here, "unknown" among them, proves nothing either way.
STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "accepted": Status.SENT,
        "buffered": Status.SENT,
        "submitted": Status.SENT,
        "delivered": Status.DELIVERED,
        "read": Status.READ,
        "expired": Status.FAILED,
        "failed": Status.FAILED,
        "rejected": Status.FAILED,
        "undeliverable": Status.FAILED,
    }
)
#: Of a receipt that failed: its err-code.
RECEIPT_KINDS: Mapping[str, ErrorKind] = MappingProxyType(
    {
        "2": ErrorKind.TRANSIENT,  # the phone was off for a while
        "3": ErrorKind.PERMANENT_RECIPIENT,
        "4": ErrorKind.PERMANENT_RECIPIENT,
        "5": ErrorKind.TRANSIENT,
        "6": ErrorKind.CONTENT,  # a network's filter took it for spam
        "7": ErrorKind.TRANSIENT,
        "8": ErrorKind.TRANSIENT,
        "9": ErrorKind.OPT_OUT,
        "10": ErrorKind.CONTENT,
        "11": ErrorKind.CONFIGURATION,
        "12": ErrorKind.PERMANENT_RECIPIENT,
        "13": ErrorKind.PERMANENT_RECIPIENT,
        "14": ErrorKind.PERMANENT_RECIPIENT,
        "15": ErrorKind.TRANSIENT,
        "50": ErrorKind.CONTENT,
        "51": ErrorKind.CONFIGURATION,
        "52": ErrorKind.CONTENT,
        "53": ErrorKind.OPT_OUT,
        "54": ErrorKind.CONFIGURATION,
    }
)


def kind_of_receipt(word: str, code: str) -> ErrorKind:
    if word == "expired":
        return ErrorKind.EXPIRED
    return RECEIPT_KINDS.get(code, ErrorKind.UNKNOWN)


def outcome_of_answer(answer: Answer) -> Outcome:
    """What the answer to a new message says of all its parts together."""
    parts = untrusted.mappings(untrusted.mapping(answer.json).get("messages"))
    if answer.status == 200 and parts:
        return _outcome_of_parts(parts, answer)
    if answer.status < 300 or answer.status >= 500:
        return Uncertain(why=f"HTTP {answer.status}", code=str(answer.status))
    kind = _KINDS_BY_HTTP_STATUS.get(answer.status, ErrorKind.UNKNOWN)
    words = f"HTTP {answer.status}"
    return outcome_of(
        kind, code=str(answer.status), reason=words, retry_after_s=answer.retry_after_s
    )


def _outcome_of_parts(parts: Sequence[Mapping[str, Any]], answer: Answer) -> Outcome:
    taken = [part for part in parts if untrusted.text(part.get("status")) == OK]
    others = [part for part in parts if part not in taken]
    if not others:
        first = untrusted.text(taken[0].get("message-id"))
        return Accepted(provider_message_id=first) if first else Uncertain(why="it has no id")
    code = untrusted.text(others[0].get("status"))
    words = untrusted.first_text(others[0].get("error-text"), f"status {code}")
    kinds = [_kind(part) for part in others]
    if taken:
        return _torn(kinds[0], code, f"{len(taken)} of {len(parts)} parts went: {words}")
    kind = ErrorKind.UNCERTAIN if ErrorKind.UNCERTAIN in kinds else kinds[0]
    return outcome_of(kind, code=code, reason=words, retry_after_s=answer.retry_after_s)


def _torn(kind: ErrorKind, code: str, words: str) -> Refused:
    """Some parts were taken and some were not: a person is told how much went, and decides.

    The whole is not sent again by itself, nor on another channel: who has got the first parts would
    get them twice. It has failed rather than being in doubt, so that the receipts of the parts that
    went do not settle it. What stops the account (no credit) still does.
    """
    telling = kind if kind in STOPS_THE_ACCOUNT else ErrorKind.UNKNOWN
    return Refused(code=code, reason=words, kind=telling)


def _kind(part: Mapping[str, Any]) -> ErrorKind:
    return KINDS.get(untrusted.text(part.get("status")), ErrorKind.UNKNOWN)
