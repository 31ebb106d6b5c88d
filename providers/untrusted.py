"""JSON from outside, which may hold anything: each reader gives what is wanted, or emptiness.

A callback is signed, but that says only who sent it; one odd field must not hide the rest.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from providers.errors import UnreadableError

#: A number of seconds that a clock of this century may show.
_EPOCH = range(10**11)


def parsed(body: bytes) -> Mapping[str, Any]:
    """A JSON object. Raises UnreadableError."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("the body is not JSON") from error
    if not isinstance(value, dict):
        raise UnreadableError("the body is not a JSON object")
    return value


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A string or a whole number as text that a database takes: no NUL, no half characters."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def first_text(*values: object) -> str:
    """The first that says anything."""
    return next((told for value in values if (told := text(value))), "")


def number(value: object) -> float:
    """0 for what is none, or no finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < 10**15 else 0.0


def epoch(value: object, otherwise: datetime) -> datetime:
    """Seconds since 1970, as text or as a number, as an aware instant."""
    told = text(value)
    seconds = int(told) if told.isascii() and told.isdigit() and len(told) <= 11 else -1
    return datetime.fromtimestamp(seconds, UTC) if seconds in _EPOCH else otherwise
