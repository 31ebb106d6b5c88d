"""What we say to Meta: the body of a message, and which kind of message a file becomes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.base import Outgoing, Refused
from providers.errors import ErrorKind
from providers.templates import TemplateUse

#: By content type, what it is sent as and how large it may be; all else is a document.
MEDIA_KINDS: Mapping[str, tuple[str, int]] = {
    "image/jpeg": ("image", 5 * 1024 * 1024),
    "image/png": ("image", 5 * 1024 * 1024),
    "video/mp4": ("video", 16 * 1024 * 1024),
    "video/3gpp": ("video", 16 * 1024 * 1024),
}
LARGEST_DOCUMENT = 100 * 1024 * 1024
#: Characters of a text by itself, and of one beneath a file.
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024

#: A person's name at WhatsApp for this business alone, "US.13491208655302741918".
_BUSINESS_SCOPED_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
#: A slot's key: "body.1", "header.first_name", "button.0.1".
_BUTTON_KEY = re.compile(r"button\.([0-9])\.(.+)")
#: By the last part of a button's key, its sub_type and how its parameter is called.
_BUTTON_PARAMETERS = {
    "payload": ("quick_reply", "payload"),
    "coupon_code": ("copy_code", "coupon_code"),
}


def media_kind(content_type: str, size: int) -> str:
    """A picture that is too large for one goes as a document, unreduced."""
    kind, largest = MEDIA_KINDS.get(content_type, ("document", LARGEST_DOCUMENT))
    return kind if size <= largest else "document"


def refused(outgoing: Outgoing) -> Refused | None:
    """What Meta would not take; a template's words it has measured itself."""
    longest = LONGEST_CAPTION if outgoing.attachment else LONGEST_TEXT
    if outgoing.template or len(outgoing.text) <= longest:
        return None
    where = "beneath a file" if outgoing.attachment else "of text"
    reason = f"longer than {longest} characters {where}"
    return Refused(code="", reason=reason, kind=ErrorKind.CONTENT)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A file in a message: `place` is {"id": …} or {"link": …}."""

    kind: str
    place: Mapping[str, str]
    file_name: str = ""

    @property
    def fields(self) -> dict[str, str]:
        named = self.kind == "document" and self.file_name
        return {**self.place, **({"filename": self.file_name} if named else {})}


def message(outgoing: Outgoing, shown: Shown | None = None) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(outgoing.to),
        "biz_opaque_callback_data": outgoing.attempt_id,
        **_content(outgoing, shown),
    }


def _recipient(to: str) -> dict[str, str]:
    if _BUSINESS_SCOPED_ID.fullmatch(to):
        return {"recipient": to}
    return {"to": to.removeprefix("+")}


def _content(outgoing: Outgoing, shown: Shown | None) -> dict[str, Any]:
    if outgoing.template:
        return {"type": "template", "template": _template(outgoing.template, shown)}
    if shown:
        caption = {"caption": outgoing.text} if outgoing.text else {}
        return {"type": shown.kind, shown.kind: {**shown.fields, **caption}}
    has_link = "https://" in outgoing.text or "http://" in outgoing.text
    return {"type": "text", "text": {"body": outgoing.text, "preview_url": has_link}}


def _template(use: TemplateUse, shown: Shown | None) -> dict[str, Any]:
    picture = [{"type": shown.kind, shown.kind: shown.fields}] if shown else None
    parts = [
        ("header", picture or _texts(use.values, "header")),
        ("body", _texts(use.values, "body")),
    ]
    components = [{"type": part, "parameters": filled} for part, filled in parts if filled]
    return {
        "name": use.name,
        "language": {"policy": "deterministic", "code": use.language},
        "components": [*components, *_buttons(use.values)],
    }


def _texts(values: Mapping[str, str], part: str) -> list[dict[str, str]]:
    """Numbered places in the order of their numbers, named ones with their names."""
    names = {
        key.removeprefix(f"{part}."): value
        for key, value in values.items()
        if key.startswith(f"{part}.")
    }
    return [
        {"type": "text", **({} if name.isdecimal() else {"parameter_name": name}), "text": value}
        for name, value in sorted(names.items(), key=lambda item: _number(item[0]))
    ]


def _number(name: str) -> int:
    return int(name) if name.isdecimal() else 0


def _buttons(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        _button(index=found[1], name=found[2], value=values[key])
        for key in sorted(values)
        if (found := _BUTTON_KEY.fullmatch(key))
    ]


def _button(*, index: str, name: str, value: str) -> dict[str, Any]:
    sub_type, parameter = _BUTTON_PARAMETERS.get(name, ("url", "text"))
    return {
        "type": "button",
        "sub_type": sub_type,
        "index": index,
        "parameters": [{"type": parameter, parameter: value}],
    }
