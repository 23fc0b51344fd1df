"""The definition as a whole."""

import re
from collections.abc import Iterator

from tests.connector.rules.walk import Json, keywords

_NEWER = {
    "openapi",
    "components",
    "servers",
    "requestBody",
    "content",
    "oneOf",
    "anyOf",
    "not",
    "nullable",
    "const",
    "examples",
    "links",
    "callbacks",
    "webhooks",
    "writeOnly",
}
_EXTENSIONS = {
    "x-ms-summary",
    "x-ms-visibility",
    "x-ms-url-encoding",
    "x-ms-trigger",
    "x-ms-trigger-hint",
    "x-ms-notification-content",
    "x-ms-notification-url",
    "x-ms-dynamic-values",
    "x-ms-dynamic-list",
    "x-ms-dynamic-schema",
    "x-ms-dynamic-properties",
    "x-ms-pageable",
    "x-ms-capabilities",
    "x-ms-connector-metadata",
    "x-ms-api-annotation",
    "x-ms-operation-context",
    "x-ms-no-generic-test",
}
_METADATA = ["Website", "Privacy policy", "Categories"]
_LONGEST_TITLE = 30


def speaks_https(definition: Json, _: Json) -> Iterator[str]:
    """A key is never sent in the clear: https, and nothing beside it."""
    if definition.get("schemes") != ["https"]:
        yield f"schemes: {definition.get('schemes')}"


def keeps_to_openapi_2(definition: Json, _: Json) -> Iterator[str]:
    """No keyword of OpenAPI 3: an import drops it, or fails with a word about something else."""
    yield from (
        place
        for place, key, value in keywords(definition)
        if key in _NEWER or (key == "type" and isinstance(value, list))
    )


def knows_its_extensions(definition: Json, _: Json) -> Iterator[str]:
    """An extension that is misspelt is passed over in silence."""
    yield from (
        place
        for place, key, _value in keywords(definition)
        if key.startswith("x-") and key not in _EXTENSIONS
    )


def says_whose_it_is(definition: Json, _: Json) -> Iterator[str]:
    """x-ms-connector-metadata with website, privacy policy and categories."""
    told = [each["propertyName"] for each in definition.get("x-ms-connector-metadata", ())]
    if told != _METADATA:
        yield f"x-ms-connector-metadata: {told}"


def has_a_plain_title(definition: Json, _: Json) -> Iterator[str]:
    """At most thirty characters, none of them the words API or Connector: every title would have them."""
    title = definition["info"]["title"]
    if len(title) > _LONGEST_TITLE or re.search(r"\b(api|connector)\b", title, re.IGNORECASE):
        yield f"info.title: {title}"


def describes_itself(definition: Json, _: Json) -> Iterator[str]:
    """In 30 to 500 characters, which is what the gallery shows."""
    description = definition["info"]["description"]
    if not 30 <= len(description) <= 500:
        yield f"info.description: {len(description)} characters"
