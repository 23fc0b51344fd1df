"""Each field of a form."""

from collections.abc import Iterator

from tests.connector.rules.walk import Json, bodies, members, operations, parameters

_VISIBILITY = {"important", "advanced", "internal"}


def titles_and_encodes_parameters(definition: Json, _: Json) -> Iterator[str]:
    """A title and a sentence on each, and on each of a path how it is encoded: an id with a slash would lead elsewhere."""
    for place, parameter in parameters(definition):
        if parameter["in"] != "body" and not parameter.get("x-ms-summary"):
            yield f"{place}: no x-ms-summary"
        if not parameter.get("description", "").endswith("."):
            yield f"{place}: no description"
        if parameter["in"] == "path" and parameter.get("x-ms-url-encoding") not in {"single", "double"}:
            yield f"{place}: no x-ms-url-encoding"


def shows_in_known_places(definition: Json, _: Json) -> Iterator[str]:
    """Visibility is one of three words; another one is none."""
    shown = [*operations(definition), *parameters(definition), *members(definition)]
    yield from (
        f"{place}: {each['x-ms-visibility']}"
        for place, each in shown
        if each.get("x-ms-visibility", "important") not in _VISIBILITY
    )


def fills_in_what_it_hides(definition: Json, _: Json) -> Iterator[str]:
    """What is required and internal has a default, or is the platform's own to fill in: nobody can give it another."""
    for place, body in bodies(definition):
        members_of_it = body.get("properties", {})
        yield from (
            f"{place} {name}: required, internal, without a default"
            for name in body.get("required", ())
            if members_of_it[name].get("x-ms-visibility") == "internal"
            and not {"default", "x-ms-notification-url"} & members_of_it[name].keys()
        )
    yield from (
        f"{place}: required, internal, without a default"
        for place, parameter in parameters(definition)
        if parameter.get("x-ms-visibility") == "internal"
        and parameter["required"]
        and "default" not in parameter
    )


def asks_for_a_key(definition: Json, _: Json) -> Iterator[str]:
    """Each start carries an Idempotency-Key, shown first: the platform repeats requests by itself."""
    for place, operation in operations(definition):
        if operation.get("operationId", "").startswith(("Run", "Start")):
            keyed = [
                each
                for each in operation["parameters"]
                if each["name"] == "Idempotency-Key"
                and each["required"]
                and each.get("x-ms-visibility") == "important"
            ]
            if not keyed:
                yield f"{place}: no Idempotency-Key"
