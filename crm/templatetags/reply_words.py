"""What customers wrote, in words: also what was no text."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.models import InboundMessage
from crm.templatetags.display import phone

register = template.Library()

KINDS: dict[str, str | Promise] = {
    "image": _("Sent a picture."),
    "video": _("Sent a film."),
    "audio": _("Sent a voice message."),
    "document": _("Sent a document."),
    "sticker": _("Sent a sticker."),
    "location": _("Sent a place on the map."),
    "contacts": _("Sent a contact."),
    "reaction": _("Took a reaction back."),
}


@register.filter
def reply_text(message: InboundMessage) -> str:
    if message.kind == "number":
        return gettext("Has a new number: %(number)s") % {"number": phone(message.text)}
    if message.text:
        return message.text
    return str(KINDS.get(message.kind, _("Sent something that cannot be shown here.")))


@register.filter
def reply_from(message: InboundMessage) -> str:
    """A customer by name; a stranger by the name they go by, and the number."""
    if message.customer:
        return message.customer.name
    known = (message.sender_name, phone(message.sender) if message.sender else "")
    return ", ".join(filter(None, known)) or gettext("somebody")


@register.filter
def reply_state(message: InboundMessage) -> str:
    """As `pill` knows it."""
    return message.meant or "unanswered"
