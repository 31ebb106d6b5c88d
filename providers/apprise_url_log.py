"""What can be concluded from what apprise logged while it sent one message.

Its log holds numbers, texts and passwords; so it goes nowhere else, and nothing of it is kept but a
service's own words for a refusal.
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from providers.base import NotSent, Refused, Uncertain, outcome_of
from providers.errors import ErrorKind
from rules.reasons import Reason

#: What a service's HTTP status says, where it is a refusal; others of 4xx are UNKNOWN.
STATUSES: Mapping[int, ErrorKind] = MappingProxyType(
    {
        401: ErrorKind.ACCOUNT,
        402: ErrorKind.ACCOUNT,
        403: ErrorKind.ACCOUNT,
        408: ErrorKind.UNCERTAIN,
        409: ErrorKind.UNCERTAIN,
        413: ErrorKind.CONTENT,
        425: ErrorKind.UNCERTAIN,
        429: ErrorKind.RATE,
        499: ErrorKind.UNCERTAIN,
    }
)

_REFUSED = re.compile(r"Failed to .*\berror=(4\d\d)\b", re.DOTALL)
_CONNECTION = re.compile(r"\bconnection error\b", re.IGNORECASE)
#: urllib3's words for what ended before the request was written.
_NO_CONNECTION = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|SSLCertVerificationError"
)
_TIMED_OUT = re.compile(r"ReadTimeout|Read timed out")

type Heard = list[tuple[int, str]]

_here = threading.local()


class _Ear(logging.Handler):
    """Keeps what the calling thread has apprise say."""

    def emit(self, record: logging.LogRecord) -> None:
        heard: Heard | None = getattr(_here, "heard", None)
        if heard is not None:
            heard.append((record.levelno, record.getMessage()))


@contextmanager
def hearing() -> Iterator[Heard]:
    _listen()
    heard: Heard = []
    _here.heard = heard
    try:
        yield heard
    finally:
        _here.heard = None


def _listen() -> None:
    """How a connection failed is said at the level of details, as messages and passwords are."""
    logging.getLogger("urllib3").setLevel(logging.INFO)
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    if not any(isinstance(one, _Ear) for one in log.handlers):
        log.addHandler(_Ear())


def verdict(heard: Sequence[tuple[int, str]]) -> Refused | NotSent | Uncertain:
    """What a "no" says about the message. With more than one complaint nothing is sure."""
    complaints = [text for level, text in heard if level >= logging.WARNING]
    if len(complaints) != 1:
        return Uncertain(why="the service did not say what became of it")
    [complaint] = complaints
    if found := _REFUSED.search(complaint):
        kind = STATUSES.get(int(found[1]), ErrorKind.UNKNOWN)
        return outcome_of(kind, code=found[1], reason=complaint)
    details = " ".join(text for _, text in heard)
    if _CONNECTION.search(complaint) and _NO_CONNECTION.search(details):
        return NotSent(why="no connection to the service")
    if _CONNECTION.search(complaint):
        timed_out = _TIMED_OUT.search(details)
        cause = Reason.TIMED_OUT if timed_out else Reason.CONNECTION_LOST
        return Uncertain(why="the connection broke", cause=cause)
    return Uncertain(why="the service did not take it, or it was lost on the way")
