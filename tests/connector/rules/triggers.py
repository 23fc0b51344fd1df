"""A trigger: a subscription that a platform makes and ends by itself."""

from collections.abc import Iterator

from tests.connector.rules.walk import Json, operations, resolved

_KINDS = {"single", "batch"}


def is_a_whole_trigger(definition: Json, _: Json) -> Iterator[str]:
    """Kind, address and content, and 201 as its answer: with one of them missing, it is an action that does nothing."""
    for path, item in definition["paths"].items():
        operation = item.get("post", {})
        said = [
            operation.get("x-ms-trigger") in _KINDS,
            "x-ms-notification-content" in item,
            len(_addresses(definition, operation)) == 1,
            *(["201" in operation["responses"]] if "x-ms-trigger" in operation else []),
        ]
        if any(said) and not all(said):
            yield f"post {path}: kind, content, address, 201: {said}"
        yield from (
            f"post {path}: the address is shown"
            for each in _addresses(definition, operation)
            if each.get("x-ms-visibility") != "internal"
        )


def can_be_unsubscribed(definition: Json, _: Json) -> Iterator[str]:
    """With a trigger there is a DELETE, which the 201's Location leads to; makers do not see it."""
    triggers = [place for place, operation in operations(definition) if "x-ms-trigger" in operation]
    ends = [
        operation
        for place, operation in operations(definition)
        if place.startswith("delete ") and operation.get("x-ms-visibility") == "internal"
    ]
    if triggers and not ends:
        yield f"{triggers}: no internal DELETE"


def _addresses(definition: Json, operation: Json) -> list[Json]:
    """The members of the body that the platform puts its address into."""
    bodies = [each["schema"] for each in operation.get("parameters", ()) if each["in"] == "body"]
    return [
        member
        for body in bodies
        for member in resolved(definition, body).get("properties", {}).values()
        if member.get("x-ms-notification-url") is True
    ]
