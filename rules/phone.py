"""Telephone numbers: read as people type them, kept as E.164, shown as their readers write them."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
)

from rules import zones as zone_names

#: Longer than any number with its extension and punctuation; more is not a telephone number.
LONGEST_TYPED = 60
#: A search shorter than this is letters and digits of a name as likely as of a number.
SHORTEST_QUERY = 3
_INTERNATIONAL_PREFIX_US = "011"
_LONGEST_NATIONAL = 10


class PhoneProblem(StrEnum):
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NEEDS_AREA_CODE = "needs_area_code"
    NEEDS_COUNTRY_CODE = "needs_country_code"
    UNKNOWN_COUNTRY_CODE = "unknown_country_code"
    NOT_VALID = "not_valid"
    HAS_EXTENSION = "has_extension"


class PhoneError(ValueError):
    """`code` says what is wrong with what was typed."""

    def __init__(self, code: PhoneProblem) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Phone:
    """`country` is the number's own (ISO 3166, "001" for numbers of no country).

    `certain` is False for a number that could exist but lies in no range known to be in use:
    ranges are opened faster than tables are updated, so this is a warning and never an error.
    """

    e164: str
    as_typed: str
    country: str
    certain: bool = True


def parse(text: str, *, country: str) -> Phone:
    """`country` is the business's; with "" only international numbers pass. Raises PhoneError."""
    as_typed = text.strip()
    number = _read(_tidy(as_typed), country)
    if number.extension:
        raise PhoneError(PhoneProblem.HAS_EXTENSION)
    _require_possible(number)
    return Phone(
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        as_typed=as_typed,
        country=_country_of(number, country),
        certain=phonenumbers.is_valid_number(number),
    )


@lru_cache(maxsize=8192)
def display(e164: str, *, country: str) -> str:
    """Nationally for a number with `country`'s calling code, internationally for all others."""
    number = _stored(e164)
    if number is None:
        return e164
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


@lru_cache(maxsize=8192)
def display_international(e164: str) -> str:
    number = _stored(e164)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else e164


def search_digits(e164: str) -> str:
    """The digits of each way to write the number, separated by spaces, to search by substring."""
    number = _stored(e164)
    if number is None:
        return _digits(e164)
    ways = [_digits(e164), *_national_ways(number)]
    kept = [way for i, way in enumerate(ways) if not any(way in other for other in ways[:i])]
    return " ".join(kept)


def query_digits(text: str) -> str | None:
    """The digits to look for within `search_digits`; None when `text` is not typed like a number.

    What opens an international call (+, 00, 011) is dropped, as is the (0) people write after +44.
    """
    tidy = _tidy(text)
    if not re.fullmatch(r"\+?[\d\s()./\-]+", tidy):
        return None
    international = tidy.startswith(("+", "00"))
    digits = _digits(re.sub(r"\(0+\)", "", tidy) if international else tidy)
    if len(digits) < SHORTEST_QUERY:
        return None
    return _without_call_prefix(digits)


def zones(e164: str) -> tuple[str, ...]:
    """The IANA zones the number may be in, by their present names; none where nobody can tell."""
    # Its table of prefixes costs 30 ms at import and only this needs it.
    from phonenumbers import timezone  # noqa: PLC0415

    number = _stored(e164)
    if number is None:
        return ()
    found = (zone_names.canonical(name) for name in timezone.time_zones_for_number(number))
    return tuple(dict.fromkeys(name for name in found if name))


def _tidy(text: str) -> str:
    """Full-width and other digits and every kind of dash in ASCII; no invisible characters.

    Numbers copied from a phone's contacts come wrapped in direction marks.
    """
    seen = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    tidy = "".join(_ascii(c) for c in seen).strip()
    return re.sub(r"^tel:\s*", "", tidy, flags=re.IGNORECASE)


def _ascii(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "-" if unicodedata.category(character) == "Pd" else character


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _read(tidy: str, country: str) -> PhoneNumber:
    if not tidy:
        raise PhoneError(PhoneProblem.EMPTY)
    if len(tidy) > LONGEST_TYPED:
        raise PhoneError(PhoneProblem.TOO_LONG)
    _require_number_like(tidy)
    try:
        number = phonenumbers.parse(tidy, country or None)
    except NumberParseException as error:
        if abroad := _read_with_00(tidy):
            return abroad
        raise PhoneError(_problem(error, tidy, country)) from error
    if phonenumbers.is_valid_number(number):
        return number
    return _read_with_00(tidy) or number


def _require_number_like(tidy: str) -> None:
    """Letters would be read as the keys they sit on ("0791112345 mum" as a longer number)."""
    bare = re.sub(r"(?i)\s*(ext(ension)?|x|#)[\s.:]*\d+$", "", tidy)
    if any(c.isalpha() for c in bare) or not any(c.isdigit() for c in bare):
        raise PhoneError(PhoneProblem.NOT_A_NUMBER)


def _read_with_00(tidy: str) -> PhoneNumber | None:
    """00 opens an international call in most of the world; people write it in the others too."""
    if not tidy.startswith("00"):
        return None
    try:
        number = phonenumbers.parse("+" + tidy[2:], None)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _problem(error: NumberParseException, tidy: str, country: str) -> PhoneProblem:
    if error.error_type != NumberParseException.INVALID_COUNTRY_CODE:
        short = len(_digits(tidy)) < SHORTEST_QUERY
        otherwise = PhoneProblem.TOO_SHORT if short else PhoneProblem.NOT_A_NUMBER
        return _UNREADABLE.get(error.error_type, otherwise)
    at_home = phonenumbers.country_code_for_region(country) != 0
    if at_home or tidy.startswith(("+", "00")):
        return PhoneProblem.UNKNOWN_COUNTRY_CODE
    return PhoneProblem.NEEDS_COUNTRY_CODE


_UNREADABLE = {
    NumberParseException.TOO_SHORT_AFTER_IDD: PhoneProblem.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: PhoneProblem.TOO_SHORT,
    NumberParseException.TOO_LONG: PhoneProblem.TOO_LONG,
}

_IMPOSSIBLE = {
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneProblem.NEEDS_AREA_CODE,
    ValidationResult.INVALID_COUNTRY_CODE: PhoneProblem.UNKNOWN_COUNTRY_CODE,
    ValidationResult.TOO_SHORT: PhoneProblem.TOO_SHORT,
    ValidationResult.INVALID_LENGTH: PhoneProblem.NOT_VALID,
    ValidationResult.TOO_LONG: PhoneProblem.TOO_LONG,
}


def _require_possible(number: PhoneNumber) -> None:
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        raise PhoneError(_IMPOSSIBLE[reason])


def _country_of(number: PhoneNumber, home: str) -> str:
    own = phonenumbers.region_code_for_number(number)
    if own:
        return own
    if number.country_code == phonenumbers.country_code_for_region(home):
        return home
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def _stored(e164: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(e164, None)
    except NumberParseException:
        return None


def _national_ways(number: PhoneNumber) -> tuple[str, ...]:
    """As printed, and with the trunk prefix that is dialled and seldom printed (Brazil's 0)."""
    significant = phonenumbers.national_significant_number(number)
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    printed = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return _digits(printed), trunk + significant


def _without_call_prefix(digits: str) -> str:
    """Fewer digits can only find more, so a number that merely begins like that is found too."""
    if digits.startswith("00") and len(digits) > SHORTEST_QUERY:
        return digits[2:]
    if digits.startswith(_INTERNATIONAL_PREFIX_US) and len(digits) > _LONGEST_NATIONAL:
        return digits[len(_INTERNATIONAL_PREFIX_US) :]
    return digits
