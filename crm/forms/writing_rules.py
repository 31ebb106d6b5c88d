"""When and to whom the business writes: quiet hours and consent."""

from typing import Any, override

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.models import Business


class WritingRulesForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    class Meta:
        model = Business
        fields = ("quiet_from", "quiet_until", "only_with_consent")
        widgets = {
            name: forms.TimeInput(format="%H:%M", attrs={"type": "time"})
            for name in ("quiet_from", "quiet_until")
        }
        labels = {
            "quiet_from": _("Quiet from"),
            "quiet_until": _("Quiet until"),
            "only_with_consent": _("Write only to customers whose consent is recorded"),
        }
        help_texts = {
            "only_with_consent": _(
                "For everybody else a message cannot be scheduled until you have recorded on their "
                "page that they agree."
            )
        }

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        begin, end = values["quiet_from"], values["quiet_until"]
        if (begin is None) != (end is None):
            missing = "quiet_from" if begin is None else "quiet_until"
            self.add_error(missing, gettext("Fill in both times, or neither."))
        elif begin and begin == end:
            self.add_error("quiet_until", gettext("From and until are the same: choose another."))
        return values
