"""Checking a form that we sent against a provider's own OpenAPI schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def complaints(form: Mapping[str, str], schema: Mapping[str, Any]) -> list[str]:
    """What is wrong with it, in words; an array is a field given once."""
    missing = [name for name in schema.get("required", ()) if name not in form]
    return [f"{name} is missing" for name in missing] + [
        f"{name}={value!r}: {what}"
        for name, value in form.items()
        for what in _wrong(value, schema["properties"].get(name))
    ]


def _wrong(value: str, schema: Mapping[str, Any] | None) -> Iterator[str]:
    if schema is None:
        yield "no such parameter"
        return
    if "pattern" in schema and not re.fullmatch(schema["pattern"].strip("^$"), value):
        yield f"not {schema['pattern']}"
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6):
        yield f"{len(value)} characters"
    if "enum" in schema and value not in schema["enum"]:
        yield f"not one of {schema['enum']}"
    if schema.get("type") == "boolean" and value not in {"true", "false"}:
        yield "not true or false"
    if schema.get("type") == "integer" and not (
        value.isdigit() and schema.get("minimum", 0) <= int(value) <= schema.get("maximum", 10**12)
    ):
        yield "not such a number"
