"""JSON Schemas as the designers of Power Platform read them: no null, no alternatives, a title on every member.

They show `x-ms-summary` to people, and know the JSON Schema of OpenAPI 2.0 and nothing newer.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

type Json = dict[str, Any]

_KNOWN = (
    "type",
    "format",
    "enum",
    "description",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
)
_NULL = {"type": "null"}
_WORD = re.compile(r"[A-Z]?[a-z]+")
_SPELLED = {"Id": "ID", "Json": "JSON", "Url": "URL"}


@cache
def plain_schema(shape: type[msgspec.Struct]) -> Json:
    """The whole schema of a type, in one piece."""
    (schema,), components = msgspec.json.schema_components([shape])
    return plain(schema, components)


def plain(
    schema: Mapping[str, Any], components: Mapping[str, Json], refer: Callable[[str], Json] | None = None
) -> Json:
    """References stay references where `refer` says how they are written; those to words are said in place all the same."""
    schema = _without_null(schema)
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = components[name]
        if refer is not None and "properties" in target:
            return refer(name)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return plain({**target, **beside}, components, refer)
    simple = {key: schema[key] for key in _KNOWN if schema.get(key) is not None}
    if "enum" in schema:
        simple.setdefault("type", "string")
    if "items" in schema:
        simple["items"] = plain(schema["items"], components, refer)
    if "properties" in schema:
        members = schema["properties"]
        simple["properties"] = {
            name: titled(name, plain(about, components, refer)) for name, about in members.items()
        }
        simple["required"] = [
            name for name in schema.get("required", ()) if _NULL not in members[name].get("anyOf", ())
        ]
        if not simple["required"]:  # an empty list is none
            del simple["required"]
    return simple


def titled(name: str, schema: Json) -> Json:
    """With a title for people; beside a reference there is no place for one."""
    return schema if "$ref" in schema else {"x-ms-summary": title_of(name), **schema}


def title_of(name: str) -> str:
    """flowId: Flow ID."""
    words = (word.capitalize() for word in _WORD.findall(name))
    return " ".join(_SPELLED.get(word, word) for word in words)


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Members that may be null are members that may be absent. Raises ValueError for any other alternatives."""
    if "anyOf" not in schema:
        return schema
    (only,) = (each for each in schema["anyOf"] if each != _NULL)
    return {**only, **{key: value for key, value in schema.items() if key != "anyOf"}}
