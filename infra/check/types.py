"""Resources against Azure's types: what is unknown, missing, not ours to write, or of another kind."""

from typing import Any

from infra.check.meaning import ANY, Locals, Meaning, chosen
from infra.check.schemas.azure import resource_type
from infra.check.syntax import Array, Call, Choice, Expression, Loop, Member, Object, Resource, Symbol, Text

type Json = dict[str, Any]

_SCALARS = {"string", "int", "bool"}
_OF_BICEP = {"scope", "parent", "dependsOn"}


def check(resource: Resource, meaning: Meaning, api: str | None = None) -> None:
    """Children have their parent's API version."""
    described = resource_type(resource.type)
    version = resource.api or api
    if described is None:
        meaning.finding(
            resource.line, f"{resource.type} is not among the known types (infra/check/schemas/wanted.py)"
        )
        return
    if version != described.api:
        meaning.finding(resource.line, f"{resource.type} is known as of {described.api}, not {version}")
        return
    try:
        made = chosen(described.body, resource.body)
    except KeyError as form:
        meaning.finding(resource.line, f"{resource.type} has no form {form}")
        return
    _Check(meaning, described.types, existing=resource.existing).body(resource, made)
    for child in resource.children:
        check(child, meaning, version)


class _Check:
    def __init__(self, meaning: Meaning, types: Json, *, existing: bool) -> None:
        self._meaning = meaning
        self._types = types
        self._existing = existing

    def body(self, resource: Resource, made: Json) -> None:
        """An existing one needs its name and nothing else."""
        names = {child.name for child in resource.children} | _OF_BICEP
        kept = tuple(each for each in resource.body.members if each.name not in names)
        known = frozenset(resource.value.variables) if isinstance(resource.value, Loop) else frozenset()
        if self._existing:
            made = {name: kind for name, kind in made.items() if name in {"name", "scope"}}
        self._object(Object(line=resource.line, members=kept), made, known)

    def _object(self, value: Object, made: Json, known: Locals, *, whole: bool = True) -> None:
        if "$by" in made:
            try:
                made = chosen(made, value)
            except KeyError as form:
                self._meaning.finding(value.line, f"there is no form {form}")
                return
        for member in value.members:
            self._member(member, made, known)
        given = {each.name for each in value.members}
        if whole and None not in given:
            for name, kind in made.items():
                if kind.startswith("!") and name not in given:
                    self._meaning.finding(value.line, f"{name} is missing")

    def _member(self, member: Member, made: Json, known: Locals) -> None:
        kind = made.get(member.name or "*", made.get("*"))
        if kind is None:
            self._meaning.finding(member.value.line, f"there is no {member.name} here")
        elif kind.startswith("-"):
            self._meaning.finding(member.value.line, f"{member.name} is Azure's to write")
        else:
            self._value(member.value, kind.removeprefix("!"), known)

    def _value(self, value: Expression, kind: str, known: Locals, *, whole: bool = True) -> None:
        match value:
            case Choice(then=then, otherwise=otherwise):
                self._value(then, kind, known, whole=whole)
                if otherwise is not None:
                    self._value(otherwise, kind, known, whole=whole)
            case Symbol(name=name) if self._meaning.variable(name) is not None:
                self._value(self._meaning.variable(name) or value, kind, known, whole=whole)
            case Call():
                self._call(value, kind, known)
            case Loop(variables=variables, body=body) if kind.endswith("[]"):
                self._value(body, kind[:-2], known | frozenset(variables))
            case Array(items=items) if kind.endswith("[]"):
                for each in items:
                    self._value(each, kind[:-2], known)
            case Object() if made := self._made(kind):
                self._object(value, made, known, whole=whole)
            case _:
                self._scalar(value, kind, known)

    def _call(self, call: Call, kind: str, known: Locals) -> None:
        """What it puts together is looked at piece by piece; no piece has to be whole."""
        match call:
            case Call(function="union" | "concat", arguments=arguments):
                for each in arguments:
                    self._value(each, kind, known, whole=False)
            case Call(function="map", arguments=(_, Loop() as loop)) if kind.endswith("[]"):
                self._value(loop.body, kind[:-2], known | frozenset(loop.variables))
            case _:
                self._scalar(call, kind, known)

    def _made(self, kind: str) -> Json | None:
        """`{string}`: an object whose members all are texts."""
        if kind.startswith("{"):
            return {"*": kind[1:-1]}
        return self._types.get(kind)

    def _scalar(self, value: Expression, kind: str, known: Locals) -> None:
        options = kind.split(" | ")
        literals = [each.strip("'") for each in options if each.startswith("'")]
        given = self._meaning.of(value, known).kind
        if isinstance(value, Text) and literals:
            if value.literal is not None and value.literal not in literals:
                self._meaning.finding(value.line, f"'{value.literal}' is none of: {', '.join(literals)}")
        elif given not in {ANY, "null"} and not _fits(given, options, literals):
            self._meaning.finding(value.line, f"{given} where {kind} is wanted")


def _fits(given: str, options: list[str], literals: list[str]) -> bool:
    if ANY in options:
        return True
    if given in _SCALARS:
        return given in options or (given == "string" and bool(literals))
    if given == "array" or given.endswith("[]"):
        return any(each.endswith("[]") for each in options)
    return any(each not in _SCALARS and not each.endswith("[]") for each in options)
