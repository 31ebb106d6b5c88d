"""A number for each form a person is shown, so that one sent twice does its deed once."""

from typing import Any, override
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError


class FormIdField(forms.UUIDField):
    """Hidden. One that is missing or broken only costs the protection, never the form."""

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, initial=uuid4, **options)

    @override
    def clean(self, value: Any) -> UUID | None:
        try:
            found: UUID | None = super().clean(value)
        except ValidationError:
            return None
        return found
