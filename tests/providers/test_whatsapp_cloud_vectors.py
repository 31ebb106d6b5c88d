"""Everything that was captured of Meta, each with what it has to mean to us.

A file of a kind that is not known here fails.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web

from providers.base import Accepted, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.callbacks import (
    AccountChange,
    Callback,
    Event,
    Inbound,
    NumberChange,
    Receipt,
    TemplateChange,
)
from providers.errors import ErrorKind
from providers.templates import TemplateUse
from providers.whatsapp_cloud import WhatsAppCloud
from providers.whatsapp_cloud_requests import Shown, message
from rules.message_states import Status, after_receipt
from rules.opt_out import Meaning, meaning
from tests.providers.outgoing import make_outgoing, send
from tests.providers.whatsapp_cloud_callbacks import NOW, SETTINGS, posted
from tests.providers.whatsapp_cloud_expected import EVENTS
from tests.shared_folder import Vector, vectors
from tests.stand_ins.base import StandIn, serving

type Json = Mapping[str, Any]

K = ErrorKind
#: By a vector's class, the kinds of error that it may be to us.
KINDS: Mapping[str, frozenset[ErrorKind]] = {
    "rate_limit": frozenset({K.RATE}),
    "rate_limit_account": frozenset({K.RATE}),
    "account": frozenset({K.ACCOUNT}),
    "account_auth": frozenset({K.ACCOUNT}),
    "uncertain": frozenset({K.UNCERTAIN}),
    "template_paused": frozenset({K.TEMPLATE}),
    "opt_out_marketing": frozenset({K.OPT_OUT}),
    "permanent_recipient": frozenset({K.PERMANENT_RECIPIENT}),
    "permanent_message": frozenset({K.PERMANENT_RECIPIENT}),
    "permanent_config": frozenset({K.CONFIGURATION}),
    "permanent": frozenset({K.CONTENT, K.PERMANENT_RECIPIENT}),
    "transient_media": frozenset({K.TRANSIENT}),
}


@pytest.mark.parametrize("vector", vectors("meta"))
def test_everything_meta_says_is_understood(vector: Vector) -> None:
    content = vector.content
    if "raw_body" in content:
        _check_signature(content)
    elif content["kind"] in _CHECKS:
        _CHECKS[content["kind"]](content)
    else:
        _check_events(vector)


# Signatures and the challenge


def _check_signature(content: Json) -> None:
    provider = WhatsAppCloud(SETTINGS | {"app_secret": content["app_secret"]})
    mark = {content["header"].lower(): content["expected"]}
    body = content["raw_body"].encode()
    assert provider.is_genuine(posted(body, mark), NOW)
    assert not provider.is_genuine(posted(body[:-1], mark), NOW)
    assert not WhatsAppCloud(SETTINGS | {"app_secret": "x"}).is_genuine(posted(body, mark), NOW)


def _check_challenge(content: Json) -> None:
    provider = WhatsAppCloud(SETTINGS)

    def answered(query: Mapping[str, str]) -> str | None:
        url = f"https://shop.example/webhooks/x?{urlencode(query)}"
        return provider.challenge(Callback(method="GET", url=url, headers={}, body=b""))

    assert answered(content["query"]) == content["expect"]["body"]
    assert [answered(query) for query in content["reject"]] == [None] * len(content["reject"])


# What we say, and what is answered


@dataclass
class Says(StandIn):
    """One answer to everything."""

    status: int = 200
    answer: object = None

    def routes(self) -> list[web.RouteDef]:
        async def say(_: web.Request) -> web.Response:
            return web.json_response(self.answer, status=self.status)

        return [web.route("*", "/{any:.*}", say)]


@contextmanager
def _answering(content: Json) -> Iterator[tuple[Says, WhatsAppCloud]]:
    with serving(Says(status=content["http_status"], answer=content["response"])) as says:
        yield says, WhatsAppCloud(SETTINGS | {"base_url": says.url})


def _check_response(content: Json) -> None:
    with _answering(content) as (_, provider):
        outcome = send(provider, make_outgoing(channel="whatsapp"))
    kinds = KINDS[content["class"]]
    assert outcome.code == str(content["response"]["error"]["code"])  # type: ignore[union-attr]
    assert _kinds_of(outcome) & kinds
    if isinstance(outcome, NotSent):
        assert outcome.holds_account


def _kinds_of(outcome: Outcome) -> frozenset[ErrorKind]:
    match outcome:
        case Refused():
            return frozenset({outcome.kind})
        case NotSent():
            return frozenset({K.RATE, K.TRANSIENT})
        case Uncertain():
            return frozenset({K.UNCERTAIN})
    return frozenset()


def _check_pair(content: Json) -> None:
    request = content["request"]
    outgoing, shown = _ours(request)
    if shown:  # the same message with a file that Meta can fetch
        assert _without_reference(message(outgoing, shown)) == request
    with _answering(content) as (says, provider):
        outcome = send(provider, outgoing)
    assert outcome == Accepted(provider_message_id=content["response"]["messages"][0]["id"])
    [said] = says.requests
    path = content["path"].format(phone_number_id=SETTINGS["phone_number_id"])
    assert (said.method, said.path) == (content["method"], path)
    if not shown:
        assert _without_reference(json.loads(said.body)) == request


def _check_request(content: Json) -> None:
    """Meta's own examples, as far as they are of a kind that we send."""
    request = dict(content["request"])
    request.pop("context", None)  # we answer nobody
    if request["type"] == "interactive":  # we offer no buttons of our own: a template has them
        return
    wanted = request | {"to": request["to"].removeprefix("+")}
    if request["type"] == "template":
        language = {"policy": "deterministic", **request["template"]["language"]}
        components = _fillable(request["template"]["components"])
        template = {**request["template"], "language": language, "components": components}
        wanted |= {"template": template}
    outgoing, shown = _ours(wanted)
    assert _without_reference(message(outgoing, shown)) == wanted


