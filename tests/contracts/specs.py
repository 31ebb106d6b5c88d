"""What a recorded request has against the provider's own OpenAPI document, 2 or 3.

    spec = load("twilio/trimmed_messages_v2010.json")
    assert complaints(request, spec) == []

Parameters and fields that the document does not know are complained about, though JSON Schema would
let them pass: a provider leaves out in silence what it does not know.
"""

import email.parser
import email.policy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.openapi import Schema, problems
from tests.shared_folder import SHARED
from tests.stand_ins.base import Request

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Operation:
    parameters: tuple[Schema, ...]
    body: Mapping[str, Schema]  # by content type


def load(name: str) -> Schema:
    text = (SHARED / "specs" / name).read_text(encoding="utf-8")
    spec: Schema = yaml.safe_load(text) if name.endswith(".yml") else json.loads(text)
    return spec


def complaints(request: Request, spec: Schema) -> list[str]:
    """Of the paths that fit ("/{version}/{id}" may be many things), about the nearest one."""
    about = [
        [*_about_query(request, one, spec), *_about_body(request, one, spec)]
        for one in _operations(request, spec)
    ]
    nowhere = [f"{request.method} {request.path} is in no path of the document"]
    return min(about, key=len, default=nowhere)


def server_path(spec: Schema) -> str:
    """What stands before each of the document's paths."""
    return urlsplit(spec.get("servers", [{"url": ""}])[0]["url"]).path.rstrip("/")


def _operations(request: Request, spec: Schema) -> Iterator[Operation]:
    prefix = server_path(spec)
    for template, path in spec["paths"].items():
        if _fits(prefix + template, request.path) and request.method.lower() in path:
            yield _operation(path, path[request.method.lower()], spec)


def _fits(template: str, path: str) -> bool:
    parts = re.split(r"\{[^}]*\}", template)
    return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


def _operation(path: Schema, operation: Schema, spec: Schema) -> Operation:
    told = [*path.get("parameters", []), *operation.get("parameters", [])]
    parameters = tuple(_resolved(one, spec) for one in told)
    content = _resolved(operation.get("requestBody", {}), spec).get("content", {})
    body = {name: one["schema"] for name, one in content.items()}
    if of_body := [one["schema"] for one in parameters if one["in"] == "body"]:
        body["application/json"] = of_body[0]
    return Operation(parameters=parameters, body=body)


def _resolved(value: Schema, spec: Schema) -> Schema:
    while "$ref" in value:
        found: Any = spec
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _about_query(request: Request, operation: Operation, spec: Schema) -> Iterator[str]:
    known = {one["name"]: one for one in operation.parameters if one["in"] == "query"}
    for name, one in known.items():
        if one.get("required") and name not in request.query:
            yield f"?{name} is missing"
    for name, value in request.query.items():
        if name not in known:
            yield f"?{name} is not in the document"
            continue
        schema = known[name].get("schema", known[name])
        kept = {key: schema[key] for key in schema if key not in {"in", "name", "required"}}
        yield from problems(_coerced(value, schema, spec), kept, spec)


def _about_body(request: Request, operation: Operation, spec: Schema) -> Iterator[str]:
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if not request.body and not operation.body:
        return
    if content_type not in operation.body:
        yield f"{content_type or 'no body'} is none of {sorted(operation.body)}"
        return
    schema = operation.body[content_type]
    known = _known(schema, spec)
    body = _body(request, content_type)
    if content_type != "application/json":
        body = {name: _coerced(body[name], known.get(name, {}), spec) for name in body}
    yield from (f"{name} is not in the document" for name in body if name not in known)
    yield from problems(body, schema, spec)


def _body(request: Request, content_type: str) -> dict[str, Any]:
    if content_type == "application/json":
        value: dict[str, Any] = json.loads(request.body)
        return value
    if content_type == _FORM:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_content()
        if part.get_content_maintype() == "text"
        else "bytes"
        for part in parts.iter_parts()
    }


def _known(schema: Schema, spec: Schema) -> Mapping[str, Schema]:
    """The fields that any of its parts tell of."""
    schema = _resolved(schema, spec)
    found = dict(schema.get("properties", {}))
    discriminated = [{"$ref": ref} for ref in _mapping(schema).values()]
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        found |= _known(part, spec)
    for part in discriminated:
        found |= _resolved(part, spec).get("properties", {})
    return found


def _mapping(schema: Schema) -> Mapping[str, str]:
    mapping: Mapping[str, str] = schema.get("discriminator", {}).get("mapping", {})
    return mapping


def _coerced(value: str, schema: Schema, spec: Schema) -> object:
    """A form's text as what its schema means by it."""
    schema = _resolved(schema, spec)
    match schema.get("type"):
        case "integer" if value.lstrip("-").isdigit():
            return int(value)
        case "boolean" if value in {"true", "false"}:
            return value == "true"
        case "array":
            return [value]
    return value
