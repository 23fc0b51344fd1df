"""What is wrong with a body of the control API, as a sentence that names the words that would do."""

import re
from typing import Any

import msgspec
from msgspec import inspect

_NO_SUCH_WORD = re.compile(r"Invalid enum value .* - at `\$(.*)`", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[.*?\]")


def sentence(error: msgspec.DecodeError, shape: Any) -> str:
    """`shape` is the type that the body was read as."""
    found = _NO_SUCH_WORD.fullmatch(str(error))
    allowed = "" if found is None else f"; it is one of: {', '.join(_words(found[1], shape))}"
    return f"The body cannot be used: {error}{allowed}."


def _words(place: str, shape: Any) -> list[str]:
    info = _plain(inspect.type_info(shape))
    for name in _STEP.findall(place):
        info = _plain(_within(info, name))
    match info:
        case inspect.EnumType(cls=words):
            return [str(each.value) for each in words]
        case inspect.LiteralType(values=values):
            return [str(each) for each in values]
        case _:
            raise TypeError(f"{info} has no words")


def _within(info: inspect.Type, name: str) -> inspect.Type:
    """Of a member, or of what a list or an object without declared members holds."""
    match info:
        case inspect.StructType(fields=fields):
            return next(each.type for each in fields if each.encode_name == name)
        case inspect.DictType(value_type=held):
            return held
        case inspect.CollectionType(item_type=held):
            return held
        case _:
            raise TypeError(f"{info} holds nothing")


def _plain(info: inspect.Type) -> inspect.Type:
    match info:
        case inspect.Metadata(type=inner):
            return _plain(inner)
        case inspect.UnionType(types=types):
            (inner,) = (each for each in types if not isinstance(each, inspect.NoneType))
            return _plain(inner)
        case _:
            return info
