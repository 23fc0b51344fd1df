"""Finding one's way in a file that rules are held to."""

from collections.abc import Iterator
from pathlib import Path

from infra.check.syntax import (
    Access,
    Bicep,
    Call,
    Choice,
    Expression,
    Finding,
    Flag,
    Object,
    Resource,
    Symbol,
    Text,
)

type Files = dict[Path, Bicep]


def deployed(files: Files, kind: str) -> Iterator[tuple[Bicep, Resource]]:
    """Each resource of a type that is made here."""
    for file in files.values():
        for resource in file.every_resource():
            if resource.type == kind and not resource.existing:
                yield file, resource


def finding(file: Bicep, at: Expression | Resource, message: str) -> Finding:
    return Finding(file.name, at.line, message)


def at(value: Expression | None, *path: str) -> Expression | None:
    """What stands under these names, one below the other."""
    for name in path:
        value = value.get(name) if isinstance(value, Object) else None
    return value


def stands_for(file: Bicep, value: Expression | None) -> Expression | None:
    """The value of a variable, where it is one."""
    while isinstance(value, Symbol):
        name = value.name
        value = next((each.value for each in file.variables if each.name == name), None)
    return value


def text(value: Expression | None) -> str | None:
    return value.literal if isinstance(value, Text) else None


def is_flag(value: Expression | None, wanted: bool) -> bool:  # noqa: FBT001 - the value is what is asked
    return isinstance(value, Flag) and value.value is wanted


def is_symbol(value: Expression | None, name: str) -> bool:
    return isinstance(value, Symbol) and value.name == name


def path_of(value: Expression | None) -> str:
    """`a.b.c` as it is written; empty where it is something else."""
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, Access) and value.name is not None:
        return f"{path_of(value.of)}.{value.name}"
    return ""


def objects(file: Bicep, value: Expression | None) -> Iterator[tuple[Object, tuple[Choice, ...]]]:
    """The objects that a `union` or a choice puts together, each with the choices that lead to it."""
    return _objects(file, value, ())


def _objects(
    file: Bicep, value: Expression | None, above: tuple[Choice, ...]
) -> Iterator[tuple[Object, tuple[Choice, ...]]]:
    value = stands_for(file, value)
    if isinstance(value, Object):
        yield value, above
    elif isinstance(value, Choice):
        yield from _objects(file, value.then, (*above, value))
        yield from _objects(file, value.otherwise, above)
    elif isinstance(value, Call):
        for each in value.arguments:
            yield from _objects(file, each, above)
