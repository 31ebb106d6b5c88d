"""What customers wrote, in words: also what was no text."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.models import InboundMedia, InboundMessage
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
#: What a person chose in the app itself, where WhatsApp tells no words of theirs.
CHOSEN: dict[str, str | Promise] = {
    InboundMessage.Meant.OPT_OUT: _("Turned your messages off in WhatsApp."),
    InboundMessage.Meant.OPT_IN: _("Turned your messages on again in WhatsApp."),
}
EMPTY = _("Sent a message without a word in it.")
OTHER = _("A message of a kind that cannot be shown here. Ask what it was about.")


@register.filter
def reply_text(message: InboundMessage) -> str:
    if message.kind == "number":
        return gettext("Has a new number: %(number)s") % {"number": phone(message.text)}
    if _can_be_seen(message.text):
        return message.text
    return _without_words(message)


def _without_words(message: InboundMessage) -> str:
    if message.kind == "preference":
        return str(CHOSEN.get(message.meant, OTHER))
    if message.kind in KINDS:
        return str(KINDS[message.kind])
    if message.media.all():
        return gettext("Sent a file.")
    return str(EMPTY if message.kind == "text" else OTHER)


def _can_be_seen(text: str) -> bool:
    """Blanks and signs that only direct the others make an empty bubble."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


@register.filter
def reply_from(message: InboundMessage) -> str:
    """A customer by name; a stranger by the name they go by, and the number."""
    if message.customer:
        return message.customer.name
    known = (message.sender_name, phone(message.sender) if message.sender else "")
    return ", ".join(filter(None, known)) or gettext("somebody")


#: Why a file is not kept, by what it was found to be; else it could not be had.
NOT_KEPT: dict[str, str | Promise] = {
    "empty": _("The file that came along was empty."),
    "html": _("A web page came along. It is not kept: it could run something."),
    "svg": _("A drawing came along that could run something. It is not kept."),
    "executable": _("A program came along. It is not kept."),
    "damaged": _("The file that came along is damaged."),
    "locked": _("A PDF came along that is locked with a password. Ask for it without one."),
    "too_many_pixels": _("The picture that came along is too large."),
    "too_many_pages": _("The PDF that came along has too many pages."),
    "too_hard": _("The file that came along cannot be read."),
}


@register.filter
def why_not_kept(file: InboundMedia) -> str:
    known = NOT_KEPT.get(file.words)
    if known:
        return str(known)
    words = gettext("A file came along and could not be had: ask for it again. (%(words)s)")
    return words % {"words": file.words}


@register.filter
def reply_state(message: InboundMessage) -> str:
    """As `pill` knows it."""
    return message.meant or "unanswered"
