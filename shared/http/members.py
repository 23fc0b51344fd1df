"""What a request says, read into the Struct that declares it: the members of a JSON body, or query parameters.

The declaration is the whole truth: names, bounds and words stand in the types (msgspec's Meta), the sentences below and the API's
description are made from them. Everything that is wrong with a body is told at once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import islice
from re import compile as pattern
from typing import Annotated, Any, ClassVar, cast

import msgspec
from msgspec import Meta, inspect

from shared.http.problems import MOST_DETAILS, Code, ProblemError
from shared.run.model import ErrorDetail

Guid = Annotated[
    str,
    Meta(
        max_length=36,  # a pattern's $ lets a line end pass
        pattern="^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        extra_json_schema={"format": "uuid"},
        extra={"expected": "a GUID"},
    ),
]
_TIME = pattern(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,7})?([Zz]|[+-]\d\d:\d\d)")
_WHOLE = pattern(r"[0-9]{1,9}")


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The members of a JSON object. A null member counts as absent."""

    together: ClassVar[tuple[dict[str, Any], ...]] = ()
    """What members ask of each other, as JSON Schemas: for the description alone, the use case holds to it."""
    exclusive: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Names of which at most one may be given."""
    closed: ClassVar[bool] = True
    """Whether other members are refused; else they are not looked at."""


class NoMembers(Body, frozen=True, kw_only=True):
    """Nothing is asked; the body may be absent."""


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The parameters of a query."""


class NoParameters(Query, frozen=True, kw_only=True):
    """None."""


class Field(msgspec.Struct, frozen=True):
    """One declared member or parameter."""

    attribute: str
    name: str
    annotation: Any
    info: inspect.Type
    """Of the value where there is one: None is taken out."""
    required: bool
    expected: str
    items: type[Body] | None = None
    """Of a list whose items are read one by one, so that a fault in one does not stop the others."""


@cache
def fields_of(shape: type[msgspec.Struct]) -> dict[str, Field]:
    """By their names in JSON or in the query, in the order of their declaration."""
    return {each.encode_name: _field(each) for each in msgspec.structs.fields(shape)}


def read_members[T: Body](given: Mapping[str, Any], shape: type[T]) -> T:
    """Raises ProblemError 400 with one detail for each fault."""
    declared = fields_of(shape)
    values: dict[str, Any] = {}
    faults: list[ErrorDetail] = []
    for field in declared.values():
        value = given.get(field.name)
        if value is None:
            if field.required:
                faults.append(_fault("Required", field.name, f"{field.name} is required."))
            continue
        try:
            values[field.attribute] = msgspec.convert(_whole(value), field.annotation)
        except msgspec.ValidationError:
            faults.append(_fault("Invalid", field.name, f"{field.name} must be {field.expected}."))
    for names in shape.exclusive:
        one, *others = [name for name in names if given.get(name) is not None] or [""]
        faults += [_fault("Invalid", other, f"{other} and {one} exclude each other.") for other in others]
    unknown = (
        _fault("Unknown", name[:200], "There is no such member.")
        for name in sorted(given.keys() - declared.keys())
        if shape.closed
    )
    faults += islice(unknown, MOST_DETAILS)
    if faults:
        raise _unusable(faults)
    return shape(**values)


def read_parameters[T: Query](given: Mapping[str, str], shape: type[T]) -> T:
    """Of those that the shape declares; whether there are others is not looked at. Raises ProblemError 400 for the first fault."""
    values: dict[str, Any] = {}
    for field in fields_of(shape).values():
        if field.name not in given:
            if field.required:
                raise invalid_parameter(field.name, f"{field.name} is required.")
            continue
        try:
            values[field.attribute] = msgspec.convert(
                _from_text(given[field.name], field.info), field.annotation
            )
        except (ValueError, OverflowError):  # a ValidationError is a ValueError
            raise invalid_parameter(
                field.name, f"{field.name} must be {field.expected}, given once."
            ) from None
    return shape(**values)


def invalid_parameter(name: str, message: str) -> ProblemError:
    return ProblemError(Code.INVALID_PARAMETER, message, name[:64])


def invalid_member(name: str, message: str) -> ProblemError:
    return _unusable([_fault("Invalid", name, message)])


def _unusable(faults: Sequence[ErrorDetail]) -> ProblemError:
    return ProblemError(
        Code.INVALID_REQUEST,
        "The body has members that cannot be used; each is named in the details.",
        faults[0].target,
        tuple(faults),
    )


def _fault(code: str, name: str, message: str) -> ErrorDetail:
    return ErrorDetail(code=code, target=name, message=message)


def _whole(value: Any) -> Any:
    """1.0 is JSON for 1; no member is a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _from_text(text: str, info: inspect.Type) -> Any:
    """Raises ValueError."""
    match info:
        case inspect.IntType():
            return int(text) if _WHOLE.fullmatch(text) else _no(text)
        case inspect.BoolType():
            return {"true": True, "false": False}[text] if text in {"true", "false"} else _no(text)
        case inspect.DateTimeType():
            return _time(text)
        case _:
            return text


def _time(text: str) -> datetime:
    """RFC 3339, as UTC. A blank stands for the plus sign of an offset that a caller forgot to encode."""
    text = text.replace(" ", "+")
    if not _TIME.fullmatch(text):
        _no(text)
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def _no(text: str) -> bool:
    raise ValueError(text)


def _field(declared: Any) -> Field:
    info, remarks = _plain(inspect.type_info(declared.type))
    return Field(
        attribute=declared.name,
        name=declared.encode_name,
        annotation=declared.type,
        info=info,
        required=declared.required,
        expected=remarks.get("expected") or _expected(info),
        items=remarks.get("items"),
    )


def _plain(info: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """Without None and without remarks; and the remarks."""
    remarks: dict[str, Any] = {}
    while True:
        match info:
            case inspect.Metadata(type=inner, extra=extra):
                remarks = (extra or {}) | remarks
                info = inner
            case inspect.UnionType(types=types):
                (info,) = (each for each in types if not isinstance(each, inspect.NoneType))
            case _:
                return info, remarks


_SENTENCES: dict[type[inspect.Type], Callable[[Any], str]] = {
    inspect.StrType: lambda info: f"a text of {info.min_length or 0} to {info.max_length} characters",
    inspect.IntType: lambda info: f"a whole number from {info.ge} to {info.le}",
    inspect.BoolType: lambda _: "true or false",
    inspect.DateTimeType: lambda _: "an RFC 3339 time with an offset",
    inspect.EnumType: lambda info: f"one of: {', '.join(cast('type[StrEnum]', info.cls))}",
    inspect.DictType: lambda _: "a JSON object",
}


def _expected(info: inspect.Type) -> str:
    return _SENTENCES[type(info)](info)
