"""Schemas as designers read them, from the same declarations as all others."""

import json
from typing import Any

import pytest

from connector_helpers.fields import fields_of
from connector_helpers.start_fields import FIELDS, start_schema
from shared.http import members
from shared.http.plain_schema import plain, plain_schema, title_of
from shared.http.run_view import RunView
from shared.starting.request import StartBody


@pytest.mark.parametrize("shape", [RunView, StartBody])
def test_nothing_newer_than_openapi_2_is_left(shape: Any) -> None:
    """No alternatives, no null, no references: old designers know none of these."""
    text = json.dumps(plain_schema(shape))

    assert not [
        word for word in ("anyOf", "oneOf", "allOf", "not", "null", "$ref", "const") if f'"{word}"' in text
    ]


def test_what_may_be_null_is_not_required() -> None:
    """A run that has not begun has no time of its beginning."""
    schema = plain_schema(RunView)

    assert "runId" in schema["required"]
    assert "startedAt" in schema["properties"]
    assert "startedAt" not in schema["required"]


def test_words_are_said_in_place() -> None:
    """With their type, which JSON Schema leaves out beside them."""
    mode = plain_schema(StartBody)["properties"]["runMode"]

    assert (mode["type"], mode["enum"]) == ("string", ["attended", "unattended"])


def test_real_alternatives_are_refused() -> None:
    """There is no way to say them to a designer, and to leave one out would be a lie."""
    with pytest.raises(ValueError, match="too many values"):
        plain({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {})


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("flowId", "Flow ID"),
        ("inputsJson", "Inputs JSON"),
        ("self", "Self"),
        ("createdAfter", "Created After"),
    ],
)
def test_titles_are_made_from_names(name: str, title: str) -> None:
    """In title case, abbreviations as they are spelled."""
    assert title == title_of(name)


def test_a_form_has_every_member_of_a_start() -> None:
    """In an order of its own; one that is new has to find its place."""
    assert FIELDS.keys() == members.fields_of(StartBody).keys()
    inputs = fields_of({"A": {"type": "string"}})
    assert start_schema(inputs)["properties"].keys() == FIELDS.keys() - {"inputsJson"}


@pytest.mark.parametrize(
    ("about", "field"),
    [
        ({}, {"x-ms-summary": "A"}),
        ({"type": "number", "default": 0}, {"x-ms-summary": "A", "type": "number", "default": 0}),
        ({"title": "An amount", "x-other": 1}, {"x-ms-summary": "An amount"}),
        ({"title": "", "description": None}, {"x-ms-summary": "A"}),
        ({"title": 7, "type": ["string", "null"], "format": {}, "enum": "x"}, {"x-ms-summary": "A"}),
        ({"type": "array"}, {"x-ms-summary": "A", "type": "array", "items": {}}),
        ({"type": "string", "enum": ["a"]}, {"x-ms-summary": "A", "type": "string", "enum": ["a"]}),
    ],
)
def test_a_field_keeps_what_a_designer_understands(about: dict[str, Any], field: dict[str, Any]) -> None:
    """Whatever else Dataverse says of it; its title is never missing."""
    assert {"type": "object", "properties": {"A": field}} == fields_of({"A": about})
