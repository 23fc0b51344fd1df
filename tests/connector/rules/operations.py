"""Each operation, as it stands in a list of actions."""

import re
from collections import Counter
from collections.abc import Iterator

from tests.connector.rules.walk import Json, at, operation_of, operations, resolved, successes

_PASCAL = re.compile(r"[A-Z][A-Za-z]+")
_LONGEST_SUMMARY = 80


def names_each_operation(definition: Json, _: Json) -> Iterator[str]:
    """By an operationId in PascalCase, no two alike: flows that were made keep it."""
    ids = Counter(operation.get("operationId") for _, operation in operations(definition))
    yield from (
        f"{place}: {operation.get('operationId')}"
        for place, operation in operations(definition)
        if not _PASCAL.fullmatch(operation.get("operationId", "")) or ids[operation["operationId"]] > 1
    )


def summarises_in_a_few_words(definition: Json, _: Json) -> Iterator[str]:
    """A title of at most eighty characters, without a full stop."""
    for place, operation in operations(definition):
        summary = operation.get("summary", "")
        if not 0 < len(summary) <= _LONGEST_SUMMARY or summary.endswith("."):
            yield f"{place}: {summary!r}"


def describes_in_a_sentence(definition: Json, _: Json) -> Iterator[str]:
    """With a full stop, and not the title once more."""
    for place, operation in operations(definition):
        description = operation.get("description", "")
        if not description.endswith(".") or description.rstrip(".") == operation.get("summary"):
            yield f"{place}: {description!r}"


def answers_with_a_schema(definition: Json, _: Json) -> Iterator[str]:
    """A success, and what it holds: without that nothing can be used of it further on."""
    for place, operation in operations(definition):
        found = successes(operation)
        if not found:
            yield f"{place}: no success"
        yield from (
            f"{place} {status}: no schema"
            for status, response in found.items()
            if "schema" not in response and status != "204"
        )


def ends_what_it_accepts(definition: Json, _: Json) -> Iterator[str]:
    """An operation that a platform waits for (202) says what it gives in the end (200)."""
    yield from (
        f"{place}: 202 without 200"
        for place, operation in operations(definition)
        if "202" in operation["responses"] and "200" not in operation["responses"]
    )


def pages_its_lists(definition: Json, properties: Json) -> Iterator[str]:
    """What answers with a nextLink says so, and the policy leads the link through the connection; nothing else does."""
    rewritten = {
        name
        for policy in _policies(properties)
        if policy["templateId"] == "updatenextlink"
        and policy["parameters"].get("x-ms-apimTemplateParameter.nextLinkPropertyName") == "nextLink"
        for name in policy["parameters"]["x-ms-apimTemplate-operationName"]
    }
    for place, operation in operations(definition):
        schemas = [resolved(definition, each.get("schema", {})) for each in successes(operation).values()]
        paged = any(at(definition, schema, "nextLink") for schema in schemas)
        said = operation.get("x-ms-pageable") == {"nextLinkName": "nextLink"}
        if not paged == said == (operation.get("operationId") in rewritten):
            yield f"{place}: nextLink {paged}, x-ms-pageable {said}"


def names_operations_that_exist(definition: Json, properties: Json) -> Iterator[str]:
    """In the policies, and where a connection is tried."""
    named = [
        name
        for policy in _policies(properties)
        for name in policy["parameters"].get("x-ms-apimTemplate-operationName", ())
    ]
    tried = definition.get("x-ms-capabilities", {}).get("testConnection")
    named += [tried["operationId"]] if tried else []
    yield from (f"{name}: no such operation" for name in named if operation_of(definition, name) is None)


def _policies(properties: Json) -> list[Json]:
    policies: list[Json] = properties["properties"].get("policyTemplateInstances", [])
    return policies
