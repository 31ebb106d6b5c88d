"""What a value has against an OpenAPI schema: as much of JSON Schema as providers' specs use.

    assert problems(body, schema, spec) == []

A schema's `discriminator` is followed, which plain JSON Schema does not do.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

type Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_KNOWN = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "not", "type", "nullable", "enum", "required"}
    | {"properties", "additionalProperties", "items", "minItems", "maxItems", "minLength"}
    | {"maxLength", "pattern", "minimum", "maximum", "discriminator"}
    # What says nothing about whether a value is right, or what we leave alone.
    | {"description", "example", "examples", "title", "format", "default", "deprecated"}
)


def problems(value: object, schema: Schema, spec: Schema) -> list[str]:
    """`spec` is the whole document, for its $refs.

    Raises NotImplementedError for keywords that it does not know.
    """
    return list(_Walk(spec).problems(value, schema, "$"))


class _Walk:
    def __init__(self, spec: Schema) -> None:
        self._spec = spec
        #: Discriminators point back to the schemas that contain them.
        self._following: set[tuple[int, int]] = set()

    def problems(self, value: object, schema: Schema, at: str) -> Iterator[str]:
        if unknown := {key for key in schema if not key.startswith("x-")} - _KNOWN:
            raise NotImplementedError(f"{at}: {sorted(unknown)}")
        if "$ref" in schema:
            yield from self.problems(value, self._resolved(schema["$ref"]), at)
        yield from self._combined(value, schema, at)
        if value is None and schema.get("nullable"):
            return
        yield from _plain(value, schema, at)
        if isinstance(value, dict):
            yield from self._of_object(value, schema, at)
            yield from self._discriminated(value, schema, at)
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                yield from self.problems(item, schema["items"], f"{at}[{index}]")

    def _resolved(self, ref: str) -> Schema:
        found: Any = self._spec
        for part in ref.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema: Schema = found
        return schema

    def _combined(self, value: object, schema: Schema, at: str) -> Iterator[str]:
        for one in schema.get("allOf", []):
            yield from self.problems(value, one, at)
        for name, right in (("oneOf", {1}), ("anyOf", None)):
            if name not in schema:
                continue
            found = [list(self.problems(value, one, at)) for one in schema[name]]
            fitting = found.count([])
            if not (fitting in right if right else fitting):
                nearest = min(found, key=len)
                yield f"{at}: fits {fitting} of {name} {nearest}"
        if "not" in schema and not list(self.problems(value, schema["not"], at)):
            yield f"{at}: is what it must not be"

    def _of_object(self, value: dict[str, Any], schema: Schema, at: str) -> Iterator[str]:
        known = schema.get("properties", {})
        yield from (
            f"{at}: lacks {name}" for name in schema.get("required", []) if name not in value
        )
        others = schema.get("additionalProperties", True)
        for name, item in value.items():
            if name in known:
                yield from self.problems(item, known[name], f"{at}.{name}")
            elif others is False:
                yield f"{at}: has {name}"
            elif isinstance(others, dict):
                yield from self.problems(item, others, f"{at}.{name}")

    def _discriminated(self, value: dict[str, Any], schema: Schema, at: str) -> Iterator[str]:
        told = schema.get("discriminator", {})
        ref = told.get("mapping", {}).get(value.get(told.get("propertyName", "")))
        step = (id(schema), id(value))
        if ref is None or step in self._following:
            return
        self._following.add(step)
        yield from self.problems(value, self._resolved(ref), at)
        self._following.discard(step)


def _plain(value: object, schema: Schema, at: str) -> Iterator[str]:
    told = schema.get("type", [])
    names = [told] if isinstance(told, str) else told
    if names and not any(_is(value, name) for name in names):
        yield f"{at}: {value!r} is no {names}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        yield from _limits(len(value), schema, "Length", at)
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{at}: {value!r} is not like {schema['pattern']}"
    if isinstance(value, list):
        yield from _limits(len(value), schema, "Items", at)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _limits(value, schema, "imum", at)


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _limits(size: float, schema: Schema, what: str, at: str) -> Iterator[str]:
    if size < schema.get(f"min{what}", size) or size > schema.get(f"max{what}", size):
        yield f"{at}: {what} {size} is outside the limits"
