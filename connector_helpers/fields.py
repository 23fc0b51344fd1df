"""A flow's inputs or outputs as fields that a designer understands."""

from typing import Any

_TEXTS = ("type", "format", "description")


def fields_of(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """As the schema of an object."""
    return object_of({name: _field(name, about) for name, about in properties.items()})


def object_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _field(name: str, about: dict[str, Any]) -> dict[str, Any]:
    """Kept is what has the shape that is documented: designers take a type that is one word, or none, which is anything.

    Which inputs may be left out cannot be read from Dataverse, so none is said to be required.
    """
    title = about.get("title")
    field: dict[str, Any] = {"x-ms-summary": title if isinstance(title, str) and title else name}
    field |= {key: about[key] for key in _TEXTS if isinstance(about.get(key), str)}
    if isinstance(about.get("enum"), list):
        field["enum"] = about["enum"]
    if "default" in about:
        field["default"] = about["default"]
    if field.get("type") == "array":
        field["items"] = {}
    return field
