"""An approved template, with something in each of its places, instead of words of one's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.messages import placeholder_values
from crm.actions.reach import Reach
from crm.forms.message_texts import placeholder_errors
from crm.forms.one_line import OneLineField
from crm.models import Business, MessageSchedule, MessageTemplate, ProviderAccount
from rules import message_text, template_text
from rules.template_text import TemplateTextProblem

PREFIX = "slot_"
#: Headers that need no file, and those that a receipt can fill.
_WORDS = frozenset({"", "text"})
_FILES = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "document": frozenset({"application/pdf"}),
}

_LABELS: dict[str, str | Promise] = {
    "header": _("In the heading, for %(mark)s"),
    "body": _("In the text, for %(mark)s"),
    "button": _("In the button's address, for %(mark)s"),
}
_PROBLEMS: dict[TemplateTextProblem, str | Promise] = {
    TemplateTextProblem.EMPTY: _("Write what stands here: WhatsApp takes no empty place."),
    TemplateTextProblem.NEW_LINE: _("Write it on one line: WhatsApp takes no line break here."),
    TemplateTextProblem.TAB: _("Take the tab out: WhatsApp takes none here."),
    TemplateTextProblem.SPACES: _("WhatsApp takes no more than four spaces in a row here."),
    TemplateTextProblem.TOO_LONG: _("This is too long for a template."),
}


def offered(reach: Iterable[Reach]) -> list[MessageTemplate]:
    """The approved ones of the accounts in use that we know how to fill."""
    return usable_of([one.account for one in reach if one.account and one.has_window])


def usable_of(accounts: Sequence[ProviderAccount]) -> list[MessageTemplate]:
    """The approved ones that we know how to fill."""
    if not accounts:
        return []
    usable = MessageTemplate.objects.usable().filter(account__in=accounts)
    fillable = _WORDS | _FILES.keys()
    return list(usable.filter(header_format__in=fillable).select_related("account"))


def choices(templates: Sequence[MessageTemplate]) -> list[tuple[str, str]]:
    named = [(str(one.pk), f"{one.name} · {one.language}") for one in templates]
    return [("", gettext("None: write freely")), *named]


def slot_fields(template: MessageTemplate) -> dict[str, forms.Field]:
    """One for each place, by the name of its field."""
    return {f"{PREFIX}{slot['key']}": _slot_field(slot) for slot in template.slots}


def _slot_field(slot: Mapping[str, str]) -> forms.Field:
    example = slot.get("example", "")
    return OneLineField(
        label=str(_LABELS[slot["part"]]) % {"mark": slot["mark"]},
        help_text=gettext("For example: %(example)s") % {"example": example} if example else "",
        max_length=template_text.LONGEST["body"],
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": str(_PROBLEMS[TemplateTextProblem.EMPTY])},
    )


def initial_values(values: Mapping[str, str]) -> dict[str, str]:
    return {f"{PREFIX}{key}": value for key, value in values.items()}


def typed_values(template: MessageTemplate, cleaned: Mapping[str, Any]) -> dict[str, str]:
    """By slot; without those that were not filled in."""
    typed = {slot["key"]: cleaned.get(f"{PREFIX}{slot['key']}", "") for slot in template.slots}
    return {key: value for key, value in typed.items() if value}


def whole_text(template: MessageTemplate, values: Mapping[str, str]) -> str:
    """As a message's text: the placeholders in `values` stand, its own braces are only braces.

    A place that nothing fills yet keeps its mark.
    """
    header = template.header if template.header_format == "text" else ""
    slots = [slot | {"mark": _escaped(slot["mark"])} for slot in template.slots]
    parts = {"header": header, "body": template.body, "footer": template.footer}
    texts = (
        template_text.filled(_escaped(text), slots, values, part=part)
        for part, text in parts.items()
    )
    return "\n\n".join(text for text in texts if text.strip())


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def slot_errors(
    message: MessageSchedule, template: MessageTemplate, business: Business
) -> Iterator[tuple[str, str | ValidationError]]:
    """What stands against what `message` puts into the places; each after its field's name."""
    values = placeholder_values(message, business)
    read = {
        key: message_text.render(typed, values) for key, typed in message.template_values.items()
    }
    for key, found in read.items():
        for error in placeholder_errors(message, found):
            yield f"{PREFIX}{key}", error
    texts = {key: found.text for key, found in read.items() if not found.missing}
    yield from _problems(template, texts).items()


def _problems(template: MessageTemplate, read: Mapping[str, str]) -> dict[str, str]:
    """What keeps the template from being filled so, by the name of the field.

    `read` is by slot, as the customer reads it.
    """
    found: dict[str, str] = {}
    for slot in template.slots:
        text = read.get(slot["key"])
        problem = text is not None and template_text.problem_of(text, part=slot["part"])
        if problem:
            found[f"{PREFIX}{slot['key']}"] = str(_PROBLEMS[problem])
    for part, text in (("header", template.header), ("body", template.body)):
        filled = template_text.filled(text, template.slots, read, part=part)
        if template_text.is_too_long(filled, part=part):
            found["template"] = gettext("Filled in, it is longer than WhatsApp takes.")
    return found


def file_problem(template: MessageTemplate, content_type: str | None) -> str:
    """Why it does not go with this file (None: with none); "" where it does."""
    wanted = _FILES.get(template.header_format)
    if wanted is None:
        return gettext("This template takes no file.") if content_type else ""
    if content_type in wanted:
        return ""
    if template.header_format == "image":
        return gettext("This template comes with a picture: choose a receipt that is one.")
    return gettext("This template comes with a document: choose a receipt that is a PDF.")
