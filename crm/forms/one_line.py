"""A text on one line, as names and titles are."""

import unicodedata
from typing import Any, override

from django import forms

#: Signs that would turn round what is shown after the text.
_TURNS_ROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class OneLineField(forms.CharField):
    """Spaces and line breaks become one space, what cannot be seen is left out.

    Joiners stay: Persian and emoji are written with them. A text of nothing else is empty.
    """

    @override
    def to_python(self, value: Any) -> str:
        words = " ".join(str(super().to_python(value) or "").split())
        text = " ".join("".join(sign for sign in words if _belongs(sign)).split())
        return text if any(_can_be_seen(sign) for sign in text) else ""


def _belongs(sign: str) -> bool:
    return sign not in _TURNS_ROUND and unicodedata.category(sign) not in {"Cc", "Cs"}


def _can_be_seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] not in "CZ"
