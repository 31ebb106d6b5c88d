"""What there is to say about a message to many: who is left out, and how far it has come."""

from typing import Protocol

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.actions.recipients import LeftOut
from crm.templatetags.design import pill

register = template.Library()

_LEFT_OUT: dict[LeftOut, str | Promise] = {
    LeftOut.TRASHED: _("in the trash"),
    LeftOut.NO_PHONE: _("no phone number"),
    LeftOut.OPTED_OUT: _("asked not to be written to"),
    LeftOut.NO_CONSENT: _("consent is not recorded"),
    LeftOut.WINDOW_CLOSED: _("WhatsApp takes only a template for them"),
    LeftOut.NO_COMPANY: _("no company, and the text speaks of it"),
    LeftOut.SAME_NUMBER: _("shares a number with somebody who gets it"),
}
_STATES: dict[str, str | Promise] = {
    "sending": _("Going out"),
    "sent": _("Done"),
    "cancelled": _("Stopped"),
    "upcoming": _("Upcoming"),
}


class HasState(Protocol):
    state: str


@register.filter
def left_out_words(why: str) -> str:
    """`why` is one of `crm.actions.recipients.LeftOut`."""
    return str(_LEFT_OUT[LeftOut(why)])


@register.filter
def progress_pill(progress: HasState) -> SafeString:
    return pill(progress.state, str(_STATES[progress.state]))
