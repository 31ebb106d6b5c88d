import subprocess
import sys

import pytest

from rules import places, zones


@pytest.mark.parametrize(
    ("code", "currency", "zone", "calling_code"),
    [
        ("GB", "GBP", "Europe/London", "44"),
        ("ES", "EUR", "Europe/Madrid", "34"),
        ("US", "USD", "America/New_York", "1"),
        ("CA", "CAD", "America/Toronto", "1"),
        ("AU", "AUD", "Australia/Sydney", "61"),
        ("BR", "BRL", "America/Sao_Paulo", "55"),
        ("RU", "RUB", "Europe/Moscow", "7"),
        ("UA", "UAH", "Europe/Kyiv", "380"),
        ("IN", "INR", "Asia/Kolkata", "91"),
        ("BG", "EUR", "Europe/Sofia", "359"),
        ("HR", "EUR", "Europe/Zagreb", "385"),
        ("NA", "NAD", "Africa/Windhoek", "264"),
        ("AQ", "USD", "Antarctica/McMurdo", ""),
    ],
)
def test_much_follows_from_a_country(
    code: str, currency: str, zone: str, calling_code: str
) -> None:
    place = places.country(code, "en")
    assert (place.currency, place.zone, place.calling_code) == (currency, zone, calling_code)


def test_countries_are_named_and_sorted_in_the_readers_language() -> None:
    english, spanish = places.countries("en"), places.countries("es")
    assert len(english) == len(spanish) > 240
    assert places.country("DE", "es").name == "Alemania"
    assert [one.name.casefold() for one in spanish] == sorted(
        one.name.casefold() for one in spanish
    )


def test_every_country_has_a_currency_and_a_zone_to_choose() -> None:
    for one in places.countries("en"):
        assert one.currency in places.currencies()
        assert one.zone in zones.names()


def test_an_unknown_country_gets_what_suits_anyone() -> None:
    assert places.currency_for("XX") == "USD"
    assert places.zone_for("XX") == "UTC"
    assert places.calling_code("XX") == ""
    with pytest.raises(KeyError):
        places.country("XX", "en")


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/London", "GB"),
        ("Asia/Calcutta", "IN"),
        ("America/Los_Angeles", "US"),
        ("Europe/Kiev", "UA"),
        ("UTC", None),
        ("Mars/Olympus", None),
    ],
)
def test_a_browsers_zone_gives_away_its_country(zone: str, country: str | None) -> None:
    assert places.guess_country(zone) == country


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [
        ("en", "GB", "en_GB"),
        ("en-us", "GB", "en_GB"),
        ("en", "DE", "en_DE"),
        ("pt-br", "PT", "pt_PT"),
        ("es", "", "es"),
        ("zh-hans", "CN", "zh_Hans_CN"),
        ("zh-hant", "TW", "zh_Hant_TW"),
        ("sr-latn", "RS", "sr_Latn_RS"),
        ("de", "JP", "de"),
        ("tlh", "GB", "en"),
        ("", "GB", "en"),
    ],
)
def test_formats_follow_the_language_and_the_country(
    language: str, country: str, locale: str
) -> None:
    assert places.locale_for(language, country) == locale


def test_a_locale_nobody_knows_is_english() -> None:
    assert str(places.parsed_locale("pt-br")) == "pt_BR"
    assert str(places.parsed_locale("nonsense!")) == "en"


def test_the_rules_load_without_django() -> None:
    code = (
        "import sys, rules.money, rules.places, rules.phone, rules.due_dates, providers.registry;"
        "sys.exit('django' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
