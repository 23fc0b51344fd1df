"""A Bicep file as a tree: as much of it as there is something to check about. No I/O."""

from collections.abc import Iterator
from pathlib import Path

import msgspec


class Finding(msgspec.Struct, frozen=True, order=True):
    """Something that is wrong, and where."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    line: int

    def parts(self) -> Iterator["Expression"]:
        """What it is made of, one level down."""
        return iter(())


class Text(Expression, frozen=True):
    pieces: tuple["str | Expression", ...]

    @property
    def literal(self) -> str | None:
        """None where something is put in."""
        plain = [piece for piece in self.pieces if isinstance(piece, str)]
        return "".join(plain) if len(plain) == len(self.pieces) else None

    def parts(self) -> Iterator[Expression]:
        return (piece for piece in self.pieces if isinstance(piece, Expression))


class Number(Expression, frozen=True):
    value: int


class Flag(Expression, frozen=True):
    value: bool


class Nothing(Expression, frozen=True):
    pass


class Member(msgspec.Struct, frozen=True):
    """`name: value` of an object. The name is None where it is reckoned."""

    name: str | None
    value: Expression


class Object(Expression, frozen=True):
    members: tuple[Member, ...]

    def get(self, name: str) -> Expression | None:
        return next((each.value for each in self.members if each.name == name), None)

    def parts(self) -> Iterator[Expression]:
        return (each.value for each in self.members)


class Array(Expression, frozen=True):
    items: tuple[Expression, ...]

    def parts(self) -> Iterator[Expression]:
        return iter(self.items)


class Loop(Expression, frozen=True):
    """`[for variable in over: body]`, and `(variables) => body` over what it is given to."""

    variables: tuple[str, ...]
    over: Expression | None
    body: Expression

    def parts(self) -> Iterator[Expression]:
        return iter((self.body,) if self.over is None else (self.over, self.body))


class Choice(Expression, frozen=True):
    """`condition ? then : otherwise`, and `if (condition) then`."""

    condition: Expression
    then: Expression
    otherwise: Expression | None = None

    def parts(self) -> Iterator[Expression]:
        return (each for each in (self.condition, self.then, self.otherwise) if each is not None)


class Symbol(Expression, frozen=True):
    name: str


class Access(Expression, frozen=True):
    """`of.name`, `of::name`; the name is None for `of[...]`."""

    of: Expression
    name: str | None
    index: Expression | None = None

    def parts(self) -> Iterator[Expression]:
        return iter((self.of,) if self.index is None else (self.of, self.index))


class Call(Expression, frozen=True):
    function: str
    arguments: tuple[Expression, ...]
    of: Expression | None = None

    def parts(self) -> Iterator[Expression]:
        return iter(self.arguments if self.of is None else (self.of, *self.arguments))


class Operation(Expression, frozen=True):
    operator: str
    operands: tuple[Expression, ...]

    def parts(self) -> Iterator[Expression]:
        return iter(self.operands)


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    line: int


class Parameter(Declaration, frozen=True):
    type: str
    default: Expression | None
    decorators: dict[str, tuple[Expression, ...]]


class Variable(Declaration, frozen=True):
    value: Expression


class Output(Declaration, frozen=True):
    type: str
    value: Expression


class Resource(Declaration, frozen=True):
    type: str
    """With the types of its parents."""
    api: str | None
    """None: its parent's."""
    existing: bool
    value: Expression
    """The body, in what it depends on: `if (...)`, `[for ...]`."""
    children: tuple["Resource", ...]

    @property
    def body(self) -> Object:
        return body_of(self.value)


class Module(Declaration, frozen=True):
    path: str
    value: Expression

    @property
    def body(self) -> Object:
        return body_of(self.value)


class Bicep(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    path: Path
    scope: str
    parameters: tuple[Parameter, ...]
    variables: tuple[Variable, ...]
    resources: tuple[Resource, ...]
    modules: tuple[Module, ...]
    outputs: tuple[Output, ...]

    @property
    def name(self) -> str:
        return self.path.name

    def every_resource(self) -> Iterator[Resource]:
        """Those in others as well."""
        waiting = list(self.resources)
        for each in waiting:
            waiting.extend(each.children)
        return iter(waiting)

    def expressions(self) -> Iterator[Expression]:
        """Everything that is written anywhere in it, to the last part."""
        for parameter in self.parameters:
            if parameter.default is not None:
                yield from every(parameter.default)
            for arguments in parameter.decorators.values():
                for argument in arguments:
                    yield from every(argument)
        values = [
            *(each.value for each in self.variables),
            *(each.value for each in self.every_resource()),
            *(each.value for each in self.modules),
            *(each.value for each in self.outputs),
        ]
        for value in values:
            yield from every(value)


def every(expression: Expression) -> Iterator[Expression]:
    yield expression
    for part in expression.parts():
        yield from every(part)


def body_of(value: Expression) -> Object:
    while not isinstance(value, Object):
        if isinstance(value, Choice):
            value = value.then
        elif isinstance(value, Loop):
            value = value.body
        else:
            raise TypeError(f"line {value.line}: what is deployed must be an object")
    return value
