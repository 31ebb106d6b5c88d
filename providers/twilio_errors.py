"""What Twilio's codes and statuses mean (www.twilio.com/docs/api/errors, read 2026-11)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from providers.base import Accepted, Outcome, Refused, Uncertain, outcome_of
from providers.errors import ErrorKind
from providers.http import Answer
from rules.message_states import Status

_CODES: Mapping[ErrorKind, frozenset[int]] = MappingProxyType(
    {
        ErrorKind.OPT_OUT: frozenset({21610}),
        ErrorKind.PERMANENT_RECIPIENT: frozenset(
            {21211, 21612, 21614, 30004, 30005, 30006, 63003, 63024}
            # Not to this person on WhatsApp, who is part of one of its experiments.
            | {63032}
        ),
        ErrorKind.CONFIGURATION: frozenset(
            {20404, 21212, 21408, 21603, 21606, 21608, 21609, 21655, 21659, 21660, 21701, 21703}
            | {21704, 63002, 63007, 63008, 63015, 63022, 63027}
        ),
        ErrorKind.CONTENT: frozenset(
            {12300, 21602, 21605, 21617, 21619, 21620, 21656, 30007, 30019, 63005, 63013, 63019}
            | {63021, 63028, 63030}
        ),
        ErrorKind.RATE: frozenset({20429, 21611, 30001, 30022, 63017, 63018}),
        ErrorKind.QUOTA: frozenset({30023, 30027, 63038}),
        ErrorKind.WINDOW: frozenset({63016}),
        ErrorKind.TEMPLATE: frozenset({63040, 63041, 63042}),
        ErrorKind.ACCOUNT: frozenset({20003, 20005, 30002, 30032, 30034, 63001, 63020}),
        ErrorKind.TRANSIENT: frozenset({30003, 30017, 30410}),
        ErrorKind.EXPIRED: frozenset({30036}),
        ErrorKind.UNCERTAIN: frozenset({20500, 20503}),
    }
)
KINDS: Mapping[str, ErrorKind] = MappingProxyType(
    {str(code): kind for kind, codes in _CODES.items() for code in codes}
)

#: Where the answer has no code of Twilio's own.
_KINDS_BY_HTTP_STATUS: Mapping[int, ErrorKind] = MappingProxyType(
    {
        401: ErrorKind.ACCOUNT,
        403: ErrorKind.ACCOUNT,
        404: ErrorKind.CONFIGURATION,
        408: ErrorKind.UNCERTAIN,
        429: ErrorKind.RATE,
    }
)

#: Twilio has it and may still have it in a queue of its own: for us it is sent.
STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "accepted": Status.SENT,
        "scheduled": Status.SENT,
        "queued": Status.SENT,
        "sending": Status.SENT,
        "sent": Status.SENT,
        "partially_delivered": Status.SENT,
        "delivered": Status.DELIVERED,
        "read": Status.READ,
        "undelivered": Status.FAILED,
        "failed": Status.FAILED,
        "canceled": Status.FAILED,
    }
)


def kind_of(code: str) -> ErrorKind:
    return KINDS.get(code, ErrorKind.UNKNOWN)


def outcome_of_answer(answer: Answer) -> Outcome:
    """What the answer to a new message says.

    Twilio warns that a message answered with a 5xx may go all the same, and go twice when it is
    asked for again (docs/api/errors/20500): no code in such an answer is proof.
    """
    if answer.status >= 500:
        code, words = _error(answer)
        return Uncertain(why=words, code=code)
    if answer.status < 300:
        return outcome_of_message(answer.json) or Uncertain(why="the answer cannot be read")
    code, words = _error(answer)
    kind = KINDS.get(code) or _KINDS_BY_HTTP_STATUS.get(answer.status, ErrorKind.UNKNOWN)
    return outcome_of(kind, code=code, reason=words, retry_after_s=answer.retry_after_s)


def outcome_of_message(message: Any) -> Accepted | Refused | None:
    """What Twilio's own record of a message says; None where it is no such record.

    One that failed is Refused whatever the code, never NotSent: it was taken once, and a network
    that reported a failure has been known to deliver after all.
    """
    sid = message.get("sid") if isinstance(message, dict) else None
    if not sid or not isinstance(sid, str):
        return None
    word = str(message.get("status") or "")
    status = STATUSES.get(word, Status.SENT)
    if status is not Status.FAILED:
        return Accepted(provider_message_id=sid, status=status)
    code = str(message.get("error_code") or word)
    reason = str(message.get("error_message") or word)
    return Refused(code=code, reason=reason, kind=kind_of(code), provider_message_id=sid)


def _error(answer: Answer) -> tuple[str, str]:
    """The code and the words of an answer that is no message: Twilio's own, else HTTP's."""
    told = answer.json if isinstance(answer.json, dict) else {}
    code = str(told.get("code") or answer.status)
    return code, str(told.get("message") or f"HTTP {answer.status}")
