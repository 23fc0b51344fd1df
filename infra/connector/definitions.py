"""Schemas of OpenAPI 2.0, and the definitions that they refer to."""

from collections.abc import Iterable
from typing import Any

from infra.api.schemas import schemas_of
from infra.connector.members import MEMBERS
from shared.http.plain_schema import Json, plain


class Definitions:
    """Of the declared types; kept are those that something refers to."""

    def __init__(self, types: Iterable[Any]) -> None:
        self._schemas, self._components = schemas_of(dict.fromkeys(types))
        self._written: dict[str, Json] = {}

    def schema(self, shape: Any) -> Json:
        return plain(self._schemas[shape], self._components, self._refer)

    def written(self) -> dict[str, Json]:
        return dict(sorted(self._written.items()))

    def _refer(self, name: str) -> Json:
        if name not in self._written:
            self._written[name] = {}  # a type may refer to itself
            component = self._components[name]
            self._written[name] = _with_overlay(name, plain(component, self._components, self._refer))
        return {"$ref": f"#/definitions/{name}"}


def _with_overlay(name: str, schema: Json) -> Json:
    declared = schema["properties"]
    overlay = MEMBERS.get(name, {})
    shown = {member: declared[member] | beside for member, beside in overlay.items() if beside is not None}
    others = {member: about for member, about in declared.items() if member not in overlay}
    return schema | {"properties": shown | others}
