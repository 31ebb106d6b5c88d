"""What a message says and by which channel: words of one's own, or an approved template."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.actions.reach import Reach
from crm.forms import message_templates
from crm.forms.message_checks import ChannelNote, channel_notes, refusal_of
from crm.forms.message_fields import ChannelField
from crm.forms.message_texts import MessageTextField, length_errors, placeholder_errors
from crm.models import Business, Customer, MessageSchedule, MessageTemplate
from crm.models.customers import Channel
from rules.message_text import Rendered


class WordingForm(forms.Form):
    """`chosen` is the template in use: then its text counts, and what was typed freely does not.

    What is made of it sets `customer`, `business` and `reach` before it is drawn up.
    """

    message_type = ChannelField(
        label=_("Send by"),
        choices=Channel.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    template = forms.ChoiceField(
        label=_("Template"),
        required=False,
        error_messages={"invalid_choice": _("This template may not be used now. Choose another.")},
    )
    message_content = MessageTextField(label=_("Message"), max_length=4096)
    fallback = forms.BooleanField(
        label=_("If WhatsApp refuses it for good, send it as SMS instead"),
        required=False,
        help_text=_("One or the other goes out, never both."),
    )

    customer: Customer
    business: Business
    reach: Mapping[str, Reach]
    chosen: MessageTemplate | None = None

    def offer_wordings(self) -> None:
        """After the form has been drawn up: the templates and the fallback that there are."""
        offered = message_templates.offered(self.reach.values())
        cast("forms.ChoiceField", self.fields["template"]).choices = message_templates.choices(
            offered
        )
        self.chosen = self._chosen({str(one.pk): one for one in offered})
        if self.chosen:
            self.fields |= message_templates.slot_fields(self.chosen)
            self.fields["message_content"].required = False
        if not offered:
            del self.fields["template"]
        if self.reach[Channel.WHATSAPP].account is None or not self.reach[Channel.SMS].is_open:
            del self.fields["fallback"]

    @property
    def channel(self) -> str:
        """As it was chosen, whether or not the form is valid."""
        chosen = str(self["message_type"].value() or "").lower()
        return chosen if chosen in Channel.values else self.first_channel

    @property
    def first_channel(self) -> str:
        """The one they prefer, or where they may not be written to there, the one where they may.

        By the business's own rule too, unless that leaves none; then by what they asked for alone.
        """
        preferred = str(self.customer.preferred_channel)
        by_liking = sorted(self.reach, key=lambda channel: channel != preferred)
        said = {channel: self.reach[channel].standing for channel in by_liking}
        strictly = self.business.only_with_consent
        allowed = [one for one in by_liking if said[one].allows(only_with_consent=strictly)]
        unrefused = [one for one in by_liking if not said[one].refused]
        return next(iter([*allowed, *unrefused]), preferred)

    @property
    def slots(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(message_templates.PREFIX)]

    @property
    def channel_notes(self) -> list[ChannelNote]:
        return channel_notes(self.reach, self.customer, self.business)

    def _chosen(self, offered: Mapping[str, MessageTemplate]) -> MessageTemplate | None:
        template = offered.get(str(self["template"].value() or ""))
        return template if template and template.account.channel == self.channel else None

    def forgive_unasked(self) -> None:
        """Say nothing of a template's places that have only now come into sight."""
        for slot in self.slots:
            if slot.html_name not in self.data:
                self.errors.pop(slot.name, None)

    def set_wording(self, message: MessageSchedule, values: dict[str, Any]) -> None:
        message.message_type = self.channel
        message.message_content = values.get("message_content", "")
        if values.get("fallback") and self.channel == Channel.WHATSAPP:
            message.fallback_channel = Channel.SMS
        if self.chosen:
            message.template = self.chosen
            message.template_values = message_templates.typed_values(self.chosen, values)
            message.message_content = message_templates.whole_text(
                self.chosen, message.template_values
            )

    def check_wording(self, message: MessageSchedule, found: Rendered) -> None:
        if self.chosen:
            self._check_slots(message, self.chosen)
        elif "message_content" in self.cleaned_data:
            self._check_text(message, found)
        if refusal := refusal_of(self.reach[self.channel], self.customer, self.business):
            self.add_error("message_type", refusal)

    def _check_text(self, message: MessageSchedule, found: Rendered) -> None:
        reach = self.reach[message.message_type]
        longest = reach.longest_text(with_file=message.receipt is not None)
        is_caption = longest < reach.longest_text()
        if message.fallback_channel:
            longest = min(longest, self.reach[message.fallback_channel].longest_text())
        too_long = length_errors(found, longest, is_caption=is_caption)
        for error in [*placeholder_errors(message, found), *too_long]:
            self.add_error("message_content", error)

    def _check_slots(self, message: MessageSchedule, template: MessageTemplate) -> None:
        for name, problem in message_templates.slot_errors(message, template, self.business):
            self.add_error(name, problem)
