"""Whether a message comes again, how often, and until when."""

from dataclasses import replace
from datetime import date, datetime
from itertools import islice, takewhile
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.forms.anchors import RELATIVE
from crm.models import MessageSchedule, MessageSeries
from crm.models.anchored import UNIT_CHOICES
from rules import recurrence
from rules.message_states import Status
from rules.recurrence import Rule, Unit

NO, CUSTOM = "", "custom"
NEVER, ON_A_DAY, AFTER_SOME = "never", "on", "after"
ONLY_THIS, FOLLOWING = "this", "following"
LONGEST_INTERVAL = 99
MOST_TIMES = 999
SHOWN_AHEAD = 3
_NAMES = (
    "repeat",
    "every",
    "unit",
    "weekdays",
    "ends",
    "until",
    "count",
)


class RepeatForm(forms.Form):
    """Cleaned, `rule` is None where it goes once.

    Of a series `scope` asks whether a change is one of this message only, or of it and all that
    follow; only then the rule counts. What is made of it sets `now` before it is drawn up.
    """

    scope = forms.ChoiceField(
        label=_("What you change counts for"),
        choices=[(ONLY_THIS, _("Only this message")), (FOLLOWING, _("This and all that follow"))],
        required=False,
        initial=ONLY_THIS,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    repeat = forms.ChoiceField(
        label=_("Repeat"),
        choices=[
            (NO, _("No")),
            (Unit.DAY.value, _("Every day")),
            (Unit.WEEK.value, _("Every week")),
            (Unit.MONTH.value, _("Every month")),
            (Unit.YEAR.value, _("Every year")),
            (CUSTOM, _("Otherwise…")),
        ],
        required=False,
    )
    every = forms.IntegerField(
        label=_("Every"),
        min_value=1,
        max_value=LONGEST_INTERVAL,
        required=False,
        initial=2,
    )
    unit = forms.ChoiceField(
        label=_("Days, weeks…"), choices=UNIT_CHOICES, required=False, initial=Unit.WEEK
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        choices=list(WEEKDAYS_ABBR.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "segmented"}),
    )
    ends = forms.ChoiceField(
        label=_("Ends"),
        choices=[
            (NEVER, _("Never")),
            (ON_A_DAY, _("On a day")),
            (AFTER_SOME, _("After some times")),
        ],
        required=False,
        initial=NEVER,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    until = forms.DateField(
        label=_("The last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    count = forms.IntegerField(
        label=_("How many times"), min_value=1, max_value=MOST_TIMES, required=False, initial=12
    )

    now: datetime
    rule: Rule | None = None
    _series: MessageSeries | None = None
    _occurrence: date | None = None

    @property
    def changes_following(self) -> bool:
        """Not "now": that is this one's own moment."""
        is_now = bool(self.data.get("send_now"))
        return "scope" in self.fields and self["scope"].value() == FOLLOWING and not is_now

    @property
    def coming_days(self) -> list[date]:
        """The first few of its days."""
        return list(islice(recurrence.days(self.rule), SHOWN_AHEAD)) if self.rule else []

    @property
    def goes_on(self) -> bool:
        """After those."""
        more = islice(recurrence.days(self.rule), SHOWN_AHEAD, None) if self.rule else ()
        return next(iter(more), None) is not None

    def offer_repeats(self, message: MessageSchedule | None) -> None:
        """A message that goes once stays one; of a series each may be changed by itself."""
        if message and message.series and message.occurrence and self._is_ahead(message):
            self._series, self._occurrence = message.series, message.occurrence
            self.initial.update({**_written(message.series, message.occurrence), **self.initial})
            if message.series.send_within is None and not message.is_detached:
                self.initial["send_by"] = None  # nobody asked for the one it has
            return
        del self.fields["scope"]
        for name in _NAMES if message else ():
            del self.fields[name]

    def _is_ahead(self, message: MessageSchedule) -> bool:
        """Neither gone nor a reminder: there are such that follow it."""
        waits = message.state is Status.SCHEDULED and message.schedule_date > self.now
        return waits and message.series is not None and message.series.stopped_at is None

    def check_repeat(self, draft: MessageSchedule, values: dict[str, Any]) -> None:
        """`draft` has its moment."""
        chosen = values.get("repeat") or NO
        if "repeat" not in self.fields or chosen == NO:
            self._check_goes_on()
            return
        if values.get("when") == RELATIVE:
            self.add_error("repeat", gettext("What hangs on an invoice’s date goes once."))
            return
        if self.errors.keys().isdisjoint(_NAMES):
            self.rule = self._in_step(self._rule(draft.wall.date(), values))

    def _check_goes_on(self) -> None:
        if self.changes_following:
            self.add_error("repeat", gettext("Say how often. To end it, stop the series."))

    def _rule(self, first: date, values: dict[str, Any]) -> Rule:
        is_custom = values["repeat"] == CUSTOM
        unit = Unit((values.get("unit") or Unit.WEEK) if is_custom else values["repeat"])
        of_weeks = is_custom and unit is Unit.WEEK
        rule = Rule(
            unit=unit,
            interval=(values.get("every") or 1) if is_custom else 1,
            weekdays=frozenset(values.get("weekdays") or ()) if of_weeks else frozenset(),
            first=first,
            until=self._until(values),
            count=self._count(values),
        )
        if next(recurrence.days(rule), None) is None:
            self.add_error("until", gettext("This is before the first message."))
        return rule

    def _in_step(self, rule: Rule) -> Rule:
        """Not moved, it goes on as it began: the 28 February of a 31st is no 28th."""
        if self._series is None or rule.first != self._occurrence:
            return rule
        old = self._series.rule
        if (old.unit, old.interval, old.weekdays) != (rule.unit, rule.interval, rule.weekdays):
            return rule
        before = sum(1 for _day in takewhile(rule.first.__gt__, recurrence.days(old)))
        return replace(rule, first=old.first, count=rule.count and rule.count + before)

    def _until(self, values: dict[str, Any]) -> date | None:
        if values.get("ends") != ON_A_DAY:
            return None
        if values.get("until") is None:
            self.add_error("until", gettext("Choose the last day."))
        until: date | None = values.get("until")
        return until

    def _count(self, values: dict[str, Any]) -> int | None:
        if values.get("ends") != AFTER_SOME:
            return None
        if values.get("count") is None:
            self.add_error("count", gettext("Say how many times."))
        count: int | None = values.get("count")
        return count


def _written(series: MessageSeries, day: date) -> dict[str, Any]:
    """As of `day`: what is left of a count."""
    rule = series.rule
    is_plain = rule.interval == 1 and not rule.weekdays
    left = recurrence.left_from(rule, day)
    ends = AFTER_SOME if left is not None else ON_A_DAY if rule.until else NEVER
    return {
        "repeat": rule.unit.value if is_plain else CUSTOM,
        "every": rule.interval,
        "unit": rule.unit.value,
        "weekdays": sorted(rule.weekdays),
        "ends": ends,
        "until": rule.until,
        "count": left,
    }
