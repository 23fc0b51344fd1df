"""What callers build on changes only where the changelog says so."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from infra.api.breaking import breaks
from infra.api.changelog import stated
from infra.api.files import CHANGELOG, DESCRIPTION, PUBLISHED, read

type Json = dict[str, Any]
type Change = Callable[[Json], object]

REFERENCE = "#/components/schemas/"
DESCRIBED: Json = {
    "paths": {
        "/runs": {
            "get": {
                "operationId": "listRuns",
                "parameters": [
                    {
                        "name": "size",
                        "in": "query",
                        "required": False,
                        "allowEmptyValue": True,
                        "schema": {"type": "integer", "minimum": 1, "maximum": 9},
                    }
                ],
                "responses": {
                    "200": {
                        "headers": {"Location": {"required": True}, "Retry-After": {"required": False}},
                        "content": {"application/json": {"schema": {"$ref": REFERENCE + "Run"}}},
                    },
                    "404": {"headers": {"x-ms-error-code": {"schema": {"enum": ["RunNotFound"]}}}},
                },
                "security": [{"key": []}],
                "x-roles": ["Runs.Read", "Runs.ReadAll"],
            },
            "post": {
                "operationId": "startRun",
                "parameters": [],
                "requestBody": {
                    "required": False,
                    "content": {"application/json": {"schema": {"$ref": REFERENCE + "Start"}}},
                },
                "responses": {"201": {"headers": {}}, "202": {"headers": {}}},
                "security": [],
            },
        }
    },
    "components": {
        "schemas": {
            "Run": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "mode": {"$ref": REFERENCE + "Mode"},
                    "error": {"anyOf": [{"$ref": REFERENCE + "Error"}, {"type": "null"}]},
                    "value": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                    "history": {"type": "array", "items": {"type": "string"}},
                    "outputs": {"type": "object", "additionalProperties": {"type": "string"}},
                    "retryOf": {"$ref": REFERENCE + "Run"},
                },
                "required": ["id", "mode"],
            },
            "Start": {
                "type": "object",
                "properties": {
                    "mode": {"$ref": REFERENCE + "Mode"},
                    "name": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "inputs": {"type": "object"},
                    "names": {"type": "array", "items": {"type": "string"}, "maxItems": 9},
                },
                "required": ["mode"],
            },
            "Mode": {"type": "string", "enum": ["attended", "unattended"]},
            "Error": {"type": "object", "properties": {"code": {"type": "string"}}},
        }
    },
}


def get(document: Json) -> Json:
    operation: Json = document["paths"]["/runs"]["get"]
    return operation


def post(document: Json) -> Json:
    operation: Json = document["paths"]["/runs"]["post"]
    return operation


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def member(document: Json, name: str, of: str) -> Json:
    found: Json = schema(document, name)["properties"][of]
    return found


def parameter(document: Json) -> Json:
    found: Json = get(document)["parameters"][0]
    return found


_NEW = {"name": "x", "in": "query", "schema": {"type": "string"}}
_ANY = {"schema": {"type": "object"}}
_BODY = {"application/json": {"schema": {"$ref": REFERENCE + "Start"}}}

BREAKING: list[tuple[Change, str]] = [
    (lambda d: d["paths"]["/runs"].pop("get"), "GET /runs was removed."),
    (lambda d: d["paths"].update({"/runs": {"get": get(d)}}), "POST /runs was removed."),
    (
        lambda d: get(d).update({"operationId": "runs"}),
        "GET /runs: its operationId is runs, no longer listRuns.",
    ),
    (lambda d: get(d)["x-roles"].remove("Runs.Read"), "GET /runs: the role Runs.Read no longer opens it."),
    (lambda d: post(d).update({"security": [{"key": []}]}), "POST /runs: it asks for a key or a role."),
    (lambda d: get(d)["parameters"].clear(), "GET /runs: the query parameter size was removed."),
    (lambda d: parameter(d).update({"required": True}), "GET /runs: the query parameter size is required."),
    (
        lambda d: parameter(d).pop("allowEmptyValue"),
        "GET /runs: the query parameter size can no longer be left without a value.",
    ),
    (
        lambda d: get(d)["parameters"].append(_NEW | {"required": True}),
        "GET /runs: the query parameter x is new, and required.",
    ),
    (
        lambda d: parameter(d)["schema"].update({"minimum": 2}),
        "GET /runs: the query parameter size has the minimum 2, before 1.",
    ),
    (
        lambda d: parameter(d)["schema"].update({"maximum": 8}),
        "GET /runs: the query parameter size has the maximum 8, before 9.",
    ),
    (
        lambda d: parameter(d)["schema"].update({"type": "string"}),
        "GET /runs: the query parameter size is string, no longer integer.",
    ),
    (
        lambda d: get(d).update({"requestBody": {"required": True, "content": _BODY}}),
        "GET /runs: it asks for a body.",
    ),
    (lambda d: post(d).pop("requestBody"), "POST /runs: it no longer takes a body."),
    (lambda d: post(d)["requestBody"].update({"required": True}), "POST /runs: its body is required."),
    (
        lambda d: post(d)["requestBody"].update({"content": {"text/plain": _ANY}}),
        "POST /runs: it no longer takes application/json.",
    ),
    (lambda d: post(d)["responses"].pop("202"), "POST /runs, 202: it is no longer answered."),
    (
        lambda d: get(d)["responses"]["200"]["headers"].pop("Location"),
        "GET /runs, 200: the header Location was removed.",
    ),
    (
        lambda d: get(d)["responses"]["200"]["headers"]["Location"].update({"required": False}),
        "GET /runs, 200: the header Location may be absent.",
    ),
    (
        lambda d: get(d)["responses"]["200"].update({"content": {"text/plain": _ANY}}),
        "GET /runs, 200: it is no longer given as application/json.",
    ),
    (lambda d: schema(d, "Run")["properties"].pop("history"), "Run: the member history was removed."),
    (lambda d: schema(d, "Run")["required"].remove("id"), "Run: the member id may be absent."),
    (
        lambda d: member(d, "Run", "id").pop("format"),
        "Run: the member id has the format none, no longer uuid.",
    ),
    (
        lambda d: member(d, "Run", "id").update({"type": "integer"}),
        "Run: the member id is integer, no longer string.",
    ),
    (
        lambda d: schema(d, "Run")["properties"].update(
            {"id": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}}
        ),
        "Run: the member id may be null.",
    ),
    (
        lambda d: member(d, "Run", "value")["anyOf"].append({"type": "boolean"}),
        "Run: the member value is another choice of types.",
    ),
    (
        lambda d: member(d, "Run", "history")["items"].update({"type": "integer"}),
        "each of Run: the member history is integer, no longer string.",
    ),
    (
        lambda d: member(d, "Run", "outputs")["additionalProperties"].update({"type": "integer"}),
        "each member of Run: the member outputs is integer, no longer string.",
    ),
    (lambda d: schema(d, "Error")["properties"].pop("code"), "Error: the member code was removed."),
    (lambda d: schema(d, "Start")["properties"].pop("name"), "Start: the member name was removed."),
    (lambda d: schema(d, "Start")["required"].append("name"), "Start: the member name is required."),
    (
        lambda d: (
            schema(d, "Start")["properties"].update({"x": {"type": "string"}}),
            schema(d, "Start")["required"].append("x"),
        ),
        "Start: the member x is new, and required.",
    ),
    (
        lambda d: schema(d, "Start").update({"additionalProperties": False}),
        "Start no longer takes other members.",
    ),
    (
        lambda d: schema(d, "Start").update({"allOf": [{"required": ["name", "inputs"]}]}),
        "Start asks for more of its members together.",
    ),
    (
        lambda d: schema(d, "Start")["properties"].update({"note": {"type": "string"}}),
        "Start: the member note can no longer be null.",
    ),
    (
        lambda d: member(d, "Start", "name").update({"pattern": "^ab"}),
        "Start: the member name has the pattern ^ab, before ^a.",
    ),
    (
        lambda d: member(d, "Start", "name").update({"maxLength": 8}),
        "Start: the member name has the maxLength 8, before 9.",
    ),
    (
        lambda d: member(d, "Start", "names").update({"minItems": 1}),
        "Start: the member names has the minItems 1, before none.",
    ),
    (lambda d: schema(d, "Mode")["enum"].remove("attended"), "Mode no longer takes attended."),
    (
        lambda d: member(d, "Start", "note")["anyOf"][0].update({"enum": ["x"]}),
        "Start: the member note no longer takes any text.",
    ),
]

HARMLESS: list[Change] = [
    lambda d: d["paths"].update({"/flows": {"get": get(d)}}),
    lambda d: get(d)["parameters"].append(_NEW | {"required": False}),
    lambda d: get(d)["x-roles"].append("Runs.Start"),
    lambda d: get(d).pop("x-roles"),
    lambda d: get(d)["responses"].pop("404"),
    lambda d: get(d)["responses"].update({"409": {"headers": {}}}),
    lambda d: get(d)["responses"]["404"]["headers"]["x-ms-error-code"]["schema"]["enum"].append("Other"),
    lambda d: parameter(d)["schema"].update({"minimum": 0, "maximum": 10}),
    lambda d: parameter(d)["schema"].pop("maximum"),
    lambda d: post(d)["responses"].update({"200": {"headers": {}}}),
    lambda d: schema(d, "Run")["properties"].update({"x": {"type": "string"}}),
    lambda d: schema(d, "Run")["required"].append("history"),
    lambda d: schema(d, "Run")["properties"].update({"error": {"$ref": REFERENCE + "Error"}}),
    lambda d: member(d, "Run", "value")["anyOf"].pop(),
    lambda d: schema(d, "Start")["properties"].update({"x": {"type": "string"}}),
    lambda d: schema(d, "Start")["required"].clear(),
    lambda d: member(d, "Start", "name").pop("pattern"),
    lambda d: schema(d, "Mode")["enum"].append("both"),
]


def test_what_is_the_same_breaks_nothing() -> None:
    """Types that refer to themselves included."""
    assert [] == breaks(DESCRIBED, deepcopy(DESCRIBED))


@pytest.mark.parametrize(("change", "told"), BREAKING, ids=[told for _, told in BREAKING])
def test_a_breaking_change_is_told_in_one_sentence(change: Change, told: str) -> None:
    """Each kind, by itself."""
    new = deepcopy(DESCRIBED)
    change(new)

    assert [told] == breaks(DESCRIBED, new)


@pytest.mark.parametrize("change", HARMLESS)
def test_what_breaks_nobody_is_not_told(change: Change) -> None:
    """More that may be asked, more that is promised, and other ways to fail."""
    new = deepcopy(DESCRIBED)
    change(new)

    assert new != DESCRIBED
    assert [] == breaks(DESCRIBED, new)


def test_what_the_description_breaks_stands_in_the_changelog() -> None:
    """Against what was last published; `python3 -m infra.api --publish` makes this one what callers build on."""
    said = stated(CHANGELOG.read_text(encoding="utf-8"))

    assert [] == [each for each in breaks(read(PUBLISHED), read(DESCRIPTION)) if each not in said]


def test_only_the_newest_entry_states_what_breaks() -> None:
    """What an earlier version broke excuses nothing."""
    old = "# Changelog\n\n## 1.0\n\n### Breaking\n\n- GET /old was removed.\n"
    new = "# Changelog\n\n## 2.0\n\n### Breaking\n\n- GET /new was removed.\n\n### Added\n\n- GET /other.\n\n## 1.0"

    assert {"GET /old was removed."} == stated(old)
    assert {"GET /new was removed."} == stated(new + old.partition("## 1.0")[2])
    assert set() == stated(old.replace("## 1.0", "## 2.0\n\n### Added\n\n- All.\n\n## 1.0"))
