"""The form for one message to many: who, what, when and how fast."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast, override

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.messages import rendered
from crm.actions.recipients import Audience, Wanted, audience
from crm.forms.broadcast_wording import BroadcastWordingForm
from crm.forms.form_ids import FormIdField
from crm.forms.message_moments import COUNTS_AS_NOW, FURTHEST
from crm.forms.message_texts import placeholder_errors
from crm.forms.tags import ChosenTagsField
from crm.forms.wall_times import WallTimeField
from crm.models import Broadcast, Business, Customer, MessageSchedule, Tag
from crm.models.broadcasts import Matching
from rules import due_dates, message_text
from rules.due_dates import OutOfRangeError
from rules.message_text import Rendered

#: What can be said to many: an invoice is one customer's.
PLACEHOLDERS = tuple(name for name in message_text.PLACEHOLDERS if not name.startswith("invoice_"))
PACE = 30
FASTEST = 6000
NOW, LATER = "now", "later"


class BroadcastForm(BroadcastWordingForm):
    """Cleaned, `audience` is who gets it and `draft` the unsaved broadcast.

    `schedule_date` is a wall time in the business's zone; with `begins` at "now" it is not asked.
    """

    tags = ChosenTagsField(
        label=_("To everybody with"),
        queryset=Tag.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "tag-choices"}),
        error_messages={"required": _("Choose at least one tag.")},
    )
    matching = forms.ChoiceField(
        label=_("Where you choose several"),
        choices=Matching.choices,
        initial=Matching.ANY,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    begins = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("Now")), (LATER, _("At a time"))],
        initial=LATER,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    schedule_date = WallTimeField(label=_("The first one goes"), required=False)
    per_minute = forms.IntegerField(
        label=_("How many a minute"),
        min_value=1,
        max_value=FASTEST,
        initial=PACE,
        help_text=_("Slower is kinder: to the phone that answers, and to your number’s good name."),
    )
    form_id = FormIdField()

    field_order = ("tags", "matching", "message_type", "template", "message_content")

    draft: Broadcast
    audience = Audience(chosen=())

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        business: Business,
        now: datetime,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.business, self.now = business, now
        super().__init__(data, initial=initial)
        cast("ChosenTagsField", self.fields["tags"]).queryset = Tag.objects.in_use()
        cast("WallTimeField", self.fields["schedule_date"]).offer(now, business.time_zone)
        self.offer_templates()

    @property
    def wanted(self) -> Wanted:
        values = self.cleaned_data
        return Wanted(
            tags=list(values.get("tags") or ()),
            matching=self.draft.matching,
            channel=values.get("message_type", ""),
            content=self.draft.message_content,
            template=self.chosen,
            begins_at=self.draft.begins_at,
        )

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.draft = Broadcast(
            matching=values.get("matching") or Matching.ANY,
            begins_at=self._begins_at(values),
            per_minute=values.get("per_minute") or PACE,
            form_id=values.get("form_id"),
        )
        self.set_wording(self.draft, values)
        self.audience = audience(self.wanted, self.business)
        if self.chosen or "message_content" in values:
            self._check_text()
        return values

    @property
    def as_sent(self) -> Iterator[tuple[str, str]]:
        """Each name and value, for the page that sends it once more."""
        sent = cast("QueryDict", self.data)
        for name in self.fields:
            for value in sent.getlist(name):
                yield name, value.replace("\0", "")

    @property
    def first_sample(self) -> dict[str, Any] | None:
        """Whose message, and what it says; None where nobody gets one or nothing is said."""
        found = self.sample(0)
        if found is None or not self.draft.message_content:
            return None
        message, read = found
        return {"customer": message.customer, "text": read.text}

    def sample(self, number: int) -> tuple[MessageSchedule, Rendered] | None:
        """What one of them gets; counted round, None where nobody does."""
        chosen = self.audience.chosen
        if not chosen:
            return None
        message = self._message_to(chosen[number % len(chosen)])
        return message, rendered(message, self.business)

    def _begins_at(self, values: dict[str, Any]) -> datetime:
        if values.get("begins") == NOW or "schedule_date" in self.errors:
            return self.now
        wall = values.get("schedule_date")
        if wall is None:
            self.add_error("schedule_date", gettext("Choose a date and a time."))
            return self.now
        return self._checked(wall)

    def _checked(self, wall: datetime) -> datetime:
        try:
            at = due_dates.resolve(wall, self.business.time_zone).instant
        except OutOfRangeError:
            self.add_error("schedule_date", gettext("There is no such day to send it on."))
            return self.now
        if at < self.now - COUNTS_AS_NOW:
            self.add_error("schedule_date", gettext("This moment has passed."))
        elif at > self.now + FURTHEST:
            self.add_error("schedule_date", gettext("That is years ahead: check the year."))
        return max(at, self.now)

    def _message_to(self, customer: Customer) -> MessageSchedule:
        return MessageSchedule(
            customer=customer,
            message_type=self.wanted.channel_for(customer),
            message_content=self.draft.message_content,
            template_values=self.draft.template_values,
            schedule_date=self.draft.begins_at,
            time_zone=self.business.time_zone,
        )

    def _check_text(self) -> None:
        message, read = self.sample(0) or self.to_anybody()
        if self.chosen:
            self.check_slots(message, self.chosen)
            return
        used = message_text.used(self.draft.message_content)
        for name in used:
            if name.startswith("invoice_"):
                said = gettext("A message to many is about no invoice: take %(placeholder)s out.")
                self.add_error("message_content", said % {"placeholder": f"{{{name}}}"})
        if "message_content" in self.errors:
            return
        for error in placeholder_errors(message, read):
            self.add_error("message_content", error)
        self.check_length(self._fullest() or [message])

    def _fullest(self) -> list[MessageSchedule]:
        """On each channel, what whoever has the longest names gets."""
        wanted = self.wanted
        by_names = sorted(self.audience.chosen, key=lambda one: len(one.name) + len(one.company))
        by_channel = {wanted.channel_for(one): one for one in by_names}
        return [self._message_to(one) for one in by_channel.values()]

    def to_anybody(self) -> tuple[MessageSchedule, Rendered]:
        """Nobody gets it; its placeholders are looked at all the same."""
        message = self._message_to(Customer(name=gettext("Somebody"), company="-"))
        return message, rendered(message, self.business)
