"""A date and time as a clock on a wall shows it, without a zone."""

from datetime import datetime, timedelta
from typing import Any, cast, override

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from crm.forms.widgets import Preset, ScheduleInput
from rules import due_dates
from rules.due_dates import PresetKey

_HOUR = timedelta(hours=1)
PRESETS: dict[PresetKey, Any] = {
    "in_1_hour": _("In 1 hour"),
    "this_evening": _("This evening"),
    "tomorrow_9": _("Tomorrow 9:00"),
    "next_week": _("Next week"),
}


class WallTimeField(forms.Field):
    """Cleans to a naive datetime, to the minute, or None.

    Django's own field would refuse the wall times that a change of the clocks skips or repeats;
    here they are taken as typed, for `rules.due_dates` to resolve.
    """

    widget = ScheduleInput
    default_error_messages = {
        "required": _("Choose a date and a time."),
        "invalid": _("Write the date and the time like 2026-11-24 09:00."),
    }

    @override
    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value.replace(second=0, microsecond=0)
        typed = _parsed(str(value).strip())
        if typed is None or typed.tzinfo is not None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return typed.replace(second=0, microsecond=0)

    def offer(self, now: datetime, zone: str) -> None:
        """Presets and today's place in the calendar for somebody whose wall is in `zone`."""
        picker = cast("ScheduleInput", self.widget)
        picker.now = due_dates.wall_in(now, zone)
        picker.presets = presets(now, zone)


def _parsed(text: str) -> datetime | None:
    """A day alone is not enough: nobody means midnight."""
    try:
        return parse_datetime(text) if ":" in text and text.isprintable() else None
    except ValueError:
        return None


def presets(now: datetime, zone: str) -> tuple[Preset, ...]:
    wall = due_dates.wall_in(now, zone)
    return tuple(_preset(one.key, one.wall, wall) for one in moments(now, zone))


def moments(now: datetime, zone: str) -> list[due_dates.Preset]:
    """Each moment once: on a Sunday next week begins tomorrow."""
    offered = {one.wall: one for one in reversed(due_dates.presets(now, zone))}
    return list(reversed(offered.values()))


def _preset(key: PresetKey, wall: datetime, now: datetime) -> Preset:
    """An hour from the press, however long the page has been open; not while the clocks change."""
    is_plain_hour = key == "in_1_hour" and abs(wall - now - _HOUR) < due_dates.IN_1_HOUR_STEP
    return Preset(
        label=PRESETS[key],
        wall=None if is_plain_hour else wall,
        minutes=60 if is_plain_hour else None,
    )
