"""When a message goes: a moment by one of two clocks, and the limit of its use."""

from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.message_times import zone_of_customer
from crm.forms.wall_times import WallTimeField
from crm.forms.widgets import ScheduleInput
from crm.models import Business, Customer, MessageSchedule
from crm.models.message_choices import ZoneOf
from rules import due_dates
from rules.due_dates import OutOfRangeError, Resolved

#: A moment so shortly past was chosen as now, and the form took a while to fill in.
COUNTS_AS_NOW = timedelta(minutes=2)
#: Further ahead is a slip of the finger in the year.
FURTHEST = timedelta(days=3660)


class MomentForm(forms.Form):
    """`schedule_date` and `send_by` are wall times in the zone that `zone_of` names.

    With `send_now` the moment of the press counts instead; `is_past` asks for that press. What is
    made of it sets `customer`, `business`, `now` and `locale` before it is drawn up.
    """

    schedule_date = WallTimeField(label=_("When"))
    zone_of = forms.ChoiceField(
        label=_("By whose clock"),
        choices=ZoneOf.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    send_by = WallTimeField(
        label=_("No use after"),
        required=False,
        help_text=_("If it cannot go by then, it does not go late: you are told instead."),
    )
    send_now = forms.BooleanField(required=False, widget=forms.HiddenInput)

    customer: Customer
    business: Business
    now: datetime
    locale: str
    resolved: Resolved | None = None
    is_past = False

    @property
    def zones(self) -> dict[str, str]:
        return {
            ZoneOf.BUSINESS.value: self.business.time_zone,
            ZoneOf.CUSTOMER.value: zone_of_customer(self.customer, self.business),
        }

    @property
    def has_two_clocks(self) -> bool:
        return "zone_of" in self.fields

    @property
    def is_only_past(self) -> bool:
        """Nothing but the moment in the past keeps it from being saved."""
        return self.is_past and list(self.errors) == ["schedule_date"]

    @property
    def walls(self) -> dict[str, str]:
        """What each of the two clocks shows now, for the calendar."""
        return {
            whose: due_dates.wall_in(self.now, zone).strftime(ScheduleInput.WALL)
            for whose, zone in self.zones.items()
        }

    @property
    def zone_of_choice(self) -> str:
        chosen = self.cleaned_data.get("zone_of") if self.is_bound else None
        return chosen or self.initial.get("zone_of") or ZoneOf.BUSINESS

    def offer_moments(self) -> None:
        ours, theirs = self.zones.values()
        for name in ("schedule_date", "send_by"):
            field = cast("WallTimeField", self.fields[name])
            field.offer(self.now, self.zones[self.initial.get("zone_of") or ZoneOf.BUSINESS])
        if not clocks_differ(ours, theirs, self.now):
            del self.fields["zone_of"]
            return
        names = {
            "ours": self._city(ours),
            "theirs": self._city(theirs),
            "customer": self.customer.first_name,
        }
        cast("forms.ChoiceField", self.fields["zone_of"]).choices = [
            (ZoneOf.BUSINESS, gettext("Ours, %(ours)s") % names),
            (ZoneOf.CUSTOMER, gettext("%(customer)s’s, %(theirs)s") % names),
        ]
        self.initial.setdefault("zone_of", ZoneOf.BUSINESS)

    def resolve(self, values: dict[str, Any]) -> None:
        wall = values.get("schedule_date")
        if values.get("send_now"):
            self.errors.pop("schedule_date", None)
            return
        if wall is None:
            return
        try:
            self.resolved = due_dates.resolve(wall, self.zones[self.zone_of_choice])
        except OutOfRangeError:
            self.add_error("schedule_date", gettext("There is no such day to send it on."))

    def set_moment(self, message: MessageSchedule, values: dict[str, Any]) -> None:
        """The moment that was chosen, where it is still ahead; else now."""
        zone = self.zones[self.zone_of_choice]
        if self.resolved and self.resolved.instant > self.now:
            message.set_time(values["schedule_date"], zone, self.zone_of_choice)
            return
        message.set_time(due_dates.wall_in(self.now, zone), zone, self.zone_of_choice)
        message.schedule_date = message.due_at = self.now

    def check_moment(self, message: MessageSchedule, values: dict[str, Any]) -> None:
        """`message` gets its limit too."""
        if self.resolved and self.resolved.instant < self.now - COUNTS_AS_NOW:
            self.is_past = True
            self.add_error("schedule_date", self._past(self.resolved))
        elif self.resolved and self.resolved.instant > self.now + FURTHEST:
            self.add_error("schedule_date", gettext("That is years ahead: check the year."))
        if limit := values.get("send_by"):
            self._check_limit(message, limit)

    def _city(self, zone: str) -> str:
        return get_timezone_location(ZoneInfo(zone), locale=self.locale, return_city=True)

    def _past(self, chosen: Resolved) -> str:
        if chosen.kind == "fold" and chosen.instant > self.now - timedelta(hours=1):
            return gettext("The clocks go back: this time comes twice, and the first has passed.")
        return gettext("This moment has passed.")

    def _check_limit(self, message: MessageSchedule, limit: datetime) -> None:
        try:
            message.send_by = due_dates.resolve(limit, message.time_zone).instant
        except OutOfRangeError:
            self.add_error("send_by", gettext("There is no such day."))
            return
        if message.send_by <= message.schedule_date:
            self.add_error("send_by", gettext("This must be later than the moment above."))
        elif message.send_by > message.schedule_date + FURTHEST:
            self.add_error("send_by", gettext("That is years ahead: check the year."))


def clocks_differ(ours: str, theirs: str, now: datetime) -> bool:
    """Whether two zones show another time in this half of the year or the other."""
    moments = (now, now + timedelta(days=182))
    return any(due_dates.wall_in(at, ours) != due_dates.wall_in(at, theirs) for at in moments)
