"""Names: each is declared, used and given what it wants, functions and modules included."""

from collections.abc import Iterator
from pathlib import Path

from infra.check.functions import DECORATORS, FUNCTIONS
from infra.check.meaning import ANY, Locals, Meaning
from infra.check.syntax import Bicep, Call, Expression, Finding, Loop, Module, Object, Resource, Symbol

_OF_MODULES = {"name", "scope", "params", "dependsOn"}


def check(file: Bicep, files: dict[Path, Bicep], meaning: Meaning) -> None:
    for expression in file.expressions():
        if isinstance(expression, Call):
            _call(expression, meaning)
    for value in _values(file):
        _walk(value, frozenset(), meaning)
    for module in file.modules:
        _module(module, file, files, meaning)
    for parameter in file.parameters:
        for name in parameter.decorators.keys() - DECORATORS:
            meaning.finding(parameter.line, f"{name} is no decorator that is known here")
        if parameter.default is not None:
            _fits(parameter.default, parameter.type, parameter.name, meaning)
    for output in file.outputs:
        _fits(output.value, output.type, output.name, meaning)
    meaning.findings |= set(_unused(file)) | set(_twice(file))


def _values(file: Bicep) -> Iterator[Expression]:
    yield from (each.default for each in file.parameters if each.default is not None)
    yield from (each.value for each in file.variables)
    yield from (each.value for each in file.every_resource())
    yield from (each.value for each in file.modules)
    yield from (each.value for each in file.outputs)


def _walk(expression: Expression, known: Locals, meaning: Meaning) -> None:
    meaning.of(expression, known)
    if isinstance(expression, Loop):
        if expression.over is not None:
            _walk(expression.over, known, meaning)
        _walk(expression.body, known | frozenset(expression.variables), meaning)
        return
    for part in expression.parts():
        _walk(part, known, meaning)


def _call(call: Call, meaning: Meaning) -> None:
    function = FUNCTIONS.get(call.function)
    if function is None:
        meaning.finding(
            call.line, f"{call.function} is no function that is known here (infra/check/functions.py)"
        )
    elif not function.least <= len(call.arguments) <= function.most:
        meaning.finding(call.line, f"{call.function} takes another number of arguments")


def _module(module: Module, file: Bicep, files: dict[Path, Bicep], meaning: Meaning) -> None:
    called = files.get((file.path.parent / module.path).resolve())
    if called is None:
        meaning.finding(module.line, f"there is no {module.path}")
        return
    for name in {str(each.name) for each in module.body.members} - _OF_MODULES:
        meaning.finding(module.line, f"a module has no {name}")
    params = module.body.get("params")
    given = {each.name: each.value for each in params.members} if isinstance(params, Object) else {}
    wanted = {each.name: each for each in called.parameters}
    for given_name, value in given.items():
        if given_name not in wanted:
            meaning.finding(value.line, f"{module.path} has no parameter {given_name}")
        else:
            _fits(value, wanted[given_name].type, given_name, meaning)
    for name, parameter in wanted.items():
        if parameter.default is None and name not in given:
            meaning.finding(module.line, f"{module.path} needs {name}")


def _fits(value: Expression, kind: str, name: str | None, meaning: Meaning) -> None:
    given = meaning.of(value).kind
    if given not in {ANY, kind} and not (kind == "array" and given.endswith("[]")):
        meaning.finding(value.line, f"{name} is {kind}, and gets {given}")


def _unused(file: Bicep) -> Iterator[Finding]:
    used = {each.name for each in file.expressions() if isinstance(each, Symbol)}
    for declared in (*file.parameters, *file.variables):
        if declared.name not in used:
            yield Finding(file.name, declared.line, f"{declared.name} is not used")
    for resource in file.every_resource():
        if (
            resource.existing
            and resource.name not in used
            and not resource.children
            and not _through(resource, file)
        ):
            yield Finding(file.name, resource.line, f"{resource.name} is not used")


def _through(resource: Resource, file: Bicep) -> bool:
    """`parent::name`."""
    return any(getattr(each, "name", None) == resource.name for each in file.expressions())


def _twice(file: Bicep) -> Iterator[Finding]:
    seen: set[str] = set()
    for declared in (*file.parameters, *file.variables, *file.resources, *file.modules):
        if declared.name in seen:
            yield Finding(file.name, declared.line, f"{declared.name} is declared twice")
        seen.add(declared.name)
