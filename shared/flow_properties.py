"""The properties of a flow's schema, as JSON Schema has them.

Dataverse writes `"format": null`, an empty `default`, and the author's default into `value`, as text whatever the type.
"""

import contextlib
from typing import Any

import msgspec

from shared.dataverse.flows import Schema

_JSON_TYPES: dict[Any, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def properties_of(schema: Schema | None) -> dict[str, dict[str, Any]]:
    """By name, in the author's order; none where the flow has none."""
    return {name: _property(about) for name, about in (schema or {}).items()}


def _property(about: dict[str, Any]) -> dict[str, Any]:
    kept = {
        name: value for name, value in about.items() if name not in {"value", "default"} and value is not None
    }
    default = next(
        (
            _typed(about.get(name), about.get("type"))
            for name in ("value", "default")
            if about.get(name) not in (None, "")
        ),
        None,
    )
    return kept if default is None else kept | {"default": default}


def _typed(value: Any, kind: Any) -> Any:
    """The author's text as a value of the property's type; None where it is none."""
    if not isinstance(kind, str) or kind not in _JSON_TYPES:
        return value
    if isinstance(value, str):
        with contextlib.suppress(msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            value = msgspec.json.decode(value.lower() if kind == "boolean" else value)
    fits = isinstance(value, _JSON_TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    return value if fits else None
