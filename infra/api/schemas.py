"""JSON Schemas of the declared types, by name."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import msgspec

from shared.http.members import Body, Field, Query, fields_of

REFERENCE = "#/components/schemas/{name}"
EMPTY_IS_ABSENT = {"allowEmptyValue": True}
"""The host leaves out query parameters without a value."""


def schemas_of(types: Iterable[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """The schema of each type, and the components that they refer to."""
    wanted = list(dict.fromkeys(_with_items(types)))
    schemas, components = msgspec.json.schema_components(wanted, ref_template=REFERENCE)
    for shape in wanted:
        if isinstance(shape, type) and issubclass(shape, Body):
            components[shape.__name__] = _together(_as_read(components[shape.__name__], shape), shape)
    return dict(zip(wanted, schemas, strict=True)), dict(sorted(components.items()))


def _with_items(types: Iterable[Any]) -> Iterator[Any]:
    for shape in types:
        yield shape
        if isinstance(shape, type) and issubclass(shape, Body):
            yield from (field.items for field in fields_of(shape).values() if field.items is not None)


def parameters_of(query: type[Query]) -> list[dict[str, Any]]:
    """The parameters of a query, as OpenAPI has them."""
    (_, components) = msgspec.json.schema_components([query], ref_template=REFERENCE)
    properties = components[query.__name__]["properties"]
    return [
        _parameter(name, properties[name], components, required=field.required)
        for name, field in fields_of(query).items()
    ]


def _parameter(
    name: str, schema: dict[str, Any], components: dict[str, Any], *, required: bool
) -> dict[str, Any]:
    schema = _without_null(schema)
    told = schema.pop("description", None)
    if "$ref" in schema:  # a closed set of words; said in place
        words = components[schema.pop("$ref").rpartition("/")[2]]
        schema = {"type": "string", "enum": words["enum"], **schema}
    return {
        "name": name,
        "in": "query",
        "required": required,
        **({} if required else EMPTY_IS_ABSENT),
        **({"description": told} if told else {}),
        "schema": schema,
    }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not."""
    schema = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    match schema:
        case {"anyOf": [only, {"type": "null"}], **others}:
            return {**others, **only}
        case _:
            return schema


def _as_read(schema: dict[str, Any], shape: type[Body]) -> dict[str, Any]:
    """As `read_members` reads it: no other members, null as absent, and what excludes each other."""
    properties = {
        name: _member(member, fields_of(shape)[name]) for name, member in schema["properties"].items()
    }
    read = schema | {"properties": properties} | ({"additionalProperties": False} if shape.closed else {})
    pairs = [pair for names in shape.exclusive for pair in combinations(names, 2)]
    if not pairs:
        return read
    return read | {"allOf": [{"not": _both(*pair)} for pair in pairs]}


def _together(schema: dict[str, Any], shape: type[Body]) -> dict[str, Any]:
    if not shape.together:
        return schema
    return schema | {"allOf": [*schema.get("allOf", ()), *shape.together]}


def _member(schema: dict[str, Any], field: Field) -> dict[str, Any]:
    if field.items is not None:
        schema = schema | {"items": {"$ref": REFERENCE.format(name=field.items.__name__)}}
    return schema if field.required else _or_null(schema)


def _both(one: str, other: str) -> dict[str, Any]:
    given = {"not": {"type": "null"}}
    return {"required": [one, other], "properties": {one: given, other: given}}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    aside = {name: value for name, value in schema.items() if name in {"description", "default", "examples"}}
    inner = {name: value for name, value in schema.items() if name not in aside}
    return {"anyOf": [inner, {"type": "null"}], **aside}
