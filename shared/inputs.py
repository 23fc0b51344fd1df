"""A start's inputs, held against the flow's own schema before anything is sent."""

import re
from collections.abc import Callable
from typing import Any

from shared.dataverse.flows import Schema
from shared.run.model import ErrorDetail

LARGEST_INPUTS = 2_097_152
"""Bytes of the JSON text that Dataverse accepts as inputs (its documented 2 MB)."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 64


def check_inputs(
    schema: Schema, inputs: dict[str, Any], *, strict: bool
) -> tuple[dict[str, Any], tuple[ErrorDetail, ...]]:
    """The inputs, numeric text made numbers where the schema wants them, and one detail for each that does not fit.

    Microsoft documents the types string and number; boolean is safe to infer. The others are checked only if `strict`.
    """
    checked: dict[str, Any] = {}
    wrong: list[ErrorDetail] = []
    for name, value in inputs.items():
        if name not in schema:
            wrong.append(
                ErrorDetail(
                    code="UnknownInput", target=name[:200], message="The flow has no input of this name."
                )
            )
            continue
        kind = _kind(schema[name])
        value = _converted(kind, value)  # noqa: PLW2901 - from here on the value is what will be sent
        if kind in _CHECKS and (strict or kind in _DOCUMENTED) and not _CHECKS[kind](value):
            wrong.append(
                ErrorDetail(code="WrongType", target=name, message=f"The flow expects a {kind} here.")
            )
        checked[name] = value
    return checked, tuple(wrong)


def _kind(about: dict[str, Any]) -> str | None:
    """The type where it is one word; a list of types, or none at all, is not documented and pins nothing."""
    kind = about.get("type")
    return kind if isinstance(kind, str) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_DOCUMENTED = frozenset({"string", "number", "boolean"})
_CHECKS: dict[Any, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value.is_integer(),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def _converted(kind: Any, value: Any) -> Any:
    if kind != "number" or not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return value
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        return value
    number = float(text)
    whole = text.lstrip("-").isdigit()
    return int(text) if whole else number if abs(number) != float("inf") else value
