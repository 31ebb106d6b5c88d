"""What may be filled into an approved WhatsApp template, and what its reader will see.

Meta refuses a message whose parameter holds a new line, a tab, more than four spaces in a row, or
nothing at all; here that is known before the message is scheduled.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

#: By a template's part, the most characters of it: a parameter alone must already fit.
LONGEST = MappingProxyType({"header": 60, "body": 1024, "button": 2000})
MOST_SPACES = 4

_NEW_LINE = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(rf"[^\S\t\n\r]{{{MOST_SPACES + 1},}}")


class TemplateTextProblem(StrEnum):
    EMPTY = "empty"
    NEW_LINE = "new_line"
    TAB = "tab"
    SPACES = "spaces"  # more than four in a row
    TOO_LONG = "too_long"


def problem_of(value: str, *, part: str = "body") -> TemplateTextProblem | None:
    """Why `value` may not be filled in; None where it may. `part` is the slot's."""
    if not value.strip():
        return TemplateTextProblem.EMPTY
    if _NEW_LINE.search(value):
        return TemplateTextProblem.NEW_LINE
    if "\t" in value:
        return TemplateTextProblem.TAB
    if _SPACES.search(value):
        return TemplateTextProblem.SPACES
    return TemplateTextProblem.TOO_LONG if len(value) > LONGEST.get(part, LONGEST["body"]) else None


def filled(
    text: str,
    slots: Iterable[Mapping[str, str]],
    values: Mapping[str, str],
    *,
    part: str = "body",
) -> str:
    """A part of a template as its reader sees it.

    `slots` are the template's, each with its "key", "mark" and "part"; `values` is by key. What
    has no value yet keeps its mark. A value that looks like a mark is left alone.
    """
    marks = {slot["mark"]: slot["key"] for slot in slots if slot["part"] == part}
    if not marks:
        return text
    any_mark = re.compile("|".join(re.escape(mark) for mark in marks))
    return any_mark.sub(lambda found: values.get(marks[found[0]], found[0]), text)


def is_too_long(filled_text: str, *, part: str = "body") -> bool:
    return len(filled_text) > LONGEST.get(part, LONGEST["body"])
