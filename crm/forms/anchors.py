"""When a message goes: at a time of its own, or so long before or after a date of its invoice."""

from datetime import date, datetime, time
from typing import Any, cast, override

from babel.dates import format_date
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.forms.message_moments import MomentForm
from crm.models import Invoice, MessageSchedule
from crm.models.anchored import UNIT_CHOICES, Anchor
from rules.due_dates import OutOfRangeError
from rules.recurrence import Unit

AT_A_TIME, RELATIVE = "time", "invoice"
BEFORE, ON, AFTER = "before", "on", "after"
FURTHEST = 999
MORNING = time(10)
#: What stands for the moment where it hangs on an invoice: errors about it belong there.
_FIELD = "anchor_number"
ANCHORED = ("when", _FIELD, "anchor_unit", "anchor_side", "anchor", "anchor_time")


class AnchoredMomentForm(MomentForm):
    """`when` says which of the two counts; `schedule_date` then is not asked."""

    when = forms.ChoiceField(
        label=_("It goes"),
        choices=[(AT_A_TIME, _("At a time")), (RELATIVE, _("By the invoice’s dates"))],
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    anchor_number = forms.IntegerField(
        label=_("How many"), min_value=0, max_value=FURTHEST, required=False, initial=2
    )
    anchor_unit = forms.ChoiceField(
        label=_("Days, weeks…"), choices=UNIT_CHOICES, required=False, initial=Unit.DAY
    )
    anchor_side = forms.ChoiceField(
        label=_("Before or after"),
        choices=[(BEFORE, _("before")), (ON, _("on the day of")), (AFTER, _("after"))],
        required=False,
        initial=BEFORE,
    )
    anchor = forms.ChoiceField(
        label=_("Which date"), choices=Anchor.choices, required=False, initial=Anchor.DUE
    )
    anchor_time = forms.TimeField(
        label=_("At"),
        required=False,
        initial=MORNING,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    @property
    def is_relative(self) -> bool:
        return "when" in self.fields and self["when"].value() == RELATIVE

    @property
    def anchor_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ANCHORED if name != "when"]

    def offer_anchors(self, message: MessageSchedule | None) -> None:
        """After the invoices have been offered: without one there is nothing to hang on."""
        if "invoice" not in self.fields:
            for name in ANCHORED:
                del self.fields[name]
            return
        self.initial.setdefault("when", AT_A_TIME)
        if message and message.anchor:
            self.initial.update(_written(message))

    @override
    def resolve(self, values: dict[str, Any]) -> None:
        if self.is_relative and not values.get("send_now"):
            self.errors.pop("schedule_date", None)
            values["schedule_date"] = self._anchored_wall(values)
        super().resolve(values)
        self._move_error()

    @override
    def set_moment(self, message: MessageSchedule, values: dict[str, Any]) -> None:
        super().set_moment(message, values)
        if self.is_relative and self.resolved:
            _hang(message, values)

    @override
    def check_moment(self, message: MessageSchedule, values: dict[str, Any]) -> None:
        super().check_moment(message, values)
        if self.is_relative and self.is_past and self.resolved:
            self.is_past = False
            self.errors.pop("schedule_date", None)
            day = format_date(self.resolved.wall, "long", locale=self.locale)
            self.add_error(_FIELD, gettext("That was %(day)s, and has passed.") % {"day": day})
        self._move_error()

    def _anchored_wall(self, values: dict[str, Any]) -> datetime | None:
        invoice = values.get("invoice")
        if invoice is None:
            self.add_error("invoice", gettext("Choose the invoice whose date counts."))
            return None
        if not {_FIELD, "anchor_time"}.isdisjoint(self.errors):
            return None
        day = self._anchored_day(invoice, values)
        return datetime.combine(day, values.get("anchor_time") or MORNING) if day else None

    def _anchored_day(self, invoice: Invoice, values: dict[str, Any]) -> date | None:
        hanging = MessageSchedule(invoice=invoice)
        _hang(hanging, values)
        try:
            day = hanging.anchored_day(invoice)
        except OutOfRangeError:
            self.add_error(_FIELD, gettext("There is no such day to send it on."))
            return None
        if day is None:
            said = gettext("This invoice has no due date: add one, or count from its issue.")
            self.add_error("anchor", said)
        return day

    def _move_error(self) -> None:
        if self.is_relative and "schedule_date" in self.errors:
            for error in cast("Any", self.errors.pop("schedule_date")).as_data():
                self.add_error(_FIELD, error)


def _hang(message: MessageSchedule, values: dict[str, Any]) -> None:
    side, number = values.get("anchor_side") or BEFORE, values.get(_FIELD) or 0
    message.anchor = values.get("anchor") or Anchor.DUE
    message.anchor_unit = values.get("anchor_unit") or Unit.DAY
    message.anchor_offset = {BEFORE: -number, ON: 0, AFTER: number}[side]


def _written(message: MessageSchedule) -> dict[str, Any]:
    offset = message.anchor_offset
    return {
        "when": RELATIVE,
        _FIELD: abs(offset),
        "anchor_unit": message.anchor_unit,
        "anchor_side": BEFORE if offset < 0 else AFTER if offset else ON,
        "anchor": message.anchor,
        "anchor_time": message.wall.time(),
    }
