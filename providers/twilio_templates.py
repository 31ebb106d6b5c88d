"""Twilio's content templates, as /v1/ContentAndApprovals lists them.

One template may be written for several channels; read is the one that WhatsApp would show. Its
places to fill in are shared by all its parts: the key of a slot is the name of the variable, "1".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from yarl import URL

from providers import untrusted
from providers.base import NotSent, Uncertain
from providers.errors import LookupFailedError
from providers.http import Answer, Http
from providers.templates import Slot, Template, TemplateState
from providers.twilio_account import Account

MOST_PAGES = 100

#: Twilio's statuses are those of WhatsApp, and a few of its own.
_STATES: Mapping[str, TemplateState] = MappingProxyType(
    {
        "approved": TemplateState.APPROVED,
        "pending": TemplateState.PENDING,
        "received": TemplateState.PENDING,
        "in_appeal": TemplateState.PENDING,
        "rejected": TemplateState.REJECTED,
        "paused": TemplateState.PAUSED,
        "disabled": TemplateState.DISABLED,
        # Never handed in for approval: nobody but its owner can change that.
        "unsubmitted": TemplateState.DISABLED,
        "deleted": TemplateState.DELETED,
    }
)
_BEST_FIRST = (
    "whatsapp/card",
    "twilio/card",
    "twilio/media",
    "twilio/call-to-action",
    "twilio/quick-reply",
    "twilio/list-picker",
    "twilio/text",
)
_MARK = re.compile(r"{{\s*([^{}\s]+)\s*}}")


async def templates(http: Http, account: Account) -> list[Template]:
    """All of the account's. Raises LookupFailedError."""
    found: list[Template] = []
    path = "/v1/ContentAndApprovals?PageSize=100"
    for _ in range(MOST_PAGES):
        page = _page(await http.request("GET", account.content_base_url + path, trusted=True))
        found += read(page)
        path = _next_path(page)
        if not path:
            return found
    raise LookupFailedError("the list of templates has no end")


def read(page: Mapping[str, Any]) -> list[Template]:
    """The templates of one page."""
    return [_template(one) for one in untrusted.mappings(page.get("contents")) if one.get("sid")]


def _page(answer: Answer | NotSent | Uncertain) -> Mapping[str, Any]:
    """Raises LookupFailedError: a list that could not be read is not a list of nothing."""
    if not isinstance(answer, Answer):
        raise LookupFailedError(answer.why)
    page = untrusted.mapping(answer.json)
    if answer.status != 200 or not isinstance(page.get("contents"), list):
        raise LookupFailedError(f"HTTP {answer.status}, and no list of templates")
    return page


def _next_path(page: Mapping[str, Any]) -> str:
    """Only its path and query: the account's key goes to no other server that a page names."""
    following = untrusted.text(untrusted.mapping(page.get("meta")).get("next_page_url"))
    try:
        return URL(following).raw_path_qs if following else ""
    except ValueError as error:
        raise LookupFailedError("the next page has no address") from error


def _template(content: Mapping[str, Any]) -> Template:
    shown = _shown(untrusted.mapping(content.get("types")))
    approval = untrusted.mapping(content.get("approval_requests"))
    reference = untrusted.text(content["sid"])
    header = untrusted.first_text(shown.get("header_text"), shown.get("title"))
    return Template(
        reference=reference,
        name=untrusted.first_text(content.get("friendly_name"), reference),
        language=untrusted.text(content.get("language")),
        category=untrusted.text(approval.get("category")).lower(),
        state=_state(untrusted.text(approval.get("status"))),
        body=untrusted.text(shown.get("body")),
        header=header,
        header_format="text" if header else "",
        footer=_footer(shown),
        buttons=tuple(untrusted.text(action.get("title")) for action in _actions(shown)),
        slots=_slots(_parts(shown, header), untrusted.mapping(content.get("variables"))),
        rejected_because=untrusted.text(approval.get("rejection_reason")),
    )


def _state(word: str) -> TemplateState:
    return _STATES.get(word.lower() or "unsubmitted", TemplateState.UNKNOWN)


def _shown(written: Mapping[str, Any]) -> Mapping[str, Any]:
    names = [name for name in (*_BEST_FIRST, *written) if isinstance(written.get(name), dict)]
    return untrusted.mapping(written[names[0]]) if names else {}


def _footer(shown: Mapping[str, Any]) -> str:
    return untrusted.first_text(shown.get("footer"), shown.get("subtitle"))


def _actions(shown: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return untrusted.mappings(shown.get("actions"))


def _slots(parts: Iterable[tuple[str, str]], examples: Mapping[str, Any]) -> tuple[Slot, ...]:
    """Each variable once, where it stands first."""
    found: dict[str, Slot] = {}
    for part, text in parts:
        for match in _MARK.finditer(text):
            key, mark = match[1], match[0]
            example = untrusted.text(examples.get(key))
            found.setdefault(key, Slot(key=key, mark=mark, part=part, example=example))
    return tuple(found.values())


def _parts(shown: Mapping[str, Any], header: str) -> Iterator[tuple[str, str]]:
    """Every text of the template that may hold a variable, and the part it is in."""
    yield "header", header
    yield from (("header", untrusted.text(url)) for url in _listed(shown.get("media")))
    yield "body", untrusted.text(shown.get("body"))
    yield "body", _footer(shown)
    for action in _actions(shown):
        yield "button", untrusted.text(action.get("title"))
        yield "button", untrusted.text(action.get("url"))


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]
