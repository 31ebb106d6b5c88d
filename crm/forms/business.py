"""The settings page: the business itself."""

from datetime import datetime
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.forms.one_line import OneLineField
from crm.forms.phones import PhoneField
from crm.forms.places import country_field, currency_field, zone_field
from crm.models import Business, MessageSchedule
from rules import phone

KEEP_CLOCK_TIME = "clock"
KEEP_MOMENT = "moment"


class BusinessForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """Asks what is to happen to planned messages only where another zone moves them."""

    country = country_field(help_text=_("Telephone numbers, money and dates follow it."))
    time_zone = zone_field(help_text=_("The clock messages are planned by."))
    currency = currency_field(help_text=_("For new invoices; those there are keep theirs."))
    phone_number = PhoneField(
        label=_("Phone"), required=False, help_text=_("For the placeholder {business_phone}.")
    )
    planned = forms.ChoiceField(
        label=_("Planned messages"),
        choices=[
            (KEEP_CLOCK_TIME, _("Keep the time on the clock: 9:00 stays 9:00, there")),
            (KEEP_MOMENT, _("Keep the moment: they go out exactly when they would have")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Business
        fields = ("name", "country", "time_zone", "currency", "phone_number")
        field_classes = {"name": OneLineField}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "organization"})}

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        # The number is read as the country chosen in the same form writes it.
        country = self.data.get(self.add_prefix("country"), self.instance.country)
        self.fields["phone_number"].country = country  # type: ignore[attr-defined] # a PhoneField
        self.initial["phone_number"] = phone.display_international(self.instance.phone_number)

    def clean_phone_number(self) -> str:
        number = self.cleaned_data["phone_number"]
        return number.e164 if number else ""

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "time_zone" in self.changed_data and "time_zone" in values and not values.get("planned"):
            self._ask_about_planned()
        return values

    def _ask_about_planned(self) -> None:
        count = MessageSchedule.objects.ahead(self.now).on_business_time().count()
        if count:
            sentence = ngettext(
                "%(count)d message is planned by the old clock. What is to happen to it?",
                "%(count)d messages are planned by the old clock. What is to happen to them?",
                count,
            )
            self.add_error("planned", sentence % {"count": count})

    @property
    def asks_about_planned(self) -> bool:
        return self.is_bound and ("planned" in self.errors or bool(self["planned"].value()))
