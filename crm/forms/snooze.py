"""Until when a reminder sleeps."""

from datetime import datetime, timedelta
from typing import Any, override

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.forms.wall_times import PRESETS, WallTimeField
from rules import due_dates
from rules.due_dates import OutOfRangeError

CUSTOM = "custom"
LONGEST = timedelta(days=366)


class SnoozeForm(forms.Form):
    """Cleaned, `until` is an instant. `at` is a wall time in the business's zone."""

    preset = forms.ChoiceField(
        choices=[*PRESETS.items(), (CUSTOM, _("Another time"))],
        error_messages={
            "required": _("Choose until when."),
            "invalid_choice": _("Choose until when."),
        },
    )
    at = WallTimeField(required=False)

    def __init__(self, data: QueryDict, *, now: datetime, zone: str) -> None:
        super().__init__(data)
        self.now, self.zone = now, zone

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if wall := self._wall(values.get("preset"), values.get("at")):
            values["until"] = self._instant(wall)
        elif not self.errors:
            self.add_error("at", gettext("Choose a date and a time."))
        return values

    def _wall(self, preset: str | None, at: datetime | None) -> datetime | None:
        if preset == CUSTOM:
            return at
        offered = due_dates.presets(self.now, self.zone)
        return next((one.wall for one in offered if one.key == preset), None)

    def _instant(self, wall: datetime) -> datetime | None:
        try:
            instant = due_dates.resolve(wall, self.zone).instant
        except OutOfRangeError:
            instant = self.now
        if instant <= self.now:
            self.add_error("at", gettext("That moment has passed: choose a later one."))
        elif instant > self.now + LONGEST:
            self.add_error("at", gettext("That is more than a year ahead."))
        return instant
