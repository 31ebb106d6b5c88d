"""What Meta would say of a message's body: the code and words of its refusal, or nothing.

Stricter where Meta is lenient: a field it does not know is refused, and a number is digits only.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

type Complaint = tuple[int, str]

_COMMON = {
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
}
_MEDIA = {"image", "document", "video"}
_MARK = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def complaint_about(
    body: Mapping[str, Any], *, templates: Sequence[Mapping[str, Any]], media: Mapping[str, Any]
) -> Complaint | None:
    kind = body.get("type")
    if body.get("messaging_product") != "whatsapp":
        return 100, "(#100) The parameter messaging_product is required."
    if kind not in {"text", "template", *_MEDIA} or set(body) - _COMMON - {kind}:
        return 100, f"(#100) Unexpected key or type: {kind} {sorted(body)}"
    if not isinstance(body.get(kind), dict):
        return 131008, f"(#131008) Required parameter is missing: {kind}"
    return _recipient(body) or _CHECKS[kind](body[kind], templates, media)


def words_of(body: Mapping[str, Any], templates: Sequence[Mapping[str, Any]]) -> str:
    """What the recipient reads."""
    part = body[body["type"]]
    if body["type"] == "text":
        return str(part["body"])
    if body["type"] != "template":
        return str(part.get("caption", ""))
    template = _template(part, templates)
    values = _values(part, "body")
    text = _text(template, "BODY")
    return _MARK.sub(lambda found: values[found[1]], text)


def _recipient(body: Mapping[str, Any]) -> Complaint | None:
    to, recipient = body.get("to"), body.get("recipient")
    if (to is None) == (recipient is None):
        return 131008, "(#131008) Exactly one of to and recipient is required."
    if to is not None and not re.fullmatch(r"[1-9][0-9]{3,14}", str(to)):
        return 131009, f"(#131009) Parameter value is not valid: to {to}"
    if len(body.get("biz_opaque_callback_data", "")) > 512:
        return 100, "(#100) biz_opaque_callback_data is too long"
    return None


def _about_text(part: Mapping[str, Any], *_: Any) -> Complaint | None:
    if set(part) - {"body", "preview_url"} or not isinstance(part.get("preview_url", False), bool):
        return 100, "(#100) Unexpected key in text"
    if not 1 <= len(part.get("body", "")) <= 4096:
        return 100, "(#100) Param text['body'] must be 1 to 4096 characters."
    return None


def _about_media(kind: str) -> Any:
    def check(part: Mapping[str, Any], _: Any, media: Mapping[str, Any]) -> Complaint | None:
        allowed = {"id", "link", "caption"} | ({"filename"} if kind == "document" else set())
        if set(part) - allowed or ("id" in part) == ("link" in part):
            return 100, f"(#100) Unexpected keys in {kind}: {sorted(part)}"
        if "id" in part and part["id"] not in media:
            return 131009, "(#131009) Media id is not valid"
        if "link" in part and not part["link"].startswith(("https://", "http://")):
            return 131009, "(#131009) Link is not valid"
        if len(part.get("caption", "")) > 1024:
            return 100, f"(#100) Param {kind}['caption'] must be at most 1024 characters long."
        return None

    return check


def _about_template(
    part: Mapping[str, Any], templates: Sequence[Mapping[str, Any]], media: Mapping[str, Any]
) -> Complaint | None:
    template = _template(part, templates)
    if not template or set(part) - {"name", "language", "components"}:
        return 132001, "(#132001) Template name does not exist in the translation"
    if template["status"] in {"PAUSED", "DISABLED"}:
        return (132015 if template["status"] == "PAUSED" else 132016), "(#13201x) Template is off"
    if template["status"] != "APPROVED":
        return 132001, "(#132001) Template is not approved"
    return (
        _about_values(part, template, "body")
        or _about_header(part, template, media)
        or _about_buttons(part, template)
    )


def _about_values(
    part: Mapping[str, Any], template: Mapping[str, Any], kind: str
) -> Complaint | None:
    wanted = set(_MARK.findall(_text(template, kind.upper())))
    given = _values(part, kind)
    if set(given) != wanted:
        return 132000, "(#132000) Number of parameters does not match the expected number of params"
    for value in given.values():
        if not value.strip() or re.search(r"[\n\t]| {5}", value):
            return 132018, "(#132018) Param text cannot have new-line/tab characters"
    return None


def _about_header(
    part: Mapping[str, Any], template: Mapping[str, Any], media: Mapping[str, Any]
) -> Complaint | None:
    header = _component(template, "HEADER")
    wanted = str(header.get("format", "TEXT")).lower()
    if wanted == "text":
        return _about_values(part, template, "header")
    given = [p for c in _sent(part, "header") for p in c["parameters"]]
    if [p["type"] for p in given] != [wanted]:
        return 132012, "(#132012) Parameter format does not match format in the created template"
    complaint: Complaint | None = _about_media(wanted)(given[0][wanted], None, media)
    return complaint


def _about_buttons(part: Mapping[str, Any], template: Mapping[str, Any]) -> Complaint | None:
    buttons = _component(template, "BUTTONS").get("buttons", [])
    wanted = {str(i) for i, button in enumerate(buttons) if "{{" in button.get("url", "")}
    given = {c["index"] for c in _sent(part, "button") if c["sub_type"] == "url"}
    if given != wanted:
        return 131008, "(#131008) Button parameter is missing"
    return None


def _template(part: Mapping[str, Any], templates: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    wanted = part["name"], part["language"]["code"]
    alike = (one for one in templates if (one["name"], one["language"]) == wanted)
    return next(alike, {})


def _component(template: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next((one for one in template.get("components", []) if one["type"] == kind), {})


def _text(template: Mapping[str, Any], kind: str) -> str:
    return str(_component(template, kind).get("text", ""))


def _sent(part: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [one for one in part.get("components", []) if one["type"] == kind]


def _values(part: Mapping[str, Any], kind: str) -> dict[str, str]:
    given = [p for c in _sent(part, kind) for p in c["parameters"] if p["type"] == "text"]
    return {p.get("parameter_name", str(i)): p["text"] for i, p in enumerate(given, start=1)}


_CHECKS: Mapping[str, Any] = {
    "text": _about_text,
    "template": _about_template,
    **{kind: _about_media(kind) for kind in _MEDIA},
}
