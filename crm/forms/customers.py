"""The form for one customer."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, override

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.forms.form_ids import FormIdField
from crm.forms.one_line import OneLineField
from crm.forms.phones import PhoneField
from crm.forms.places import zone_field
from crm.forms.tags import TagsField
from crm.models import Business, Customer
from crm.models.customers import Channel
from crm.models.duplicates import Duplicate, likely_duplicates
from rules import phone
from rules.phone import Phone

#: Seldom needed: out of sight until they are asked for.
FOLDED = ("agreed", "company", "tags", "notes", "address", "time_zone")


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """Cleaned, `phone_number` is E.164, and `phone` knows more of what was typed."""

    phone_number = PhoneField(label=_("Phone"), required=False)
    tags = TagsField(label=_("Tags"), help_text=_("With commas between them."))
    preferred_channel = forms.ChoiceField(
        label=_("Write to them by"),
        choices=Channel.choices,
        initial=Channel.WHATSAPP,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    time_zone = zone_field(
        if_empty=_("The same as ours"),
        help_text=_("Messages can then be scheduled in their own time."),
    )
    agreed = forms.MultipleChoiceField(
        label=_("They agree to be written to by"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick what they told you. It can be recorded later on their page too."),
    )
    form_id = FormIdField()

    phone: Phone | None = None

    class Meta:
        model = Customer
        fields = (
            "name",
            "company",
            "email",
            "phone_number",
            "address",
            "notes",
            "preferred_channel",
            "time_zone",
        )
        field_classes = {"name": OneLineField, "company": OneLineField}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
            "company": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "address": forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }
        labels = {"name": _("Name"), "email": _("E-mail"), "notes": _("Good to know")}

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.business = business
        self.fields["phone_number"].country = business.country  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["agreed"]
            number = self.initial["phone_number"]  # theirs, or a new one that is proposed
            self.initial["phone_number"] = phone.display(number, country=business.country)
            self.initial["tags"] = [tag.name for tag in self.instance.tags.all()]

    def clean_phone_number(self) -> str:
        """What was typed is kept only where it says something new."""
        self.phone = self.cleaned_data["phone_number"]
        if self.phone is None:
            self.instance.phone_as_typed = ""
            return ""
        if self.phone.e164 != self.instance.phone_number or "phone_number" in self.changed_data:
            self.instance.phone_as_typed = self.phone.as_typed
        return self.phone.e164

    def clean_preferred_channel(self) -> str:
        chosen: str = self.cleaned_data["preferred_channel"]
        return chosen or self.instance.preferred_channel

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.instance.form_id = self.instance.form_id or values.get("form_id")
        read = self.errors.keys().isdisjoint({"phone_number", "email"})
        if read and not (values.get("phone_number") or values.get("email")):
            self.add_error(
                "phone_number",
                gettext("Add a telephone number or an e-mail, so that you can reach them."),
            )
        return values

    @property
    def shows_more(self) -> bool:
        """Whether there is anything to see in the fields that are folded away at first."""
        return any(
            self[name].errors or self[name].value() for name in FOLDED if name in self.fields
        )

    @cached_property
    def duplicates(self) -> list[Duplicate]:
        """Likely ones, by what has been changed; it may be called on a form with errors."""
        asked = ("name", "phone_number", "email")
        typed = {
            name: self.cleaned_data.get(name) or "" for name in asked if name in self.changed_data
        }
        return likely_duplicates(**typed, besides=self.instance.pk or 0)

    def unseen_duplicates(self, seen: Iterable[str]) -> list[Duplicate]:
        """Those whose ids are not among the ones the person has been shown."""
        shown = set(seen)
        return [one for one in self.duplicates if str(one.customer.pk) not in shown]
