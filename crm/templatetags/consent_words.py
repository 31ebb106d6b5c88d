"""What is known of a customer's will to be written to, in words."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.actions.consents import Standing
from crm.models.consents import KnownFrom
from crm.templatetags.display import day

register = template.Library()

_SINCE: dict[str, str | Promise] = {
    KnownFrom.PERSON: _("since %(day)s, recorded by hand"),
    KnownFrom.REPLY: _("since %(day)s, in their own message"),
    KnownFrom.PROVIDER: _("since %(day)s, as the provider says"),
}


@register.filter
def known_since(standing: Standing) -> str:
    """ "since 3 Nov, in their own message"; empty where nothing is known."""
    if standing.at is None:
        return ""
    return str(_SINCE[standing.known_from]) % {"day": day(standing.at)}
