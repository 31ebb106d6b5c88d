"""What a message to many says: words of one's own, or an approved template."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.messages import rendered
from crm.actions.reach import accounts_with_window, entries_in_use, longest_text
from crm.forms import message_templates
from crm.forms.message_texts import MessageTextField, length_errors
from crm.models import Broadcast, Business, MessageSchedule, MessageTemplate
from crm.models.customers import Channel


class BroadcastWordingForm(forms.Form):
    """`chosen` is the template in use: then its text counts, and nothing is added to it."""

    message_type = forms.ChoiceField(
        label=_("Send by"),
        choices=[("", _("As each prefers")), *Channel.choices],
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    template = forms.ChoiceField(
        label=_("Template"),
        required=False,
        help_text=_("Without one, WhatsApp takes a message only for a day after they wrote to us."),
        error_messages={"invalid_choice": _("This template may not be used now. Choose another.")},
    )
    message_content = MessageTextField(label=_("Message"), max_length=4096)
    opt_out_line = forms.BooleanField(
        label=_("Add how to get no more of these"),
        required=False,
        initial=True,
        help_text=_("A last line: “Reply STOP to get no more of these.” Advertising needs it."),
    )

    business: Business
    chosen: MessageTemplate | None = None

    def offer_templates(self) -> None:
        """After the form has been drawn up. One with a file in its heading is for one customer."""
        usable = message_templates.usable_of(accounts_with_window())
        offered = [one for one in usable if one.header_format in {"", "text"}]
        if not offered:
            del self.fields["template"]
            return
        field = cast("forms.ChoiceField", self.fields["template"])
        field.choices = message_templates.choices(offered)
        if self["message_type"].value() != Channel.SMS:
            by_pk = {str(one.pk): one for one in offered}
            self.chosen = by_pk.get(str(self["template"].value() or ""))
        if self.chosen:
            self.fields |= message_templates.slot_fields(self.chosen)
            self.fields["message_content"].required = False

    @property
    def slots(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(message_templates.PREFIX)]

    def set_wording(self, draft: Broadcast, values: dict[str, Any]) -> None:
        draft.message_type = values.get("message_type", "")
        draft.message_content = _with_line(values)
        if self.chosen:
            draft.template = self.chosen
            draft.template_values = message_templates.typed_values(self.chosen, values)
            draft.message_content = message_templates.whole_text(self.chosen, draft.template_values)

    def check_length(self, messages: Iterable[MessageSchedule]) -> None:
        """Of each channel at least one; the first that is too long is told of."""
        entries = entries_in_use()
        for message in messages:
            channel = message.message_type
            longest = longest_text(channel, entries.get(channel))
            if errors := length_errors(rendered(message, self.business), longest):
                self.add_error("message_content", errors)
                return

    def check_slots(self, message: MessageSchedule, template: MessageTemplate) -> None:
        """`message` is what one of them gets."""
        for name, problem in message_templates.slot_errors(message, template, self.business):
            self.add_error(name, problem)


def _with_line(values: dict[str, Any]) -> str:
    text = str(values.get("message_content", ""))
    if not text or not values.get("opt_out_line"):
        return text
    return f"{text}\n\n{gettext('Reply STOP to get no more of these.')}"
