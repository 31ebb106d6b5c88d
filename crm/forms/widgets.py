"""Controls of our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from bootstrap_datepicker_plus.widgets import DateTimePickerInput
from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One press instead of a date: a wall time, or minutes after the moment of pressing."""

    label: str | Promise
    wall: datetime | None = None
    minutes: int | None = None

    @property
    def value(self) -> str:
        return self.wall.strftime(ScheduleInput.WALL) if self.wall else ""


class ScheduleInput(DateTimePickerInput):
    """A local date and time, to the minute, as `2026-11-22T09:00`.

    Without JavaScript and on a phone: the browser's own `datetime-local`. Elsewhere our script
    adds a calendar. `now` is the wall time in the zone the field speaks of.
    """

    WALL = "%Y-%m-%dT%H:%M"
    _date_format = WALL
    input_type = "datetime-local"
    template_name = "crm/forms/picker.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        now: datetime | None = None,
        presets: Sequence[Preset] = (),
    ) -> None:
        super().__init__(attrs)
        self.now = now
        self.presets = presets

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["presets"] = self.presets
        context["widget"]["now"] = self.now.strftime(self.WALL) if self.now else ""
        return context
