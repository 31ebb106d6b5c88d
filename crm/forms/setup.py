"""The first visit: the owner's account and the business, on one page."""

from typing import Any, override

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.forms.places import country_field, currency_field, zone_field
from crm.models import Business, User
from rules import places, zones

LONGEST_PASSWORD = 1000


class SetupForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """What is left to the country in `time_zone` and `currency` comes from there."""

    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters; neither common nor only digits."),
    )
    name = forms.CharField(
        label=_("Name of the business"),
        max_length=Business._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text=_("As your customers know it; messages can be signed with it."),
    )
    country = country_field(help_text=_("Telephone numbers, money and dates follow it."))
    time_zone = zone_field(if_empty=_("The country’s usual one"))
    currency = currency_field(if_empty=_("The country’s own"))

    class Meta:
        model = User
        fields = ("username", "email")
        widgets = {
            "username": forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
            ),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }
        help_texts = {
            "username": _("You sign in with it."),
            "email": _("For a new password, if you forget it."),
        }
        labels = {"username": _("User name"), "email": _("E-mail")}

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if country := values.get("country"):
            values["time_zone"] = values.get("time_zone") or places.zone_for(country)
            values["currency"] = values.get("currency") or places.currency_for(country)
        self._check_password(values)
        return values

    def _check_password(self, values: dict[str, Any]) -> None:
        named = User(username=values.get("username", ""), email=values.get("email", ""))
        if password := values.get("password"):
            try:
                validate_password(password, named)
            except ValidationError as error:
                self.add_error("password", error)

    @property
    def business_values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in _OF_THE_BUSINESS}


_OF_THE_BUSINESS = ("name", "country", "time_zone", "currency")


def first_guesses(zone: str, languages: str) -> dict[str, str]:
    """From the machine's zone, and the browser's languages as it sends them ("es-MX,es;q=0.9")."""
    country = places.guess_country(zone) or next(iter(_countries(languages)), "")
    return {"country": country, "time_zone": "" if zone == zones.UTC else zone}


def _countries(languages: str) -> list[str]:
    tags = [part.partition(";")[0].strip() for part in languages.split(",")]
    regions = [tag.rpartition("-")[2].upper() for tag in tags if "-" in tag]
    return [region for region in regions if region in places.country_codes()]
