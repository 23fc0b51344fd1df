"""What azmcp answers to `bicepschema get`, made small: names, types and flags of what may be written, nothing said about them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

type Json = dict[str, Any]
type Types = dict[str, Json]

_SCALARS = {"string": "string", "int": "int", "bool": "bool", "any": "any"}
_LISTS = re.compile(r"(?:\[\])+$")


def distilled(answer: list[Json]) -> tuple[str, Json, Types]:
    """The type's name with its API version, its body, and the types that it leads to."""
    resource = next(each for each in answer if each["$type"] == "Resource")
    named = {each["name"]: each for each in answer if each["$type"] in {"Object", "DiscriminatedObject"}}
    body = _made(resource.get("bodyType", resource), named)
    return str(resource["name"]), body, _reached(body, named)


def _reached(body: Json, named: Json) -> Types:
    """Not beyond what Azure alone writes, but for what is read from there: plain texts, mostly."""
    types: Types = {}
    waiting = list(_names(body, named))
    for name in waiting:
        if name not in types:
            types[name] = _made(named[name], named)
            waiting.extend(_names(types[name], named))
    return types


def _names(made: Json, named: Json) -> Iterator[str]:
    for kind in _kinds(made):
        for part in kind.lstrip("!-").split(" | "):
            name = _LISTS.sub("", part)
            if name in named:
                yield name


def _kinds(made: Json) -> Iterator[str]:
    for name, kind in made.items():
        if name == "$cases":
            for case in kind.values():
                yield from _kinds(case)
        elif name != "$by":
            yield kind


def _made(described: Json, named: Json) -> Json:
    if "discriminator" not in described:
        return _members(described, named)
    by, base = described["discriminator"], described["baseProperties"]
    cases = {}
    for element in described["elements"]:
        members = _members({**element, "properties": [*base, *element["properties"]]}, named)
        cases[members[by].strip("!'")] = members
    return {"$by": by, "$cases": cases}


def _members(described: Json, named: Json) -> Json:
    members = {each["name"]: _flagged(each, named) for each in described["properties"]}
    if others := described.get("additionalPropertiesType"):
        members["*"] = _kind(others, named)
    return members


def _flagged(member: Json, named: Json) -> str:
    flags = member.get("flags") or ""
    mark = "-" if "ReadOnly" in flags else "!" if "Required" in flags else ""
    return mark + _kind(member["type"], named)


def _kind(text: str, named: Iterable[str]) -> str:
    """Among literals a name is a literal too, although there may be a type of that name."""
    options = text.split(" | ")
    literals = any(_LISTS.sub("", each) not in {*_SCALARS, *named} for each in options)
    return " | ".join(_one_kind(each, () if literals else named) for each in options)


def _one_kind(text: str, named: Iterable[str]) -> str:
    """A type by its name, or a literal in quotes."""
    lists = _LISTS.search(text)
    suffix = lists[0] if lists else ""
    name = text.removesuffix(suffix)
    known = _SCALARS.get(name, name if name in named else f"'{name}'")
    return known + suffix
