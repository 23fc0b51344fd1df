"""What the names in a file stand for, and of what kind they are."""

import json
from pathlib import Path
from typing import Any

import msgspec

from infra.check.functions import FUNCTIONS
from infra.check.schemas.azure import resource_type
from infra.check.syntax import (
    Access,
    Array,
    Bicep,
    Call,
    Choice,
    Expression,
    Finding,
    Flag,
    Loop,
    Nothing,
    Number,
    Object,
    Operation,
    Output,
    Resource,
    Symbol,
    Text,
)

type Locals = frozenset[str]

ANY = "any"
_DECIDING = {"!", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "=~", "!~"}
_KINDS: tuple[tuple[type[Expression], str], ...] = (
    (Text, "string"),
    (Number, "int"),
    (Flag, "bool"),
    (Nothing, "null"),
    (Array, "array"),
    (Loop, "array"),
    (Object, "object"),
)


class Standing(msgspec.Struct, frozen=True):
    """What an expression stands for, as far as it is known."""

    kind: str = ANY
    """Of a schema (string, int[], the name of a type), or object, array, null, any."""
    types: dict[str, Any] = {}
    """In which that name is explained."""
    members: dict[str, "Standing"] | None = None
    """Where they are known one by one; None: by the kind, or not at all."""


class Meaning:
    """Of one file, among the others that it calls as modules."""

    def __init__(self, file: Bicep, files: dict[Path, Bicep]) -> None:
        self._file = file
        self._parameters = {each.name: each for each in file.parameters}
        self._variables = {each.name: each for each in file.variables}
        self._resources = {each.name: each for each in file.every_resource()}
        self._modules = {
            each.name: files.get((file.path.parent / each.path).resolve()) for each in file.modules
        }
        self.findings: set[Finding] = set()

    def variable(self, name: str) -> Expression | None:
        found = self._variables.get(name)
        return None if found is None else found.value

    def finding(self, line: int, message: str) -> None:
        self.findings.add(Finding(self._file.name, line, message))

    def of(self, expression: Expression, known: Locals = frozenset()) -> Standing:
        """Finds, on the way, names that stand for nothing."""
        match expression:
            case Symbol(name=name):
                return Standing() if name in known else self._of_symbol(expression)
            case Access():
                return self._of_access(expression, known)
            case Call():
                return self._of_call(expression)
        return self._of_value(expression, known)

    def _of_value(self, value: Expression, known: Locals) -> Standing:
        match value:
            case Choice(then=then, otherwise=Expression() as otherwise):
                one, other = self.of(then, known), self.of(otherwise, known)
                return one if one.kind == other.kind else Standing()
            case Operation(operator=operator) if operator in _DECIDING:
                return Standing("bool")
            case Object(members=members) if all(each.name is not None for each in members):
                given = {str(each.name): self.of(each.value, known) for each in members}
                return Standing("object", members=given)
        return Standing(next((kind for each, kind in _KINDS if isinstance(value, each)), ANY))

    def _of_symbol(self, symbol: Symbol) -> Standing:
        name = symbol.name
        if name in self._parameters:
            return Standing(self._parameters[name].type)
        if name in self._variables:
            return self.of(self._variables[name].value)
        if name in self._modules:
            return _of_module(self._modules[name])
        if name in self._resources:
            return _of_resource(self._resources[name])
        self.finding(symbol.line, f"{name} is not declared")
        return Standing()

    def _of_access(self, access: Access, known: Locals) -> Standing:
        of = self.of(access.of, known)
        if access.name is None:
            return _one_of(of)
        if of.members is not None:
            members = of.members
        elif of.kind in of.types:
            members = _members(of.types[of.kind], of.types)
        else:
            return Standing()
        if access.name in members:
            return members[access.name]
        if "*" not in members:
            self.finding(access.line, f"there is no {access.name} in it")
        return members.get("*", Standing())

    def _of_call(self, call: Call) -> Standing:
        if call.of is not None:
            return Standing()
        if call.function == "loadJsonContent" and isinstance(call.arguments[0], Text):
            path = self._file.path.parent / str(call.arguments[0].literal)
            return _of_json(json.loads(path.read_text(encoding="utf-8")))
        known = FUNCTIONS.get(call.function)
        return Standing() if known is None else Standing(known.gives)


def _one_of(several: Standing) -> Standing:
    if several.kind == "array":
        return Standing("object", several.types, several.members) if several.members else Standing()
    return Standing(several.kind.removesuffix("[]"), several.types)


def _of_resource(resource: Resource) -> Standing:
    described = resource_type(resource.type)
    if described is None:
        return Standing()
    members = _members(chosen(described.body, resource.body), described.types)
    inner = {each.name: _of_resource(each) for each in resource.children}
    kind = "array" if isinstance(resource.value, Loop) else "object"
    return Standing(kind, described.types, {"id": Standing("string")} | members | inner)


def _of_module(file: Bicep | None) -> Standing:
    if file is None:
        return Standing()
    outputs = {each.name: _of_output(each) for each in file.outputs}
    return Standing("object", members={"outputs": Standing("object", members=outputs)})


def _of_output(output: Output) -> Standing:
    return Standing(output.type)


def _of_json(value: Any) -> Standing:
    if isinstance(value, dict):
        return Standing("object", members={name: _of_json(each) for name, each in value.items()})
    return Standing("string" if isinstance(value, str) else ANY)


def _members(made: dict[str, Any], types: dict[str, Any]) -> dict[str, Standing]:
    """Of a schema's object. What depends on a member that is not looked at can be anything."""
    if "$by" in made:
        return {"*": Standing()}
    return {name: Standing(_plain(kind), types) for name, kind in made.items()}


def _plain(kind: str) -> str:
    """A list of literals is text."""
    bare = kind.lstrip("!-")
    literal = all(part.startswith("'") or part == "string" for part in bare.split(" | "))
    return "string" if literal else bare


def chosen(made: dict[str, Any], body: Object) -> dict[str, Any]:
    """Of a type that comes in several forms, the one that the body says it is. Raises KeyError for a form that there is not."""
    if "$by" not in made:
        return made
    said = body.get(made["$by"])
    form = said.literal if isinstance(said, Text) else None
    members: dict[str, Any] = made["$cases"][form]
    return members