def _fillable(components: list[Any]) -> list[Any]:
    """Without currencies, dates and products: our values are text."""
    kept = [
        component | {"parameters": [p for p in component["parameters"] if p["type"] in _OURS]}
        for component in components
    ]
    return [component for component in kept if component["parameters"]]


_OURS = {"text", "payload", "image", "document", "video"}


def _ours(request: Json) -> tuple[Outgoing, Shown | None]:
    """The message that would be said so."""
    kind = request["type"]
    said = request[kind]
    outgoing = make_outgoing(channel="whatsapp", to=f"+{request['to']}", text="")
    if kind == "text":
        return _changed(outgoing, text=said["body"]), None
    if kind == "template":
        return _changed(outgoing, template=_use(said)), _header(said)
    place = {name: said[name] for name in ("id", "link") if name in said}
    shown = Shown(kind=kind, place=place, file_name=said.get("filename", ""))
    return _changed(outgoing, text=said.get("caption", "")), shown


def _changed(outgoing: Outgoing, **changes: Any) -> Outgoing:
    return make_outgoing(channel="whatsapp", to=outgoing.to, **({"text": ""} | changes))


def _use(said: Json) -> TemplateUse:
    values: dict[str, str] = {}
    for component in said["components"]:
        texts = [p for p in component["parameters"] if p["type"] in {"text", "payload"}]
        for number, parameter in enumerate(texts, start=1):
            if component["type"] == "button":
                name = "payload" if parameter["type"] == "payload" else number
                key = f"button.{component['index']}.{name}"
            else:
                key = f"{component['type']}.{number}"
            values[key] = parameter[parameter["type"]]
    code = said["language"]["code"]
    return TemplateUse(reference="9", name=said["name"], language=code, values=values)


def _header(said: Json) -> Shown | None:
    for component in said["components"]:
        for parameter in component["parameters"]:
            if component["type"] == "header" and parameter["type"] != "text":
                return Shown(kind=parameter["type"], place=parameter[parameter["type"]])
    return None


def _without_reference(body: Json) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "biz_opaque_callback_data"}


# Callbacks


def _read(payload: Json) -> list[Event]:
    """By the account that it is about."""
    entry = payload["entry"][0]
    metadata = entry["changes"][0]["value"].get("metadata", {})
    about = {"waba_id": entry["id"], "phone_number_id": metadata.get("phone_number_id", "1")}
    return list(WhatsAppCloud(SETTINGS | about).read(posted(payload), NOW))


def _check_status(content: Json) -> None:
    [receipt] = _read(content["payload"])
    assert isinstance(receipt, Receipt)
    told = content["payload"]["entry"][0]["changes"][0]["value"]["statuses"][0]
    assert receipt.reference == told.get("biz_opaque_callback_data", "")
    assert receipt.recipient == f"+{told['recipient_id']}"
    if "expect" in content:
        assert receipt.status == content["expect"]["status"]
    else:
        assert receipt.status is Status.FAILED
        assert receipt.kind in KINDS[content["class"]]
    if receipt.status is Status.FAILED:
        assert receipt.code == str(told["errors"][0]["code"])
        assert receipt.words


def _check_sequence(content: Json) -> None:
    state = Status.SENT
    for payload in content["payloads"]:
        [receipt] = _read(payload)
        assert isinstance(receipt, Receipt)
        assert receipt.reference == "01JTESTMSG"
        state = after_receipt(state, receipt.status)
    assert state == content["expect"].split()[0]


def _check_events(vector: Vector) -> None:
    content = vector.content
    events = _read(content["payload"])
    if "expect" in content:
        [event] = events
        assert isinstance(event, Inbound)
        assert event.text == content["text"]
        said = meaning(event.text)
        wanted = {"none": {Meaning.NOTHING, Meaning.NEAR_OPT_OUT}}
        assert said in wanted.get(content["expect"], {content["expect"]})
    else:
        assert [_summary(event) for event in events] == EVENTS[vector.name]


def _summary(event: Event) -> object:
    match event:
        case Inbound():
            file = event.media[0].reference if event.media else ""
            return event.kind, event.text, event.answers, file, event.keyword
        case NumberChange():
            return "number", event.old, event.new
        case TemplateChange():
            return event.name, event.language, event.state
        case AccountChange():
            return event.code, event.stops
    return event


_CHECKS: Mapping[str, Callable[[Json], None]] = {
    "GET": _check_challenge,
    "response": _check_response,
    "pair": _check_pair,
    "request": _check_request,
    "status": _check_status,
    "sequence": _check_sequence,
}
