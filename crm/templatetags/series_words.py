"""How a message comes again, and what its moment hangs on, in words."""

from datetime import date

from babel.dates import format_date, format_skeleton, format_time, get_day_names
from babel.lists import format_list
from django import template
from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm.models import MessageSchedule, MessageSeries
from crm.models.anchored import Anchor
from crm.templatetags.display import locale
from rules.recurrence import Rule, Unit

register = template.Library()

type Words = str | Promise

_SHORT: dict[Unit, Words] = {
    Unit.DAY: _("repeats daily"),
    Unit.WEEK: _("repeats weekly"),
    Unit.MONTH: _("repeats monthly"),
    Unit.YEAR: _("repeats yearly"),
}
#: Before, on the day, after.
_DATES: dict[str, tuple[Words, Words, Words]] = {
    Anchor.DUE: (
        _("%(time)s before it is due"),
        _("on the day it is due"),
        _("%(time)s after it is due"),
    ),
    Anchor.ISSUED: (
        _("%(time)s before its date of issue"),
        _("on its date of issue"),
        _("%(time)s after its date of issue"),
    ),
}


@register.filter
def repeats(series: MessageSeries) -> str:
    """ "repeats monthly"; only "repeats" where it takes more words."""
    if series.interval > 1:
        return gettext("repeats")
    return str(_SHORT[Unit(series.unit)])


@register.filter
def rhythm(series: MessageSeries) -> str:
    """ "Every month on the 3rd at 10:00, until 3 May 2027"."""
    time = format_time(series.wall_time, "short", locale=locale())
    said = gettext("%(rule)s at %(time)s") % {"rule": _every(series.rule), "time": time}
    return said + _end(series.rule)


@register.filter
def rule_words(rule: Rule) -> str:
    """ "Every month on the 3rd, 12 times"."""
    return _every(rule) + _end(rule)


@register.filter
def anchor_words(message: MessageSchedule) -> str:
    """ "2 days before it is due"; "" where its moment is its own."""
    if not message.anchor:
        return ""
    before, on_the_day, after = _DATES[message.anchor]
    number = message.anchor_offset
    said = after if number > 0 else before if number else on_the_day
    return str(said) % {"time": _length(abs(number), Unit(message.anchor_unit))}


def _every(rule: Rule) -> str:
    often = _often(rule.unit, rule.interval)
    if day := _on(rule):
        return gettext("%(often)s on %(day)s") % {"often": often, "day": day}
    return often


def _often(unit: Unit, interval: int) -> str:
    said = {
        Unit.DAY: ngettext("Every day", "Every %(count)d days", interval),
        Unit.WEEK: ngettext("Every week", "Every %(count)d weeks", interval),
        Unit.MONTH: ngettext("Every month", "Every %(count)d months", interval),
        Unit.YEAR: ngettext("Every year", "Every %(count)d years", interval),
    }[unit]
    return said % {"count": interval} if "%" in said else said


def _length(number: int, unit: Unit) -> str:
    said = {
        Unit.DAY: ngettext("%(count)d day", "%(count)d days", number),
        Unit.WEEK: ngettext("%(count)d week", "%(count)d weeks", number),
        Unit.MONTH: ngettext("%(count)d month", "%(count)d months", number),
        Unit.YEAR: ngettext("%(count)d year", "%(count)d years", number),
    }[unit]
    return said % {"count": number}


def _on(rule: Rule) -> str:
    if rule.unit is Unit.WEEK:
        return _weekdays(rule.weekdays or {rule.first.weekday()})
    if rule.unit is Unit.MONTH:
        return _day_of_month(rule.first)
    if rule.unit is Unit.YEAR:
        return format_skeleton("MMMMd", rule.first, locale=locale())
    return ""


def _weekdays(days: set[int] | frozenset[int]) -> str:
    names = get_day_names("wide", locale=locale())
    return format_list([names[day] for day in sorted(days)], locale=locale())


def _day_of_month(first: date) -> str:
    if first.day == 31:
        return gettext("the last day")
    said = gettext("the %(ordinal)s") if first.day < 29 else gettext("the %(ordinal)s or last day")
    return said % {"ordinal": ordinal(first.day)}


def _end(rule: Rule) -> str:
    if rule.until:
        until = format_date(rule.until, "long", locale=locale())
        return gettext(", until %(day)s") % {"day": until}
    if rule.count:
        said = ngettext(", %(count)d time", ", %(count)d times", rule.count)
        return said % {"count": rule.count}
    return ""
