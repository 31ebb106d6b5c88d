"""What customers write to us on WhatsApp, in every form it can take.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components (2026-11)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from providers.callbacks import Inbound, InboundMedia, Keyword, NumberChange
from providers.untrusted import epoch, first_text, mapping, mappings, number, text

type Json = Mapping[str, Any]

#: Nobody wrote anything: a chat was opened, a message taken back, a phone's key changed.
_NOT_WRITTEN = frozenset({"system", "request_welcome", "revoke"})
_OPT_OUTS = MappingProxyType({"stop": Keyword.OPT_OUT, "resume": Keyword.OPT_IN})


def read_messages(value: Json, now: datetime) -> Iterator[Inbound | NumberChange]:
    """Everything in one change's "messages"."""
    people = mappings(value.get("contacts"))
    to = e164(mapping(value.get("metadata")).get("display_phone_number"))
    for message in mappings(value.get("messages")):
        if change := _number_change(message, now):
            yield change
        elif text(message.get("id")) and text(message.get("type")) not in _NOT_WRITTEN:
            yield _inbound(message, people, to, now)


def read_preferences(value: Json, now: datetime) -> Iterator[Inbound]:
    """What a person told WhatsApp, not us, about hearing from us. It has no id: one is made."""
    people = mappings(value.get("contacts"))
    for wish in mappings(value.get("user_preferences")):
        keyword = _OPT_OUTS.get(text(wish.get("value")))
        who = first_text(wish.get("wa_id"), wish.get("user_id"))
        if keyword is None or not who or wish.get("category") != "marketing_messages":
            continue
        person = _person({"from": wish.get("wa_id"), "from_user_id": wish.get("user_id")}, people)
        yield Inbound(
            provider_message_id=f"preference.{who}.{text(wish.get('timestamp'))}.{keyword}",
            sender=e164(wish.get("wa_id")),
            sender_id=first_text(wish.get("user_id"), person.get("user_id")),
            sender_name=text(mapping(person.get("profile")).get("name")),
            at=epoch(wish.get("timestamp"), now),
            text=text(wish.get("detail")),
            kind="preference",
            keyword=keyword,
        )


def e164(value: object) -> str:
    """From digits with or without a + and spaces; "" where it is no telephone number."""
    digits = "".join(c for c in text(value) if c not in "+ -().")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 15
    return f"+{digits}" if is_number else ""


def _number_change(message: Json, now: datetime) -> NumberChange | None:
    system = mapping(message.get("system"))
    if message.get("type") != "system" or system.get("type") != "user_changed_number":
        return None
    old, new = (
        e164(message.get("from")),
        e164(first_text(system.get("wa_id"), system.get("new_wa_id"))),
    )
    at = epoch(message.get("timestamp"), now)
    return NumberChange(old=old, new=new, at=at) if old and new and old != new else None


def _inbound(message: Json, people: Sequence[Json], to: str, now: datetime) -> Inbound:
    person = _person(message, people)
    said = _edited(message)
    kind, words, media = _KINDS.get(text(said.get("type")), _other)(said)
    reaction = mapping(said.get("reaction"))
    context = mapping(said.get("context")) or mapping(message.get("context"))
    return Inbound(
        provider_message_id=text(message.get("id")),
        sender=e164(message.get("from")),
        sender_id=first_text(message.get("from_user_id"), person.get("user_id")),
        sender_name=text(mapping(person.get("profile")).get("name")),
        to=to,
        at=epoch(message.get("timestamp"), now),
        kind=kind,
        text=words,
        media=media,
        answers=first_text(reaction.get("message_id"), context.get("id")),
    )


def _person(message: Json, people: Sequence[Json]) -> Json:
    """The contact who wrote it: by number, by WhatsApp's id, or the only one there is."""
    for person in people:
        by_number = person.get("wa_id") and person.get("wa_id") == message.get("from")
        by_id = person.get("user_id") and person.get("user_id") == message.get("from_user_id")
        if by_number or by_id:
            return person
    return people[0] if len(people) == 1 else {}


def _edited(message: Json) -> Json:
    """What a message says; of one that corrects an earlier one, what it says now."""
    return mapping(mapping(message.get("edit")).get("message")) or message


type Content = tuple[str, str, tuple[InboundMedia, ...]]


def _text(message: Json) -> Content:
    return "text", text(mapping(message.get("text")).get("body")), ()


def _button(message: Json) -> Content:
    return "button", text(mapping(message.get("button")).get("text")), ()


def _interactive(message: Json) -> Content:
    """A choice that was offered, or a form that was filled in."""
    chosen = mapping(message.get("interactive"))
    reply = mapping(chosen.get(text(chosen.get("type"))))
    return "button", first_text(reply.get("title"), reply.get("body"), reply.get("name")), ()


def _file(message: Json) -> Content:
    kind = text(message.get("type"))
    file = mapping(message.get(kind))
    media = InboundMedia(
        reference=text(file.get("id")),
        content_type=text(file.get("mime_type")),
        file_name=text(file.get("filename")),
    )
    kind = _FILE_KINDS.get(kind, kind)
    return kind, text(file.get("caption")), (media,) if media.reference else ()


def _location(message: Json) -> Content:
    place = mapping(message.get("location"))
    at = f"{number(place.get('latitude')):.6f}, {number(place.get('longitude')):.6f}"
    named = [text(place.get(part)) for part in ("name", "address")]
    return "location", "\n".join(line for line in (*named, at) if line), ()


def _contacts(message: Json) -> Content:
    lines = (_contact(card) for card in mappings(message.get("contacts")))
    return "contacts", "\n".join(line for line in lines if line), ()


def _contact(card: Json) -> str:
    name = text(mapping(card.get("name")).get("formatted_name"))
    phones = (text(phone.get("phone")) for phone in mappings(card.get("phones")))
    return " · ".join(part for part in (name, *phones) if part)


def _reaction(message: Json) -> Content:
    """Without words where it was taken back."""
    return "reaction", text(mapping(message.get("reaction")).get("emoji")), ()


def _order(message: Json) -> Content:
    order = mapping(message.get("order"))
    lines = (_ordered(item) for item in mappings(order.get("product_items")))
    return "other", "\n".join(line for line in (text(order.get("text")), *lines) if line), ()


def _ordered(item: Json) -> str:
    price = f"{number(item.get('item_price')):g} {text(item.get('currency'))}"
    quantity = f"{number(item.get('quantity')):g}"
    return f"{quantity} × {text(item.get('product_retailer_id'))} · {price}"


def _other(message: Json) -> Content:
    return "other", "", ()


_FILE_KINDS = MappingProxyType({"voice": "audio"})
_KINDS: Mapping[str, Callable[[Json], Content]] = MappingProxyType(
    {
        "text": _text,
        "button": _button,
        "interactive": _interactive,
        **dict.fromkeys(("image", "video", "audio", "voice", "document", "sticker"), _file),
        "location": _location,
        "contacts": _contacts,
        "reaction": _reaction,
        "order": _order,
    }
)
