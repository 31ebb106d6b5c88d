"""Tags as people write them, words with commas between, and as they choose among them."""

import re
from typing import Any, override

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from crm.forms.one_line import OneLineField
from crm.models import Tag

MOST = 20
LONGEST = Tag._meta.get_field("name").max_length or 0
_LONGEST_NUMBER = 18


class TagsField(OneLineField):
    """Cleans to a list of names, each once whatever its case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST * (LONGEST + 2), required=False, **options)
        self.widget.attrs |= {"autocomplete": "off", "autocapitalize": "none"}

    @override
    def clean(self, value: Any) -> list[str]:
        once: dict[str, str] = {}
        for name in _split(super().clean(value)):
            once.setdefault(name.casefold(), name)
        names = list(once.values())
        _check(names)
        return names

    @override
    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ChosenTagsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # as InvoiceField
    @override
    def clean(self, value: Any) -> Any:
        """A number that SQLite cannot hold is no tag of ours, and it cannot be asked for one."""
        for number in value or ():
            if len(number) > _LONGEST_NUMBER:
                said, params = self.error_messages["invalid_choice"], {"value": number}
                raise ValidationError(said, code="invalid_choice", params=params)
        return super().clean(value)


def _split(text: str) -> list[str]:
    return [name for part in re.split(r"[,;،，、]", text) if (name := " ".join(part.split()))]


def _check(names: list[str]) -> None:
    if len(names) > MOST:
        raise ValidationError(
            ngettext("At most %(most)d tag.", "At most %(most)d tags.", MOST) % {"most": MOST}
        )
    for name in names:
        if len(name) > LONGEST:
            raise ValidationError(
                ngettext(
                    "A tag has at most %(longest)d letter: “%(name)s…” is longer.",
                    "A tag has at most %(longest)d letters: “%(name)s…” is longer.",
                    LONGEST,
                )
                % {"longest": LONGEST, "name": name[:LONGEST]}
            )
