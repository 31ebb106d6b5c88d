"""Countries and what follows from one: name, currency, zones, calling code, way of writing."""

from dataclasses import dataclass
from functools import cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global

from rules import zones

FALLBACK_CURRENCY = "USD"
FALLBACK_LOCALE = "en"

#: Where the tables name a country's currencies or zones in another order than its businesses would,
#: or are older than a change of currency.
_CURRENCY = {
    "BG": "EUR",
    "BT": "BTN",
    "HT": "HTG",
    "LS": "LSL",
    "NA": "NAD",
    "PA": "USD",
}
_REPLACED = frozenset({"BGN"})  # by the euro, 1 January 2026
_ZONE = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "FM": "Pacific/Pohnpei",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


@dataclass(frozen=True, kw_only=True)
class Country:
    """`zone` is the one most of its people keep; `calling_code` has no plus, "" for none."""

    code: str
    name: str
    currency: str
    zone: str
    calling_code: str


@cache
def countries(locale: str) -> tuple[Country, ...]:
    """Every country, named in `locale`'s language and sorted by that name."""
    language = parsed_locale(locale)
    known = (country(code, locale) for code in country_codes() if code in language.territories)
    return tuple(sorted(known, key=lambda one: one.name.casefold()))


def country(code: str, locale: str) -> Country:
    """Raises KeyError for a code that is no country's."""
    return Country(
        code=code,
        name=parsed_locale(locale).territories[code],
        currency=currency_for(code),
        zone=zone_for(code),
        calling_code=calling_code(code),
    )


@cache
def country_codes() -> tuple[str, ...]:
    return tuple(sorted(set(zones.tables().countries.values())))


@cache
def currency_for(country: str) -> str:
    """ISO 4217; USD for a country without one of its own."""
    return _CURRENCY.get(country) or next(iter(_tender(country)), FALLBACK_CURRENCY)


@cache
def currencies() -> tuple[str, ...]:
    """Every currency a country pays with today, sorted."""
    everywhere = {code for country in country_codes() for code in _tender(country)}
    return tuple(sorted(everywhere | {currency_for(country) for country in country_codes()}))


@cache
def zone_for(country: str) -> str:
    """The zone most people of a country keep; UTC for a country that is not known."""
    return _ZONE.get(country) or next(iter(zones.of_country(country)), zones.UTC)


def guess_country(zone: str) -> str | None:
    """From what a browser reports as its time zone; None for UTC and for no zone at all."""
    return zones.country_of(zone)


def calling_code(country: str) -> str:
    code = phonenumbers.country_code_for_region(country)
    return str(code) if code else ""


def locale_for(language: str, country: str) -> str:
    """The locale for formats: Django's language ("pt-br") as the country writes it ("pt_PT").

    Where nobody has written down how the pair is used, the language's own way.
    """
    spoken = language.replace("-", "_").split("_")
    script = [part.title() for part in spoken[1:] if len(part) > 2]
    for parts in ([spoken[0], *script, country], [spoken[0], country], [spoken[0]]):
        identifier = "_".join(part for part in parts if part)
        if _is_known(identifier):
            return identifier
    return FALLBACK_LOCALE


@cache
def parsed_locale(identifier: str) -> Locale:
    """Django's or babel's way of writing it; English for one babel does not know."""
    try:
        return Locale.parse(identifier.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK_LOCALE)


def _is_known(identifier: str) -> bool:
    try:
        Locale.parse(identifier)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _tender(country: str) -> list[str]:
    """Legal tender today, which is what has no last day."""
    rows = get_global("territory_currencies").get(country, [])
    current = [code for code, _, end, tender in rows if tender and end is None]
    return [code for code in current if code not in _REPLACED]
