"""What the phone's app and its server say when a message does not go, as data.

Sources: server@22074dda (`modules/messages`, `modules/devices`), the app's
`MessagesService.resultToErrorMessage` and its FAQ on errors, November 2026; the results of
Android's SmsManager; delivery results by GSM 03.40, 9.2.3.15 (TP-Status).
"""

import logging
import re
from collections.abc import Mapping
from types import MappingProxyType

from providers.accounts import Check, Problem
from providers.base import NotSent, Refused, Uncertain, outcome_of
from providers.errors import ErrorKind
from providers.http import Answer
from providers.untrusted import mapping, text

log = logging.getLogger(__name__)

K = ErrorKind

#: By the status of an answer to a request to send. 503 says that the phone's queue is full.
STATUSES: Mapping[int, ErrorKind] = MappingProxyType(
    {
        401: K.ACCOUNT,
        402: K.ACCOUNT,
        403: K.ACCOUNT,
        404: K.CONFIGURATION,
        405: K.CONFIGURATION,
        413: K.CONTENT,
        429: K.RATE,
        503: K.RATE,
    }
)

_FULL = 503

#: What a 400 is about; the first that fits.
WORDS: tuple[tuple[re.Pattern[str], ErrorKind], ...] = (
    (
        re.compile(r"device|record not found|more than one record|\bsim", re.IGNORECASE),
        K.CONFIGURATION,
    ),
    (re.compile(r"expired|valid.?until|\bttl\b", re.IGNORECASE), K.EXPIRED),
    (re.compile(r"phone", re.IGNORECASE), K.PERMANENT_RECIPIENT),
    (re.compile(r"text|content|message", re.IGNORECASE), K.CONTENT),
)

#: Android's own results for a message that it did not send.
RESULTS: Mapping[str, ErrorKind] = MappingProxyType(
    {
        "RESULT_ERROR_LIMIT_EXCEEDED": K.RATE,
        "RESULT_RIL_REQUEST_RATE_LIMITED": K.RATE,
        "RESULT_ERROR_NO_SERVICE": K.TRANSIENT,
        "RESULT_ERROR_RADIO_OFF": K.TRANSIENT,
        "RESULT_RADIO_NOT_AVAILABLE": K.TRANSIENT,
        "RESULT_NETWORK_ERROR": K.TRANSIENT,
        "RESULT_SMS_BLOCKED_DURING_EMERGENCY": K.TRANSIENT,
        "RESULT_RIL_RADIO_NOT_AVAILABLE": K.TRANSIENT,
        "RESULT_RIL_NETWORK_ERR": K.TRANSIENT,
        "RESULT_RIL_NETWORK_NOT_READY": K.TRANSIENT,
        "RESULT_RIL_BLOCKED_DUE_TO_CALL": K.TRANSIENT,
        "RESULT_RIL_SIMULTANEOUS_SMS_AND_CALL_NOT_ALLOWED": K.TRANSIENT,
        "RESULT_NO_DEFAULT_SMS_APP": K.CONFIGURATION,
        "RESULT_ERROR_FDN_CHECK_FAILURE": K.CONFIGURATION,
        "RESULT_INVALID_SMSC_ADDRESS": K.CONFIGURATION,
        "RESULT_OPERATION_NOT_ALLOWED": K.CONFIGURATION,
        "RESULT_UNEXPECTED_EVENT_STOP_SENDING": K.CONFIGURATION,
        "RESULT_RIL_INVALID_SMSC_ADDRESS": K.CONFIGURATION,
        "RESULT_RIL_OPERATION_NOT_ALLOWED": K.CONFIGURATION,
        "RESULT_RIL_ACCESS_BARRED": K.CONFIGURATION,
        "RESULT_RIL_SIM_ABSENT": K.CONFIGURATION,
        "RESULT_ERROR_SHORT_CODE_NOT_ALLOWED": K.PERMANENT_RECIPIENT,
        "RESULT_ERROR_SHORT_CODE_NEVER_ALLOWED": K.PERMANENT_RECIPIENT,
        "RESULT_ERROR_NULL_PDU": K.CONTENT,
        "RESULT_INVALID_SMS_FORMAT": K.CONTENT,
        "RESULT_ENCODING_ERROR": K.CONTENT,
        "RESULT_RIL_INVALID_SMS_FORMAT": K.CONTENT,
        "RESULT_RIL_ENCODING_ERR": K.CONTENT,
        # No credit on the SIM card, most often; no signal; a card that is not active.
        "RESULT_ERROR_GENERIC_FAILURE": K.UNKNOWN,
    }
)

#: TP-Status in a delivery report: from 64 on the network's centre tries no more.
DELIVERY_RESULTS: Mapping[int, ErrorKind] = MappingProxyType(
    {
        65: K.PERMANENT_RECIPIENT,  # incompatible destination
        66: K.PERMANENT_RECIPIENT,  # refused by the recipient's phone
        67: K.PERMANENT_RECIPIENT,  # not obtainable
        69: K.PERMANENT_RECIPIENT,  # no interworking
        70: K.EXPIRED,  # the centre's own time for it is over
    }
)

#: What the app says in words of its own.
REASONS: tuple[tuple[re.Pattern[str], ErrorKind], ...] = (
    (re.compile(r"TTL expired", re.IGNORECASE), K.EXPIRED),
    (re.compile(r"\bSIMs?\b|permission", re.IGNORECASE), K.CONFIGURATION),
    (re.compile(r"(phone|invalid) number", re.IGNORECASE), K.PERMANENT_RECIPIENT),
)

_RESULT = re.compile(r"\bRESULT_[A-Z_]+")
_DELIVERY_RESULT = re.compile(r"Delivery result.*: (\d{1,3})\s*$", re.IGNORECASE)


def not_taken(answer: Answer) -> Refused | NotSent | Uncertain:
    """What an answer other than "taken" says about the message."""
    words = told_by(answer)
    return outcome_of(
        kind_of_answer(answer.status, words),
        code=str(answer.status),
        reason=words or "the gateway says no more",
        retry_after_s=answer.retry_after_s,
    )


def kind_of_answer(status: int, words: str) -> ErrorKind:
    if status == _FULL and not words:
        return K.UNCERTAIN  # a proxy's: what is behind it may have taken the message
    if status in STATUSES:
        return STATUSES[status]
    if status in {400, 422}:
        return next((kind for pattern, kind in WORDS if pattern.search(words)), K.UNKNOWN)
    if 300 <= status < 400:
        return K.CONFIGURATION
    if 400 <= status < 500:
        log.warning("android gateway: an unknown answer, %s", status)
        return K.UNKNOWN
    return K.UNCERTAIN


def failure(reason: str) -> tuple[ErrorKind, str]:
    """Of what kind the phone's reason is, and its code where it has one."""
    if found := _RESULT.search(reason):
        return RESULTS.get(found[0], K.UNKNOWN), found[0]
    if found := _DELIVERY_RESULT.search(reason):
        return DELIVERY_RESULTS.get(int(found[1]), K.UNKNOWN), found[1]
    return next((kind for pattern, kind in REASONS if pattern.search(reason)), K.UNKNOWN), ""


def problem_with(answer: Answer) -> Check:
    """What an answer other than the list of devices says about the account."""
    problem, setting = {
        401: (Problem.CREDENTIALS, "password"),
        403: (Problem.PERMISSION, "username"),
        429: (Problem.LIMITED, ""),
    }.get(answer.status, (Problem.ANSWER, "base_url"))
    return Check(problem=problem, setting=setting, code=str(answer.status), words=told_by(answer))


def told_by(answer: Answer) -> str:
    return text(mapping(answer.json).get("message"))
