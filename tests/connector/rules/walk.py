"""Ways through a connector's definition."""

from collections.abc import Callable, Iterator
from typing import Any

type Json = dict[str, Any]
type Rule = Callable[[Json, Json], Iterator[str]]
"""Of the definition and the properties: what breaks it, each with its place."""

METHODS = ("get", "put", "post", "patch", "delete", "head", "options")


def operations(definition: Json) -> Iterator[tuple[str, Json]]:
    """Each operation with its place, as in `post /flows`."""
    for path, item in definition["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method} {path}", item[method]


def operation_of(definition: Json, operation_id: str) -> Json | None:
    return next((each for _, each in operations(definition) if each.get("operationId") == operation_id), None)


def parameters(definition: Json) -> Iterator[tuple[str, Json]]:
    for place, operation in operations(definition):
        for parameter in operation.get("parameters", ()):
            yield f"{place} {parameter['name']}", parameter


def successes(operation: Json) -> dict[str, Json]:
    return {status: each for status, each in operation["responses"].items() if status.startswith("2")}


def roots(definition: Json) -> Iterator[tuple[str, Json, Json | None]]:
    """The schema of each whole body, answer and notification, with its place and the operation that it belongs to."""
    for place, operation in operations(definition):
        for parameter in operation.get("parameters", ()):
            if "schema" in parameter:
                yield f"{place} body", parameter["schema"], operation
        for status, response in operation["responses"].items():
            if "schema" in response:
                yield f"{place} {status}", response["schema"], operation
    for path, item in definition["paths"].items():
        if "x-ms-notification-content" in item:
            yield f"{path} notification", item["x-ms-notification-content"]["schema"], item.get("post")


def bodies(definition: Json) -> Iterator[tuple[str, Json]]:
    """Of requests, with what references lead to."""
    for place, parameter in parameters(definition):
        if "schema" in parameter:
            yield place, resolved(definition, parameter["schema"])


def members(definition: Json) -> Iterator[tuple[str, Json]]:
    """Every schema below a root or a definition, with its place; what a reference leads to is met in the definitions."""
    for place, schema, _ in roots(definition):
        yield from _below(place, schema)
    for name, schema in definition.get("definitions", {}).items():
        yield from _below(name, schema)


def _below(place: str, schema: Json) -> Iterator[tuple[str, Json]]:
    inner = [(f"{place}.{name}", each) for name, each in schema.get("properties", {}).items()]
    inner += [(f"{place}[]", schema["items"])] if "items" in schema else []
    for where, each in inner:
        yield where, each
        yield from _below(where, each)


def resolved(definition: Json, schema: Json) -> Json:
    """What a reference leads to; the schema itself where it is none."""
    if "$ref" not in schema:
        return schema
    found: Json = definition["definitions"][schema["$ref"].rpartition("/")[2]]
    return found


def at(definition: Json, schema: Json, path: str) -> Json | None:
    """The schema of a member, by a path of names; through lists, which need no name."""
    for name in filter(None, path.split("/")):
        schema = resolved(definition, schema)
        schema = resolved(definition, schema["items"]) if "items" in schema else schema
        if name not in schema.get("properties", {}):
            return None
        schema = schema["properties"][name]
    return resolved(definition, schema)


def answer_schema(operation: Json) -> Json:
    """Of its success."""
    return next(each["schema"] for each in successes(operation).values())


_NAMES_OF_OURS = {"paths", "definitions", "properties", "parameters", "responses", "securityDefinitions"}
_VALUES = {"default", "enum", "example"}


def keywords(node: Any, place: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every keyword with its place and value; names that we give ourselves (of paths, members and the like) are none."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from keywords(each, f"{place}[{index}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield f"{place}.{key}", key, value
            if key in _NAMES_OF_OURS and isinstance(value, dict):
                for name, each in value.items():
                    yield from keywords(each, f"{place}.{key}.{name}")
            elif key not in _VALUES:
                yield from keywords(value, f"{place}.{key}")
