"""The description as a generated client likes it: names that read well, types said outright, nothing said twice."""

from collections.abc import Callable, Iterator
from typing import Any

_NAMES = {
    "DataverseView": "SessionStatus",
    "DependencyView": "DependencyHealth",
    "DetailView": "ErrorDetail",
    "ErrorView": "ErrorObject",
    "HistoryView": "StatusChange",
    "LinksView": "RunLinks",
    "PausedBy": "PauseSource",
    "PingView": "PingResult",
    "ResultView": "RunResult",
    "SchemaView": "FlowSchema",
    "Scope": "PauseScope",
    "SecretsView": "WebhookSecrets",
    "Source": "ChangeSource",
    "State": "DeliveryState",
    "Status": "RunStatus",
}
"""Of those types whose own name says too little outside their module, or takes the place of a class of the client's language."""
_REFERENCE = "#/components/schemas/"


def tidied(document: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError where two schemas would have one name."""
    names = {name: shown_name(name) for name in document["components"]["schemas"]}
    if len({*names.values()}) < len(names):
        raise ValueError(f"Two schemas have one name: {sorted(names.values())}")
    tidy: dict[str, Any] = _each_schema(document, lambda schema: _tidy(schema, names))
    components = tidy["components"]
    schemas = {names[name]: schema for name, schema in components["schemas"].items()}
    components = components | {"schemas": dict(sorted(schemas.items()))}
    return _with_words_referred_to(tidy | {"components": components})


def shown_name(name: str) -> str:
    return _NAMES.get(name, name.removesuffix("View"))


def _each_schema(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Examples are values, and left as they are."""
    match value:
        case dict():
            return change(
                {
                    name: each if name in {"example", "examples"} else _each_schema(each, change)
                    for name, each in value.items()
                }
            )
        case list():
            return [_each_schema(each, change) for each in value]
        case _:
            return value


def _tidy(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    tidy = dict(schema)
    match schema:
        case {"$ref": str(reference)} if reference.startswith(_REFERENCE):
            tidy["$ref"] = _REFERENCE + names[reference.removeprefix(_REFERENCE)]
    if isinstance(title := schema.get("title"), str):  # a member may bear this name as well
        tidy["title"] = names.get(title, title)
    if isinstance(schema.get("enum"), list):
        tidy = {"type": "string", **tidy}
    if "default" in schema and schema["default"] is None:  # absent and null are the same
        del tidy["default"]
    return tidy


def _with_words_referred_to(document: dict[str, Any]) -> dict[str, Any]:
    """A parameter whose words have a schema refers to it, or a client has the same words under two names."""
    words = {
        tuple(schema["enum"]): name
        for name, schema in document["components"]["schemas"].items()
        if "enum" in schema
    }
    for parameter in _parameters(document):
        schema = parameter["schema"]
        name = words.get(tuple(schema.get("enum", ())))
        if name is not None:
            aside = {key: value for key, value in schema.items() if key not in {"type", "enum"}}
            parameter["schema"] = {"$ref": _REFERENCE + name, **aside}
    return document


def _parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        for operation in methods.values():
            yield from operation["parameters"]
