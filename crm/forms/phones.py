"""A telephone number, checked for the business's country as it is typed."""

from typing import Any, override

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rules import phone, places
from rules.phone import Phone, PhoneError, PhoneProblem

_SENTENCES: dict[PhoneProblem, str | Promise] = {
    PhoneProblem.NOT_A_NUMBER: _("This does not read as a telephone number."),
    PhoneProblem.TOO_SHORT: _("This number is too short: some digits are missing."),
    PhoneProblem.TOO_LONG: _("This number has too many digits."),
    PhoneProblem.NEEDS_AREA_CODE: _("Add the area code."),
    PhoneProblem.NEEDS_COUNTRY_CODE: _("Add the country code, like %(code)s."),
    PhoneProblem.UNKNOWN_COUNTRY_CODE: _("No country has this code: check the digits after the +."),
    PhoneProblem.NOT_VALID: _("No number of that country has this many digits."),
    PhoneProblem.HAS_EXTENSION: _("Leave the extension out here and put it into the notes."),
}


class PhoneField(forms.CharField):
    """Cleans to a `Phone`, or None; its form sets `country`, ISO 3166."""

    country = ""
    widget = forms.TextInput(
        attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off", "dir": "ltr"}
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=phone.LONGEST_TYPED, **options)

    @override
    def clean(self, value: Any) -> Phone | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return phone.parse(typed, country=self.country)
        except PhoneError as error:
            raise ValidationError(self._sentence(error.code), code=error.code) from error

    def _sentence(self, problem: PhoneProblem) -> str:
        sentence = _SENTENCES.get(problem, _SENTENCES[PhoneProblem.NOT_A_NUMBER])
        return str(sentence) % {"code": f"+{places.calling_code(self.country) or '44'}"}
