"""The form for a note."""

from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms.form_ids import FormIdField
from crm.models import Note


class NoteForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    form_id = FormIdField()

    class Meta:
        model = Note
        fields = ("text",)
        widgets = {
            "text": forms.Textarea(
                attrs={"rows": 3, "placeholder": _("What is good to know next time?")}
            )
        }
        labels = {"text": _("Note")}
        error_messages = {"text": {"required": _("Write something first.")}}

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.instance.form_id = values.get("form_id")
        return values
