"""Icons, state pills and avatars: what templates take from the design system.

Filters and cached tags rather than includes, because they stand in the hot rows of long lists.
"""

import unicodedata
from functools import cache
from zlib import crc32

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from heroicons.templatetags import heroicons

register = template.Library()

HUES = 12

#: state → (tone, icon, word). A colour never says anything alone.
STATES: dict[str, tuple[str, str, str | Promise]] = {
    "due": ("due", "bell-alert", _("Due")),
    "unconfirmed": ("due", "question-mark-circle", _("Unconfirmed")),
    "failed": ("failed", "exclamation-triangle", _("Failed")),
    "expired": ("failed", "no-symbol", _("Expired")),
    "upcoming": ("upcoming", "clock", _("Upcoming")),
    "scheduled": ("upcoming", "clock", _("Upcoming")),
    "snoozed": ("upcoming", "bell-snooze", _("Snoozed")),
    "claimed": ("upcoming", "paper-airplane", _("About to go")),
    "sending": ("upcoming", "paper-airplane", _("Sending")),
    "sent": ("done", "check", _("Sent")),
    "test_run": ("upcoming", "command-line", _("Test run")),
    "delivered": ("done", "check-circle", _("Delivered")),
    "read": ("done", "eye", _("Read")),
    "unanswered": ("upcoming", "chat-bubble-left-ellipsis", _("Unanswered")),
    "opt_out": ("failed", "no-symbol", _("Wants no more messages")),
    "near_opt_out": ("due", "question-mark-circle", _("May want no more messages")),
    "opt_in": ("done", "check-circle", _("Wants messages again")),
    "help": ("due", "question-mark-circle", _("Asks for help")),
    "cancelled": ("over", "x-mark", _("Cancelled")),
    "paid": ("done", "check-circle", _("Paid")),
    "unpaid": ("upcoming", "banknotes", _("Unpaid")),
    "overdue": ("failed", "exclamation-circle", _("Overdue")),
}

_STYLES = {
    "outline": heroicons.heroicon_outline,
    "mini": heroicons.heroicon_mini,
    "micro": heroicons.heroicon_micro,
}


@register.simple_tag
@cache
def icon(name: str, style: str = "mini", classes: str = "") -> str:
    """An inline heroicon that assistive technology skips: `outline`, `mini` (20 px) or `micro`."""
    css = f"icon {'icon-s ' if style == 'micro' else ''}{classes}".strip()
    return _STYLES[style](
        name, size=16 if style == "micro" else 20, aria_hidden="true", **{"class": css}
    )


@register.simple_tag
@cache
def icon_sprite() -> str:
    """The icons of all states, once a page; `pill` refers to them."""
    names = sorted({name for _tone, name, _word in STATES.values()})
    icons = "".join(heroicons.heroicon_micro(name, id=f"i-{name}") for name in names)
    return mark_safe(f'<svg hidden aria-hidden="true">{icons}</svg>')  # noqa: S308


@register.filter
def pill(state: str, words: str = "") -> SafeString:
    """A state as icon and word; `words` stand instead of the state's own ("due 4 min")."""
    if words:
        return _draw(state, words)
    return _draw_in(get_language(), state)


@cache
def _draw_in(_language: str | None, state: str) -> SafeString:
    return _draw(state, str(STATES[state][2]))


def _draw(state: str, words: str) -> SafeString:
    tone, icon_name, _word = STATES[state]
    return format_html(
        '<span class="pill tone-{}"><svg class="icon-s" aria-hidden="true">'
        '<use href="#i-{}"/></svg><span>{}</span></span>',
        tone,
        icon_name,
        words,
    )


@register.filter
def tone(state: str) -> str:
    """`due`, `failed`, `done`, `upcoming` or `over`, for class="tone-…"."""
    return STATES[state][0]


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word that have one."""
    letters = [
        next((sign for sign in word if sign.isalnum()), "")
        for word in unicodedata.normalize("NFC", name).split()
    ]
    found = [letter for letter in letters if letter]
    return "".join(found[:1] + found[1:][-1:]).upper() or "?"


@register.filter
def avatar(name: str, key: object = "") -> SafeString:
    """Initials on a hue that stays with `key` (the row's id), or with the name without one."""
    hue = crc32(str(key or name).encode()) % HUES + 1
    return format_html(
        '<span class="avatar hue-{}" aria-hidden="true">{}</span>', hue, initials(name)
    )
