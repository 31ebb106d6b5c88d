"""Typographic signs as plain ones, which cost half as much to send by SMS.

Letters stay letters: a text in a language with accents keeps them all.
"""

import unicodedata

from rules.sms_parts import GSM7, GSM7_EXTENSION


def plain(text: str) -> str:
    """Quotes, dashes, dots and spaces of typographers as those of a keyboard.

    An accent typed apart from its letter is joined to it: "é" is in GSM-7 only as one character.
    """
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def replaceable(text: str) -> tuple[str, ...]:
    """The signs that cost and that `plain` does without, each once, in order."""
    costly = (sign for sign in text if sign not in GSM7 and sign not in GSM7_EXTENSION)
    return tuple(sign for sign in dict.fromkeys(costly) if sign.translate(_PLAIN) != sign)


_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " "),
        **dict.fromkeys("\u200a\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
        "…": "...",
        "•": "-",
        "‹": "<",
        "›": ">",
    }
)
