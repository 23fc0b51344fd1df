"""Where a new schema breaks what an old one allows to send, or promises to give."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

type Json = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_LEAST = ("minimum", "minLength", "minItems")
_MOST = ("maximum", "maxLength", "maxItems")
_NULL = {"type": "null"}


class Direction(StrEnum):
    REQUEST = "sent"
    ANSWER = "given"


class Schemas(msgspec.Struct, frozen=True):
    """What references lead to, in each description."""

    old: Json
    new: Json


def narrowed(where: str, old: Json, new: Json, schemas: Schemas, way: Direction) -> Iterator[str]:
    """One sentence for each difference that somebody has to know of."""
    yield from _Comparison(schemas, way, set()).of(where, old, new)


class _Comparison:
    """A pair of named schemas is looked at once, and told of by its name, wherever it is met: a type may refer to itself."""

    def __init__(self, schemas: Schemas, way: Direction, seen: set[tuple[str, str]]) -> None:
        self._schemas = schemas
        self._asked = way is Direction.REQUEST
        self._seen = seen

    def of(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = _choices(old), _choices(new)
        yield from self._of_null(where, _NULL in before, _NULL in after)
        before, after = _without_null(before), _without_null(after)
        if len(before) == len(after) == 1:
            yield from self._of_one(where, before[0], after[0])
            return
        pairs = [(one, other) for one in before for other in after if _are_one_kind(one, other)]
        kept = [pair[0 if self._asked else 1] for pair in pairs]
        if any(each not in kept for each in (before if self._asked else after)):
            yield f"{where} is another choice of types."
        for pair in pairs:
            yield from self._of_one(where, *pair)

    def _of_null(self, where: str, old: bool, new: bool) -> Iterator[str]:  # noqa: FBT001 - before and after
        if self._asked and old and not new:
            yield f"{where} can no longer be null."
        if not self._asked and new and not old:
            yield f"{where} may be null."

    def _of_one(self, where: str, old: Json, new: Json) -> Iterator[str]:
        pair = (_name(old), _name(new))
        if pair in self._seen:
            return
        if all(pair):
            self._seen.add(pair)
            where = pair[0]
        old, new = _resolved(old, self._schemas.old), _resolved(new, self._schemas.new)
        if old.get("type") != new.get("type"):
            yield f"{where} is {new.get('type', 'anything')}, no longer {old.get('type', 'anything')}."
            return
        if old.get("format") != new.get("format"):
            yield f"{where} has the format {new.get('format', 'none')}, no longer {old.get('format', 'none')}."
        if self._asked:
            yield from _of_values(where, old, new)
            yield from _of_bounds(where, old, new)
        yield from self._of_members(where, old, new)
        if isinstance(old.get("items"), dict):
            yield from self.of(f"each of {where}", old["items"], new.get("items", {}))
        if isinstance(old.get("additionalProperties"), dict):
            others = new.get("additionalProperties")
            if isinstance(others, dict):
                yield from self.of(f"each member of {where}", old["additionalProperties"], others)

    def _of_members(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            member = f"{where}: the member {name}"
            if name not in after:
                yield f"{member} was removed."
                continue
            had, has = name in old.get("required", ()), name in new.get("required", ())
            if self._asked and has and not had:
                yield f"{member} is required."
            if not self._asked and had and not has:
                yield f"{member} may be absent."
            yield from self.of(member, before[name], after[name])
        if self._asked:
            yield from (
                f"{where}: the member {name} is new, and required."
                for name in after
                if name not in before and name in new.get("required", ())
            )


def _of_values(where: str, old: Json, new: Json) -> Iterator[str]:
    """What can be sent no longer."""
    if "enum" in new:
        for word in old.get("enum", ["any text"]):
            if word not in new["enum"]:
                yield f"{where} no longer takes {word}."
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where} has the pattern {new['pattern']}, before {old.get('pattern', 'none')}."
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{where} no longer takes other members."
    if any(each not in old.get("allOf", ()) for each in new.get("allOf", ())):
        yield f"{where} asks for more of its members together."


def _of_bounds(where: str, old: Json, new: Json) -> Iterator[str]:
    tighter = [each for each in _LEAST if each in new and new[each] > old.get(each, float("-inf"))]
    tighter += [each for each in _MOST if each in new and new[each] < old.get(each, float("inf"))]
    for bound in tighter:
        yield f"{where} has the {bound} {new[bound]}, before {old.get(bound, 'none')}."


def _choices(schema: Json) -> list[Json]:
    choices: list[Json] = schema.get("anyOf", [schema])
    return choices


def _without_null(choices: list[Json]) -> list[Json]:
    return [each for each in choices if each != _NULL]


def _are_one_kind(old: Json, new: Json) -> bool:
    return (_name(old), old.get("type")) == (_name(new), new.get("type"))


def _name(schema: Json) -> str:
    """Empty where it has none."""
    return str(schema.get("$ref", "")).removeprefix(_REFERENCE)


def _resolved(schema: Json, components: Json) -> Json:
    return {**components[_name(schema)], **schema} if "$ref" in schema else schema
