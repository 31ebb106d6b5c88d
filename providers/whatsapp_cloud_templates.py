"""Reading Meta's list of message templates.

https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates (2026-11)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from providers.base import NotSent, Uncertain
from providers.errors import LookupFailedError
from providers.http import Answer, Http
from providers.templates import Slot, Template, TemplateState
from providers.untrusted import first_text, mapping, mappings, text
from providers.whatsapp_cloud_errors import error_of

FIELDS = "id,name,language,category,status,components,rejected_reason,parameter_format"
A_PAGE = 100
#: An account has 6,000 at most.
MOST_PAGES = 100

STATES: Mapping[str, TemplateState] = MappingProxyType(
    {
        "APPROVED": TemplateState.APPROVED,
        "REINSTATED": TemplateState.APPROVED,
        "UNARCHIVED": TemplateState.APPROVED,
        "PENDING": TemplateState.PENDING,
        "IN_APPEAL": TemplateState.PENDING,
        "REJECTED": TemplateState.REJECTED,
        "PAUSED": TemplateState.PAUSED,
        "LIMIT_EXCEEDED": TemplateState.DISABLED,
        "DISABLED": TemplateState.DISABLED,
        "ARCHIVED": TemplateState.DISABLED,
        "PENDING_DELETION": TemplateState.DELETED,
        "DELETED": TemplateState.DELETED,
    }
)
#: Components and buttons that need what we have no place for.
_UNFILLABLE = ("CAROUSEL", "LIMITED_TIME_OFFER", "CATALOG", "MPM", "SPM", "ORDER_DETAILS")
_MARK = re.compile(r"\{\{\s*(\w+)\s*\}\}")


async def read_templates(http: Http, path: str) -> list[Template]:
    """Every page of the list; the next one's address is made here, never taken from the answer.

    Raises LookupFailedError.
    """
    found: list[Template] = []
    params = {"fields": FIELDS, "limit": str(A_PAGE)}
    for _ in range(MOST_PAGES):
        listed, after = _page(await http.request("GET", path, params=params))
        found += [template for one in listed if (template := read_template(one))]
        if not listed or not after or after == params.get("after"):
            return found
        params = {**params, "after": after}
    raise LookupFailedError("the list of templates has no end")


def _page(answer: Answer | NotSent | Uncertain) -> tuple[Sequence[Mapping[str, Any]], str]:
    """What is on it, and the cursor behind it, "" on the last."""
    if not isinstance(answer, Answer):
        raise LookupFailedError(answer.why)
    page = mapping(answer.json)
    if answer.status != 200 or not isinstance(page.get("data"), list):
        raise LookupFailedError(error_of(answer).words)
    cursors = mapping(mapping(page.get("paging")).get("cursors"))
    return mappings(page["data"]), text(cursors.get("after"))


def read_template(listed: Mapping[str, Any]) -> Template | None:
    """None for what has no name: nothing could be sent with it."""
    parts = {text(one.get("type")).upper(): one for one in mappings(listed.get("components"))}
    header, body = parts.get("HEADER", {}), parts.get("BODY", {})
    buttons = mappings(parts.get("BUTTONS", {}).get("buttons"))
    name, language = text(listed.get("name")), text(listed.get("language"))
    if not name or not language:
        return None
    return Template(
        reference=text(listed.get("id")),
        name=name,
        language=language,
        category=text(listed.get("category")).lower(),
        state=STATES.get(text(listed.get("status")).upper(), TemplateState.UNKNOWN),
        body=text(body.get("text")),
        header=text(header.get("text")),
        header_format=_header_format(header, parts, buttons),
        footer=text(parts.get("FOOTER", {}).get("text")),
        buttons=tuple(text(one.get("text")) for one in buttons),
        slots=(*_slots(header, "header"), *_slots(body, "body"), *_button_slots(buttons)),
        rejected_because=reason(listed.get("rejected_reason")),
    )


def reason(*values: object) -> str:
    """The first that is one; Meta says NONE where there is none."""
    return first_text(*(value for value in values if value != "NONE"))


def _header_format(
    header: Mapping[str, Any],
    parts: Mapping[str, Mapping[str, Any]],
    buttons: Sequence[Mapping[str, Any]],
) -> str:
    """A part that we cannot fill counts as such a header: the template is of no use to us."""
    kinds = {*parts, *(text(button.get("type")).upper() for button in buttons)}
    unfillable = next((kind for kind in _UNFILLABLE if kind in kinds), "")
    return (unfillable or text(header.get("format"))).lower()


def _slots(part: Mapping[str, Any], kind: str) -> Iterator[Slot]:
    """In the order of the text; a place that stands there twice is one."""
    examples = _examples(mapping(part.get("example")), kind)
    marks: dict[str, str] = {}
    for found in _MARK.finditer(text(part.get("text"))):
        marks.setdefault(found[1], found[0])
    for name, mark in marks.items():
        yield Slot(key=f"{kind}.{name}", mark=mark, part=kind, example=examples.get(name, ""))


def _examples(example: Mapping[str, Any], kind: str) -> dict[str, str]:
    """By the name in the mark. Meta nests a body's once more than a header's."""
    named = mappings(example.get(f"{kind}_text_named_params"))
    if named:
        return {text(one.get("param_name")): text(one.get("example")) for one in named}
    listed = example.get(f"{kind}_text")
    row = listed if isinstance(listed, list) else []
    values = row[0] if row and isinstance(row[0], list) else row
    return {str(number): text(value) for number, value in enumerate(values, start=1)}


def _button_slots(buttons: Sequence[Mapping[str, Any]]) -> Iterator[Slot]:
    """An address that ends in a place to fill in, or a code to copy."""
    for index, button in enumerate(buttons):
        listed = button.get("example")
        examples = listed if isinstance(listed, list) else [listed]
        example = first_text(*examples)
        if text(button.get("type")).upper() == "COPY_CODE":
            key, mark = f"button.{index}.coupon_code", text(button.get("text"))
            yield Slot(key=key, mark=mark, part="button", example=example)
        elif found := _MARK.search(text(button.get("url"))):
            prefix = text(button.get("url"))[: found.start()]
            yield Slot(
                key=f"button.{index}.{found[1]}",
                mark=found[0],
                part="button",
                example=example.removeprefix(prefix),
            )
