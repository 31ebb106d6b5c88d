"""Placeholders in messages: `Hi {first_name}, your table is ready.`

`{{` and `}}` stand for literal braces; a brace that opens nothing is text. People may write
`{First name}`. Values are put in once and never read for placeholders themselves.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

PLACEHOLDERS = (
    "first_name",
    "name",
    "company",
    "business",
    "business_phone",
    "invoice_amount",
    "invoice_due",
    "invoice_for",
    "date",
    "time",
)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """`missing` are known placeholders without a value; `unknown` ones stay as typed."""

    text: str
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def used(text: str) -> tuple[str, ...]:
    """The placeholders in `text`, known or not, each once, in order."""
    return tuple(dict.fromkeys(_name(match) for match in _found(text)))


def render(text: str, values: Mapping[str, str]) -> Rendered:
    """A blank value goes with the space, comma, brackets or line that were there for it."""
    names = used(text)
    known = {
        name: _without_holes(values.get(name, "")).strip() for name in names if name in PLACEHOLDERS
    }

    def fill(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match[0][0]
        return known.get(_name(match), match[0]) or _HOLE

    return Rendered(
        text=_close_holes(_TOKEN.sub(fill, _without_holes(text))),
        missing=tuple(name for name, value in known.items() if not value),
        unknown=tuple(name for name in names if name not in known),
    )


_TOKEN = re.compile(r"\{\{|\}\}|\{\s*(?P<name>[^\W\d][\w \-]{0,39})\s*\}")


def _found(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _TOKEN.finditer(text) if match["name"] is not None)


def _name(match: re.Match[str]) -> str:
    return _as_known(match["name"])


@lru_cache(maxsize=256)
def _as_known(typed: str) -> str:
    return re.sub(r"[\s\-]+", "_", typed.strip().lower())


#: Marks where a value was missing. No form and no database accepts it, so no text can hold it.
_HOLE = "\0"
_CLOSING = ",;:.!?…)،؛؟，。；：！？、"

_REPAIRS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Brackets and quotes around nothing, and holes side by side, are one hole.
    (
        re.compile(r"\(\s*\0+\s*\)|\[\s*\0+\s*\]|“\s*\0+\s*”|«\s*\0+\s*»|\"\s*\0+\s*\""),
        _HOLE,
    ),
    (re.compile(r"\0(?:[^\S\n]*\0)+"), _HOLE),
    # A line that only held what is missing goes, with the blank line it would leave doubled.
    (re.compile(r"\A[^\S\n]*\0[^\S\n]*\n+"), ""),
    (re.compile(r"\n+[^\S\n]*\0[^\S\n]*(?=\n\n|\s*\Z)"), ""),
    (re.compile(r"^[^\S\n]*\0[^\S\n]*\n", re.MULTILINE), ""),
    # "Ana, {company}, Rome": one of the two commas.
    (
        re.compile(r"[,;:،，、][^\S\n]*\0[^\S\n]*(?=[,;:.!?،，。、]|$)", re.MULTILINE),
        "",
    ),
    # Before punctuation or the end of a line the space before goes, between words one of two.
    (re.compile(rf"[^\S\n]*\0(?=[{re.escape(_CLOSING)}]|$)", re.MULTILINE), _HOLE),
    (re.compile(r"([^\S\n])\0[^\S\n]"), r"\1"),
)

#: "{first_name}, your order…" begins with its second word.
_OPENING = re.compile(r"^\0[^\S\n]*(?P<comma>[,;:!،，、]*)[^\S\n]*(?P<letter>\w?)", re.MULTILINE)


def _without_holes(text: str) -> str:
    return text.replace(_HOLE, "")


def _close_holes(text: str) -> str:
    if _HOLE not in text:
        return text
    for pattern, instead in _REPAIRS:
        text = pattern.sub(instead, text)
    return _OPENING.sub(_open_sentence, text).replace(_HOLE, "")


def _open_sentence(match: re.Match[str]) -> str:
    return match["letter"].upper() if match["comma"] else match["letter"]
