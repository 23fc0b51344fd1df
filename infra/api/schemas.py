"""JSON Schemas of the declared types, by name."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import msgspec

from shared.http.members import Body, Query, fields_of

REFERENCE = "#/components/schemas/{name}"


def schemas_of(types: Iterable[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """The schema of each type, and the components that they refer to."""
    wanted = list(types)
    schemas, components = msgspec.json.schema_components(wanted, ref_template=REFERENCE)
    for shape in wanted:
        if isinstance(shape, type) and issubclass(shape, Body):
            components[shape.__name__] = _as_read(components[shape.__name__], shape)
    return dict(zip(wanted, schemas, strict=True)), dict(sorted(components.items()))


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
        name: member if fields_of(shape)[name].required else _or_null(member)
        for name, member in schema["properties"].items()
    }
    closed = schema | {"properties": properties, "additionalProperties": False}
    pairs = [pair for names in shape.exclusive for pair in combinations(names, 2)]
    if not pairs:
        return closed
    return closed | {"allOf": [{"not": _both(*pair)} for pair in pairs]}


def _both(one: str, other: str) -> dict[str, Any]:
    given = {"not": {"type": "null"}}
    return {"required": [one, other], "properties": {one: given, other: given}}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    aside = {name: value for name, value in schema.items() if name in {"description", "default", "examples"}}
    inner = {name: value for name, value in schema.items() if name not in aside}
    return {"anyOf": [inner, {"type": "null"}], **aside}
