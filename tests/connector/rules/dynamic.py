"""What depends on an earlier choice: lists to pick from, and schemas of whole bodies."""

from collections.abc import Iterator

from tests.connector.rules.walk import Json, answer_schema, at, members, operation_of, operations, roots

_OLD_AND_NEW = (
    ("x-ms-dynamic-values", "x-ms-dynamic-list"),
    ("x-ms-dynamic-schema", "x-ms-dynamic-properties"),
)


def depends_at_roots_only(definition: Json, _: Json) -> Iterator[str]:
    """A dynamic schema is a whole body's: on a member, designers disagree about where it is put."""
    yield from (
        f"{place}: {name}" for place, each in members(definition) for name in _OLD_AND_NEW[1] if name in each
    )


def says_it_to_old_and_new_designers(definition: Json, _: Json) -> Iterator[str]:
    """Both words, and both the same: each kind of designer reads its own."""
    for place, each, _operation in _places(definition):
        for old, new in _OLD_AND_NEW:
            if _as_new(each.get(old)) != each.get(new):
                yield f"{place}: {old} and {new} differ"


def refers_to_operations_with_their_parameters(definition: Json, _: Json) -> Iterator[str]:
    """The operation exists, gets all that it requires and nothing else, from parameters that are there."""
    for place, dynamic, operation in _dynamics(definition):
        asked = operation_of(definition, dynamic["operationId"])
        if asked is None:
            yield f"{place}: there is no {dynamic['operationId']}"
            continue
        given, known = dynamic["parameters"], {each["name"]: each for each in asked["parameters"]}
        required = {name for name, each in known.items() if each["required"]}
        if not required <= given.keys() <= known.keys():
            yield f"{place}: {dynamic['operationId']} takes {sorted(known)}"
        here = {each["name"] for each in (operation or {}).get("parameters", ())}
        yield from (
            f"{place}: there is no parameter {each['parameter']}"
            for each in given.values()
            if "parameter" in each and each["parameter"] not in here
        )


def finds_what_it_refers_to(definition: Json, _: Json) -> Iterator[str]:
    """The paths that it names lead somewhere in the answer of the operation: to a list and its members, or to a schema."""
    for place, dynamic, _operation in _dynamics(definition):
        asked = operation_of(definition, dynamic["operationId"])
        if asked is None:
            continue
        listed = dynamic.get("value-collection")
        below = f"{listed}/" if listed else ""
        paths = [f"{below}{dynamic[name]}" for name in ("value-path", "value-title") if name in dynamic]
        yield from (
            f"{place}: {dynamic['operationId']} has no {path}"
            for path in paths
            if at(definition, answer_schema(asked), path) is None
        )


def _places(definition: Json) -> Iterator[tuple[str, Json, Json | None]]:
    """Whatever may depend on something, with the operation whose parameters it can name."""
    yield from roots(definition)
    yield from ((place, each, None) for place, each in members(definition))
    for place, operation in operations(definition):
        yield from ((f"{place} {each['name']}", each, operation) for each in operation["parameters"])


def _dynamics(definition: Json) -> Iterator[tuple[str, Json, Json | None]]:
    for place, each, operation in _places(definition):
        for old, _new in _OLD_AND_NEW:
            if old in each:
                yield place, each[old], operation


def _as_new(old: Json | None) -> Json | None:
    """An old designer's words in a new one's."""
    if old is None:
        return None
    names = (
        {"value-collection": "itemsPath", "value-path": "itemValuePath", "value-title": "itemTitlePath"}
        if "value-collection" in old
        else {"value-path": "itemValuePath"}
    )
    new = {names.get(name, name): value for name, value in old.items()}
    new["parameters"] = {
        name: {"parameterReference": each["parameter"]} if "parameter" in each else each
        for name, each in old["parameters"].items()
    }
    return new
