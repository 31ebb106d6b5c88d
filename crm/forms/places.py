"""Choosing a country, a time zone and a currency, each filling in the others where it can."""

from typing import Any, override

from babel.numbers import get_currency_name
from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from rules import places, zones

type Choices = list[tuple[str, str | Promise]]


class CountrySelect(forms.Select):
    """Each country carries its usual zone and currency, for `places.js`."""

    template_name = "crm/forms/long_select.html"

    @override
    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["data-zone"] = places.zone_for(value)
            option["attrs"]["data-currency"] = places.currency_for(value)
        return option


class ZoneSelect(forms.Select):
    """Each zone carries its country, for `places.js`."""

    template_name = "crm/forms/long_select.html"

    @override
    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if country := value and zones.country_of(value):
            option["attrs"]["data-country"] = country
        return option


def country_field(**options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Country"), choices=_country_choices, widget=CountrySelect, **options
    )


def zone_field(*, if_empty: str | Promise = "", **options: Any) -> forms.ChoiceField:
    """With `if_empty`, the words that stand for choosing none."""
    return forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: _with_none(if_empty, _zone_choices()),
        widget=ZoneSelect,
        required=not if_empty,
        **options,
    )


def currency_field(*, if_empty: str | Promise = "", **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Currency"),
        choices=lambda: _with_none(if_empty, _currency_choices()),
        required=not if_empty,
        **options,
    )


def _with_none(words: str | Promise, choices: Choices) -> Choices:
    return [("", words), *choices] if words else choices


def _country_choices() -> Choices:
    known = [(one.code, one.name) for one in places.countries(get_language() or "en")]
    return [("", gettext("Choose…")), *known]


def _zone_choices() -> Choices:
    return [(name, name.replace("_", " ")) for name in zones.names()]


def _currency_choices() -> Choices:
    locale = places.parsed_locale(get_language() or "en")
    names = ((code, get_currency_name(code, locale=locale)) for code in places.currencies())
    return [(code, f"{code} · {name}") for code, name in names]
