"""The same out of a client library's models: each class says in two tables how its members stand in JSON, and which must be there."""

import ast
import re
from typing import Any

from infra.check.schemas.distil import Json, Types

_SCALARS = {
    "str": "string",
    "iso-8601": "string",
    "duration": "string",
    "int": "int",
    "long": "int",
    "float": "any",  # Bicep has whole numbers only; json('0.5') is of no type
    "bool": "bool",
    "object": "any",
}
_TABLES = ("_attribute_map", "_validation", "_subtype_map")
_PATH = re.compile(r"(?<!\\)\.")


def distilled(source: str, model: str) -> tuple[Json, Types]:
    """The body of the resource that the class stands for, and the types that it leads to."""
    classes = _classes(source)
    types: Types = {}
    waiting = [model]
    for name in waiting:
        if name not in types:
            types[name] = _made(name, classes, types)
            waiting += sorted({each for made in types.values() for each in _named(made, classes)})
    # Libraries put the name into the address; in Bicep it is written.
    body = types.pop(model) | {"name": "!string"}
    return body, types


def _classes(source: str) -> dict[str, Json]:
    """The tables of each class; a base class's where it has none of its own."""
    found: dict[str, Json] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            bases = [found[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in found]
            inherited = {
                name: value for base in bases for name, value in base.items() if name != "_subtype_map"
            }
            found[node.name] = inherited | _tables(node)
    return found


def _tables(node: ast.ClassDef) -> Json:
    return {
        target.id: ast.literal_eval(each.value)
        for each in node.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name) and target.id in _TABLES
    }


def _made(name: str, classes: dict[str, Json], types: Types) -> Json:
    subtypes = classes[name].get("_subtype_map")
    if not subtypes:
        return _members(name, classes, types)
    ((attribute, cases),) = subtypes.items()
    by = _plain(classes[name]["_attribute_map"][attribute]["key"])
    made = {case: {**_members(model, classes, types), by: f"!'{case}'"} for case, model in cases.items()}
    return {"$by": by, "$cases": made}


def _members(name: str, classes: dict[str, Json], types: Types) -> Json:
    """A key with dots stands deeper: what lies between is an object without a class."""
    members: Json = {}
    rules = classes[name].get("_validation", {})
    for attribute, where in classes[name].get("_attribute_map", {}).items():
        *above, key = map(_plain, _PATH.split(where["key"]))
        level = members
        for step in above:
            inner = f"{name}.{step}"
            level[step] = inner if level.get(step) != f"!{inner}" else level[step]
            level = types.setdefault(inner, {})
        rule = rules.get(attribute, {})
        mark = "-" if rule.get("readonly") else "!" if rule.get("required") else ""
        level[key] = mark + _kind(where["type"])
        if mark == "!":
            for step in above[:1]:
                members[step] = f"!{name}.{step}"
    return members


def _plain(key: str) -> str:
    return key.replace("\\\\", "").replace("\\", "")


def _kind(text: str) -> str:
    if text.startswith("["):
        return f"{_kind(text[1:-1])}[]"
    if text.startswith("{"):
        return f"{{{_kind(text[1:-1])}}}"
    return _SCALARS.get(text, text)


def _named(made: Json, classes: dict[str, Any]) -> set[str]:
    cases = made.get("$cases", {"": made})
    kinds = [kind for case in cases.values() for kind in case.values() if isinstance(kind, str)]
    return {kind.strip("!-[]{}") for kind in kinds} & classes.keys()
