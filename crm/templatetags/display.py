"""Money, dates, times and telephone numbers as the people of the business write them.

The zone is the one in force (`timezone.override`), the locale that of `written_for`; both are set
for each signed-in request. Filters take None and "" for nothing to show. Being where the page is
drawn, this is the one place below the views that reads the clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import dates, numbers
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from crm.models import Business
from rules import money as money_rules
from rules import phone as phone_rules
from rules import places

register = template.Library()

_country: ContextVar[str] = ContextVar("country of the business", default="")

_MINUTE = timedelta(minutes=1)
_A_WEEK = timedelta(days=7)


@contextmanager
def written_for(business: Business) -> Iterator[None]:
    """What is drawn within is written the way the business's country writes it."""
    token = _country.set(business.country)
    try:
        yield
    finally:
        _country.reset(token)


def locale() -> str:
    """The CLDR locale in force, such as `en_GB`."""
    return _locale(get_language() or "en", _country.get())


_locale = lru_cache(maxsize=64)(places.locale_for)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else money_rules.format_money(amount, currency, locale())


@register.filter
def number(value: float | Decimal | None) -> str:
    return "" if value is None else numbers.format_decimal(value, locale=locale())


@register.filter
def phone(e164: str | None) -> str:
    """Nationally within the business's country, internationally beyond it."""
    return phone_rules.display(e164, country=_country.get()) if e164 else ""


@register.filter
def day(value: date | None) -> str:
    """ "today", "12 Nov", "12 Nov 2025"; an instant's day is that of the zone in force."""
    if not value:
        return ""
    today = timezone.localdate()
    shown = timezone.localdate(value) if isinstance(value, datetime) else value
    return _near(shown, today) or _date(shown, today)


@register.filter
def full_day(value: date | None) -> str:
    """ "Tuesday, 17 November 2026"."""
    if not value:
        return ""
    shown = timezone.localtime(value) if isinstance(value, datetime) else value
    return str(dates.format_date(shown, "full", locale=locale()))


@register.filter
def clock(instant: datetime | None, zone: str = "") -> str:
    """ "09:00", in `zone` or else the zone in force."""
    if not instant:
        return ""
    return str(dates.format_time(_in_zone(instant, zone), "short", locale=locale()))


@register.filter
def time_of_day(value: time | None) -> str:
    """ "09:00", of no particular day and zone."""
    return "" if value is None else str(dates.format_time(value, "short", locale=locale()))


@register.filter
def moment(instant: datetime | None, zone: str = "") -> str:
    """ "today 09:00", "Tue 09:00", "12 Nov, 09:00"; in `zone`, named where its clock is another."""
    if not instant:
        return ""
    wall = _in_zone(instant, zone)
    today = timezone.localtime(timezone.now(), wall.tzinfo).date()
    shown = str(dates.format_time(wall, "short", locale=locale()))
    near = _near(wall.date(), today) or _weekday_ahead(wall.date(), today)
    parts = {"day": near or _date(wall.date(), today), "time": shown}
    said = gettext("%(day)s %(time)s") if near else gettext("%(day)s, %(time)s")
    return _with_zone(said % parts, wall)


@register.filter
def full_moment(instant: datetime | None, zone: str = "") -> str:
    """ "Tuesday, 17 November 2026, 09:00"."""
    if not instant:
        return ""
    wall = _in_zone(instant, zone)
    parts = {
        "day": dates.format_date(wall, "full", locale=locale()),
        "time": dates.format_time(wall, "short", locale=locale()),
    }
    return _with_zone(gettext("%(day)s, %(time)s") % parts, wall)


@register.filter
def when(instant: datetime | None, zone: str = "") -> str | SafeString:
    """`moment` as a <time> element that tells the full date where a pointer rests on it."""
    if not instant:
        return ""
    return _time_element(instant, moment(instant, zone), full_moment(instant, zone))


@register.filter
def ago(instant: datetime | None) -> str:
    """ "just now", "4 min ago"; the moment itself once a week has passed."""
    if not instant:
        return ""
    passed = timezone.now() - instant
    if passed >= _A_WEEK:
        return moment(instant)
    return gettext("just now") if passed < _MINUTE else _delta(-passed)


@register.filter
def until(instant: datetime | None) -> str:
    """ "now", "in 4 min"; the moment itself when it is more than a week ahead."""
    if not instant:
        return ""
    left = instant - timezone.now()
    if left >= _A_WEEK:
        return moment(instant)
    return gettext("now") if left < _MINUTE else _delta(left)


@register.filter
def elapsed(instant: datetime | None) -> str:
    """How long it has been, without a direction: "4 min", as in "due 4 min"."""
    if not instant:
        return ""
    passed = max(timezone.now() - instant, _MINUTE)
    return str(dates.format_timedelta(passed, format="short", locale=locale()))


@register.filter
def city(zone: str) -> str:
    """ "New York" for "America/New_York"."""
    return dates.get_timezone_location(ZoneInfo(zone), locale=locale(), return_city=True)


def _in_zone(instant: datetime, zone: str) -> datetime:
    return timezone.localtime(instant, ZoneInfo(zone) if zone else None)


def _near(shown: date, today: date) -> str:
    names = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    return names.get((shown - today).days, "")


def _weekday_ahead(shown: date, today: date) -> str:
    ahead = today < shown < today + _A_WEEK
    return str(dates.format_skeleton("E", shown, locale=locale())) if ahead else ""


def _date(shown: date, today: date) -> str:
    skeleton = "MMMd" if shown.year == today.year else "yMMMd"
    return str(dates.format_skeleton(skeleton, shown, locale=locale()))


def _delta(delta: timedelta) -> str:
    return str(dates.format_timedelta(delta, add_direction=True, format="short", locale=locale()))


def _with_zone(said: str, wall: datetime) -> str:
    if wall.tzinfo is None or _same_clock(wall.tzinfo, timezone.get_current_timezone(), wall):
        return said
    return gettext("%(moment)s (%(city)s time)") % {"moment": said, "city": city(str(wall.tzinfo))}


def _same_clock(one: tzinfo, other: tzinfo, wall: datetime) -> bool:
    return wall.astimezone(one).utcoffset() == wall.astimezone(other).utcoffset()


def _time_element(instant: datetime, words: str, full: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.astimezone(UTC).isoformat(timespec="seconds"),
        full,
        words,
    )
