"""What Meta's error codes mean, and what an answer to a request says about the message.

Meta asks to branch on `code` alone: titles change, HTTP statuses are not kept to, and subcodes are
going away. The same codes come in the answer to a request or later in a receipt: 131026, 131047 and
most of what is about a recipient come later, nearly always. Facts from Meta's error reference and
facebook/openapi ecba623b, read in November 2026.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from providers.accounts import Check, Problem
from providers.base import NotSent, Refused, Uncertain, outcome_of
from providers.errors import ErrorKind, UnreadableError
from providers.http import LONGEST_PAUSE_S, Answer
from providers.untrusted import first_text, mapping, mappings, number, parsed, text

log = logging.getLogger(__name__)

K = ErrorKind

KINDS: Mapping[int, ErrorKind] = MappingProxyType(
    {
        # Nothing goes on this account until somebody mends it.
        0: K.ACCOUNT,  # the token's user cannot be authenticated
        3: K.ACCOUNT,  # the app lacks the capability
        10: K.ACCOUNT,  # permission not granted, or taken away
        33: K.ACCOUNT,  # the phone number id does not exist (any more)
        **dict.fromkeys(range(200, 300), K.ACCOUNT),  # permissions
        190: K.ACCOUNT,  # the access token has expired
        368: K.ACCOUNT,  # blocked for a while for violating a policy
        130497: K.ACCOUNT,  # may not write to people of this country
        131005: K.ACCOUNT,  # access denied
        131031: K.ACCOUNT,  # locked
        131037: K.ACCOUNT,  # the display name is not approved yet
        131042: K.ACCOUNT,  # payment
        131045: K.ACCOUNT,  # the number's certificate
        133010: K.ACCOUNT,  # the number is not registered
        # Too much at once.
        4: K.RATE,
        17: K.RATE,
        32: K.RATE,
        613: K.RATE,
        80007: K.RATE,
        130429: K.RATE,
        131048: K.RATE,  # too many were blocked or reported as spam
        131056: K.RATE,  # to this one person
        131064: K.RATE,
        # The recipient.
        131047: K.WINDOW,
        131049: K.QUOTA,  # this person gets enough marketing already: not before a day has passed
        131050: K.OPT_OUT,
        130472: K.PERMANENT_RECIPIENT,  # in an experiment of Meta's
        131021: K.PERMANENT_RECIPIENT,  # the sender's own number
        131026: K.PERMANENT_RECIPIENT,
        137000: K.PERMANENT_RECIPIENT,  # not the phone it was
        # Set up wrongly.
        131030: K.CONFIGURATION,  # a test number writes only to numbers on its list
        131055: K.CONFIGURATION,
        131063: K.CONFIGURATION,  # no marketing templates here; the others go
        # The message itself.
        100: K.CONTENT,
        131008: K.CONTENT,
        131009: K.CONTENT,
        131051: K.CONTENT,
        131062: K.CONTENT,  # this kind of message needs a telephone number
        132000: K.CONTENT,  # as many parameters as the template has places
        132005: K.CONTENT,  # too long with everything filled in
        132008: K.CONTENT,
        132012: K.CONTENT,  # a parameter of another kind than the place
        132018: K.CONTENT,
        135000: K.CONTENT,
        132001: K.TEMPLATE,  # not there, or not in this language
        132007: K.TEMPLATE,  # against a policy
        132015: K.TEMPLATE,  # paused for its quality
        132016: K.TEMPLATE,  # disabled for its quality
        132068: K.TEMPLATE,
        132069: K.TEMPLATE,
        # Certainly not taken, may go later.
        131052: K.TRANSIENT,  # our file could not be fetched
        131053: K.TRANSIENT,  # our file could not be taken
        131057: K.TRANSIENT,  # the account is being moved
        # May have been taken.
        1: K.UNCERTAIN,
        2: K.UNCERTAIN,
        131000: K.UNCERTAIN,
        131016: K.UNCERTAIN,
    }
)
#: One person, not the account, has had enough for now.
PAIR_LIMITS = frozenset({131056})
#: Where no header says how long: to one person about one message in 6 s, and after spam reports
#: nothing helps but leaving people alone.
PAUSE_S: Mapping[int, float] = MappingProxyType({131056: 10.0, 131048: 3600.0})
#: An app that has used up its rolling hour, where Meta does not say when it has some left again.
APP_PAUSE_S = 300.0
#: Code 100 with this subcode: there is no such object, or the token may not see it.
NO_SUCH_OBJECT = 33
#: Kinds that would be sent again by themselves or that say nothing: a server's failure outweighs
#: them. 408 is a server that did not read our request to its end, or says so.
_NO_PROOF = frozenset({K.RATE, K.TRANSIENT, K.UNKNOWN, K.UNCERTAIN})
_TIMED_OUT_STATUS = 408
_KINDS_OF_STATUS = MappingProxyType({401: K.ACCOUNT, 403: K.ACCOUNT, 429: K.RATE})


@dataclass(frozen=True, kw_only=True)
class MetaError:
    """`code` is None where the answer holds no error of Meta's."""

    code: int | None
    words: str
    subcode: int | None = None

    @property
    def told_code(self) -> str:
        return "" if self.code is None else str(self.code)

    @property
    def is_no_such_object(self) -> bool:
        return self.code == 100 and self.subcode == NO_SUCH_OBJECT


