"""How many SMS a text makes: what a phone's network counts and a shop pays for.

A text of the GSM-7 alphabet (3GPP TS 23.038) has 160 units alone and 153 a part; one character
outside it makes the whole text UCS-2, with 70 and 67.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

type Encoding = Literal["GSM-7", "UCS-2"]

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These go as an escape and a second unit.
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")

#: Units a message holds alone, and in each part of several, where a header joins them.
ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
JOINED: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}

_BEYOND_16_BITS = 0xFFFF


@dataclass(frozen=True, kw_only=True)
class SmsParts:
    """`units` are septets in GSM-7 and 16-bit units in UCS-2; `left` is room in the last part.

    `first_unicode` is the first character outside GSM-7, the one that made the text UCS-2.
    """

    encoding: Encoding
    parts: int
    units: int
    left: int
    first_unicode: str | None


def measure(text: str) -> SmsParts:
    first_unicode = _first_unicode(text)
    encoding: Encoding = "UCS-2" if first_unicode else "GSM-7"
    lengths = [_units(part, encoding) for part in _parts(text, encoding)]
    room = ALONE[encoding] if len(lengths) == 1 else JOINED[encoding]
    return SmsParts(
        encoding=encoding,
        parts=len(lengths),
        units=sum(lengths),
        left=room - lengths[-1],
        first_unicode=first_unicode,
    )


def split(text: str) -> tuple[str, ...]:
    """The parts as they go out; an empty text is one empty message."""
    return tuple(_parts(text, "UCS-2" if _first_unicode(text) else "GSM-7"))


def _first_unicode(text: str) -> str | None:
    return next((c for c in text if c not in GSM7 and c not in GSM7_EXTENSION), None)


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in GSM7_EXTENSION else 1
    return 2 if ord(character) > _BEYOND_16_BITS else 1


def _units(text: str, encoding: Encoding) -> int:
    return sum(_width(character, encoding) for character in text)


def _parts(text: str, encoding: Encoding) -> list[str]:
    if _units(text, encoding) <= ALONE[encoding]:
        return [text]
    numbered = groupby(_numbered(text, encoding), key=lambda pair: pair[0])
    return ["".join(character for _, character in pairs) for _, pairs in numbered]


def _numbered(text: str, encoding: Encoding) -> Iterator[tuple[int, str]]:
    """Each character with the number of its part; a pair that does not fit opens a new one."""
    part, used = 0, 0
    for character in text:
        width = _width(character, encoding)
        if used + width > JOINED[encoding]:
            part, used = part + 1, 0
        used += width
        yield part, character
