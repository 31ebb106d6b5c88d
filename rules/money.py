"""Amounts of money: read as people type them, rounded in one place, shown as locales do."""

import re
import unicodedata
from copy import copy
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache

from babel import Locale
from babel.numbers import (
    NumberPattern,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
)

from rules.places import currencies, parsed_locale
from rules.places import currency_for as currency_for  # noqa: PLC0414 (money's facts, asked here)

CURRENCIES = currencies()
LARGEST = Decimal(10) ** 12
LONGEST_TYPED = 60

#: Digits of the minor unit, ISO 4217; two for all others.
_MINOR_DIGITS = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"], 0
    ),
    **dict.fromkeys(["UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}


class MoneyProblem(StrEnum):
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_LARGE = "too_large"
    OTHER_CURRENCY = "other_currency"


class MoneyError(ValueError):
    """`code` says what is wrong with what was typed."""

    def __init__(self, code: MoneyProblem) -> None:
        super().__init__(code.value)
        self.code = code


def minor_digits(currency: str) -> int:
    return _MINOR_DIGITS.get(currency, 2)


def quantise(amount: Decimal, currency: str) -> Decimal:
    """To the currency's minor unit, half a unit up (away from zero)."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)


def parse_amount(text: str, *, currency: str, locale: str) -> Decimal:
    """Nothing typed is ever rounded away: an amount finer than the currency is an error.

    A lone "1.234" is a thousand where the locale groups by points, and too fine where it does not.
    Raises MoneyError.
    """
    tidy = "".join(_ascii(character) for character in text).strip()
    if not tidy:
        raise MoneyError(MoneyProblem.EMPTY)
    found = _AMOUNT.fullmatch(tidy) if len(tidy) <= LONGEST_TYPED else None
    if found is None:
        raise MoneyError(MoneyProblem.NOT_A_NUMBER)
    _check_label(f"{found['before'] or ''} {found['after'] or ''}", currency, locale)
    if found["minus"] or found["minus_after_label"] or found["open"]:
        raise MoneyError(MoneyProblem.NEGATIVE)
    return _checked(Decimal(_plain(found["number"], locale)), currency)


def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """With the currency's sign; a minor unit out of use (the para) shows only where it counts."""
    exact = quantise(amount, currency)
    usual = get_currency_precision(currency)
    digits = usual if exact == round(exact, usual) else minor_digits(currency)
    where = parsed_locale(locale)
    pattern = _pattern(where, digits)
    shown = pattern.apply(exact, where, currency=currency, currency_digits=False)
    return _LETTER_AT_DIGIT.sub("\u00a0", str(shown))


#: A sign of letters stands off from the number (CLDR's alphaNextToNumber): "KWD 1.500".
_LETTER_AT_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@cache
def _pattern(where: Locale, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy(where.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


def format_plain(amount: Decimal, currency: str, locale: str) -> str:
    """For a form's field: what `parse_amount` reads back, without sign and groups."""
    return str(quantise(amount, currency)).replace(".", _decimal_mark(locale))


_GROUP_MARKS = " '"
_AMOUNT = re.compile(
    # An optional sign and label, the number, what people write for no cents ("12,-", "500/-"). A
    # point behind a letter is the label's: "Rs.50" is not half a rupee.
    r"(?P<open>\()?(?P<minus>-\s*)?"
    r"(?P<before>[^\d\s.,'()-][^\d()-]*?)?\s*(?P<minus_after_label>-)?\s*"
    r"(?P<number>(?:(?<![^\W\d_])[.,])?\d(?:[\d.,' ]*\d)?)(?:[.,](?:\s?-{1,2})?|/-)?"
    r"\s*(?P<after>[^\d\s,'()-][^\d()-]*)?(?(open)\)|)"
)


def _ascii(character: str) -> str:
    """Any script's digits, spaces, dashes, apostrophes and marks as the plain ones.

    Not NFKC: that would read the raised cents of 12⁵⁰ as 1250.
    """
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":
        return ""
    return _MARKS.get(character, character)


_MARKS: dict[str, str] = {
    **dict.fromkeys("’‘´`＇", "'"),
    **dict.fromkeys("−–—‐‑－", "-"),
    **dict.fromkeys("٫．", "."),
    **dict.fromkeys("٬，、", ","),
}


@cache
def _decimal_mark(locale: str) -> str:
    mark = str(get_decimal_symbol(parsed_locale(locale)))
    return _MARKS.get(mark, mark)


def _plain(number: str, locale: str) -> str:
    """ASCII digits with at most one point. Raises MoneyError where the groups are not groups."""
    mark = _mark_of_decimals(number, locale)
    whole, _, decimals = number.rpartition(mark) if mark else (number, "", "")
    groups = re.split(rf"[.,{_GROUP_MARKS}]", whole)
    marks = set(re.findall(r"\D", whole))
    tidy = mark not in marks and len(marks) <= 1 and (decimals or "0").isdigit()
    if not tidy or not _grouped(groups):
        raise MoneyError(MoneyProblem.NOT_A_NUMBER)
    return f"{''.join(groups) or '0'}.{decimals or '0'}"


def _mark_of_decimals(number: str, locale: str) -> str:
    points: list[str] = re.findall(r"[.,]", number)
    if len(set(points)) == 2:
        return points[-1]
    if len(points) != 1:
        return ""
    mark = points[0]
    if mark == _decimal_mark(locale):
        return mark
    return "" if re.fullmatch(rf"[1-9]\d{{0,2}}\{mark}\d{{3}}", number) else mark


def _grouped(groups: list[str]) -> bool:
    """Thousands, or India's 12,34,567."""
    first, *rest = groups
    if not rest:
        return True
    return 1 <= len(first) <= 3 and len(rest[-1]) == 3 and {len(g) for g in rest[:-1]} in _SIZES


_SIZES: tuple[set[int], ...] = (set(), {3}, {2})


def _checked(amount: Decimal, currency: str) -> Decimal:
    if amount >= LARGEST:
        raise MoneyError(MoneyProblem.TOO_LARGE)
    exact = quantise(amount, currency)
    if exact != amount:
        raise MoneyError(MoneyProblem.TOO_MANY_DECIMALS)
    return exact


def _check_label(label: str, currency: str, locale: str) -> None:
    """A sign or code beside the number must be this currency's: "£12" is not twelve euros."""
    words = _words(label)
    if words <= _labels(currency, locale):
        return
    here = parsed_locale(locale)
    others = {*CURRENCIES, *(get_currency_symbol(other, here) for other in CURRENCIES)}
    known = not words.isdisjoint(_words(" ".join(others)))
    raise MoneyError(MoneyProblem.OTHER_CURRENCY if known else MoneyProblem.NOT_A_NUMBER)


@cache
def _labels(currency: str, locale: str) -> frozenset[str]:
    """How the currency is written: its code, and its sign here, in English and at home."""
    # A national currency's code begins with its country's ("SEK": kr in und_SE, which is Swedish).
    places = (locale, "en", f"und_{currency[:2]}")
    signs = {get_currency_symbol(currency, parsed_locale(where)) for where in places}
    signs |= {currency, *_ALSO.get(currency, ())}
    signs |= {"$" for sign in signs if sign.endswith("$")}
    return _words(" ".join(signs))


def _words(label: str) -> frozenset[str]:
    seen = (c for c in label if c != "." and unicodedata.category(c) != "Cf")
    return frozenset("".join(seen).casefold().split())


_ALSO = {
    "INR": ("Rs",),
    "PKR": ("Rs",),
    "LKR": ("Rs",),
    "NPR": ("Rs",),
    "JPY": ("円", "¥"),
    "CNY": ("元", "¥"),
    "USD": ("US$", "$"),
    "MXN": ("$",),
    "CHF": ("Fr", "SFr"),
}