def read_error(value: object) -> MetaError:
    """From an answer's "error", or from one of a receipt's "errors"."""
    error = mapping(value)
    title = first_text(error.get("message"), error.get("title"))
    details = first_text(
        mapping(error.get("error_data")).get("details"), error.get("error_user_msg")
    )
    told = f"{title}: {details}" if details and details not in title else title
    return MetaError(
        code=_whole(error.get("code")), subcode=_whole(error.get("error_subcode")), words=told
    )


def error_of(answer: Answer) -> MetaError:
    """The error in an answer; its first words where it is none of Meta's."""
    error = read_error(mapping(answer.json).get("error"))
    if error.code is None and not error.words:
        return replace(error, words=f"HTTP {answer.status}")
    return error


def kind_of(error: MetaError) -> ErrorKind:
    if error.code is None:
        return K.UNKNOWN
    if error.is_no_such_object:
        return K.ACCOUNT
    kind = KINDS.get(error.code, K.UNKNOWN)
    if kind is K.UNKNOWN:
        log.warning("Meta's error %d is in no table", error.code)
    return kind


def outcome_of_error(answer: Answer) -> Refused | NotSent | Uncertain:
    """What an answer that is no acceptance says about the message."""
    error = error_of(answer)
    kind = _kind_in(answer, error)
    outcome = outcome_of(
        kind,
        code=error.told_code or str(answer.status),
        reason=error.words,
        retry_after_s=pause_s(answer, error.code) if kind is K.RATE else None,
    )
    if isinstance(outcome, NotSent) and error.code in PAIR_LIMITS:
        return replace(outcome, holds_account=False)
    return outcome


def pause_s(answer: Answer, code: int | None) -> float | None:
    """The longest of what Meta's headers ask for and what we know of the code; a day at most."""
    asked = [
        answer.retry_after_s or 0.0,
        _regained_after_s(answer.headers.get("x-business-use-case-usage", "")),
        APP_PAUSE_S if _is_used_up(answer.headers.get("x-app-usage", "")) else 0.0,
        PAUSE_S.get(code, 0.0) if code is not None else 0.0,
    ]
    return min(max(asked), LONGEST_PAUSE_S) or None


def check_of_error(answer: Answer, setting: str) -> Check:
    """`setting` names what was asked about: the one to look at where nothing else is known."""
    error = error_of(answer)
    kind = _kind_in(answer, error)
    problem, named = _problem_of(error, kind, setting)
    return Check(
        problem=problem,
        setting=named,
        code=error.told_code or str(answer.status),
        words=error.words,
    )


def _kind_in(answer: Answer, error: MetaError) -> ErrorKind:
    kind = kind_of(error)
    if kind in _NO_PROOF and (answer.status >= 500 or answer.status == _TIMED_OUT_STATUS):
        return K.UNCERTAIN
    if answer.status < 300:  # neither accepted nor refused
        return K.UNCERTAIN
    return _KINDS_OF_STATUS.get(answer.status, kind) if kind is K.UNKNOWN else kind


#: What a check tells by the code, and the setting to look at, "" for the one asked about.
_PROBLEMS: Mapping[int, tuple[Problem, str]] = MappingProxyType(
    {
        0: (Problem.CREDENTIALS, "access_token"),
        190: (Problem.CREDENTIALS, "access_token"),
        3: (Problem.PERMISSION, "access_token"),
        10: (Problem.PERMISSION, "access_token"),
        131005: (Problem.PERMISSION, "access_token"),
        **dict.fromkeys(range(200, 300), (Problem.PERMISSION, "access_token")),
        33: (Problem.NOT_FOUND, ""),
        803: (Problem.NOT_FOUND, ""),
        133010: (Problem.SENDER, "phone_number_id"),
        131042: (Problem.PAYMENT, ""),
        368: (Problem.SUSPENDED, ""),
        131031: (Problem.SUSPENDED, ""),
        2635: (Problem.SETTING, "api_version"),  # Meta speaks this version no more
    }
)
_PROBLEMS_OF_KIND: Mapping[ErrorKind, Problem] = MappingProxyType(
    {
        K.RATE: Problem.LIMITED,
        K.ACCOUNT: Problem.SUSPENDED,
        K.CONTENT: Problem.NOT_FOUND,
    }
)


def _problem_of(error: MetaError, kind: ErrorKind, setting: str) -> tuple[Problem, str]:
    if error.is_no_such_object:
        return Problem.NOT_FOUND, setting
    if error.code is None:
        named = (Problem.CREDENTIALS, "access_token")
        return named if kind is K.ACCOUNT else (Problem.ANSWER, "base_url")
    problem, named_setting = _PROBLEMS.get(
        error.code, (_PROBLEMS_OF_KIND.get(kind, Problem.ANSWER), "")
    )
    return problem, named_setting or setting


def _regained_after_s(header: str) -> float:
    """{"<business>": [{"type": …, "estimated_time_to_regain_access": minutes}, …]}, the longest."""
    limits = (limit for of_one in _header(header).values() for limit in mappings(of_one))
    waits = (number(limit.get("estimated_time_to_regain_access")) for limit in limits)
    return max(waits, default=0.0) * 60


def _is_used_up(header: str) -> bool:
    """{"call_count": percent, "total_time": percent, "total_cputime": percent}"""
    return any(number(share) >= 100 for share in _header(header).values())


def _header(value: str) -> Mapping[str, Any]:
    try:
        return parsed(value.encode("utf-8", "replace"))
    except UnreadableError:
        return {}


def _whole(value: object) -> int | None:
    told = text(value)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
