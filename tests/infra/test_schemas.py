"""Azure's types are distilled from two sources, and nothing that may be written is lost."""

from pathlib import Path
from typing import Any

import pytest

from infra.check import structure
from infra.check.reading import parse
from infra.check.schemas import distil, models, refresh
from infra.check.schemas.azure import resource_type
from infra.check.schemas.wanted import FROM_AZMCP, PACKAGES


def member(name: str, kind: str, flags: str | None = None) -> dict[str, str | None]:
    return {"name": name, "type": kind, "flags": flags}


ANSWER: list[dict[str, Any]] = [
    {
        "$type": "Resource",
        "name": "Some.Kind/things@2020-01-01",
        "bodyType": {
            "properties": [
                member("name", "string", "Required, DeployTimeConstant"),
                member("properties", "ThingProperties"),
                member("id", "string", "ReadOnly"),
            ]
        },
    },
    {
        "$type": "Object",
        "name": "ThingProperties",
        "properties": [
            member("level", "Low | High | string"),
            member("fixed", "Low | Part"),
            member("parts", "Part[]"),
            member("form", "Form"),
            member("kept", "bool", "WriteOnly"),
        ],
    },
    {"$type": "Object", "name": "Part", "properties": [], "additionalPropertiesType": "int"},
    {"$type": "Object", "name": "Unreached", "properties": []},
    {
        "$type": "DiscriminatedObject",
        "name": "Form",
        "discriminator": "is",
        "baseProperties": [member("size", "int")],
        "elements": [{"properties": [member("is", "Round", "Required"), member("radius", "int")]}],
    },
]
MODELS = """
class Part:
    _validation = {"name": {"required": True}, "id": {"readonly": True}}
    _attribute_map = {"name": {"key": "name", "type": "str"}, "id": {"key": "id", "type": "str"}}

class Round(Part):
    _attribute_map = {"kind": {"key": "odata\\\\.type", "type": "str"}, "radius": {"key": "radius", "type": "float"}}

class Form:
    _attribute_map = {"kind": {"key": "odata\\\\.type", "type": "str"}}
    _subtype_map = {"kind": {"Some.Round": "Round"}}

class Thing(Part):
    _validation = {"location": {"required": True}, "period": {"required": True}}
    _attribute_map = {
        "location": {"key": "location", "type": "str"},
        "tags": {"key": "tags", "type": "{str}"},
        "period": {"key": "properties.period", "type": "duration"},
        "parts": {"key": "properties.parts", "type": "[Part]"},
        "form": {"key": "properties.form", "type": "Form"},
    }
"""


def test_what_azmcp_answers_is_distilled() -> None:
    """Flags, literals (also those that are called as a type is), lists, maps and forms; nothing that is not reached."""
    name, body, types = distil.distilled(ANSWER)

    assert "Some.Kind/things@2020-01-01" == name
    assert {"name": "!string", "properties": "ThingProperties", "id": "-string"} == body
    assert {
        "ThingProperties": {
            "level": "'Low' | 'High' | string",
            "fixed": "'Low' | 'Part'",
            "parts": "Part[]",
            "form": "Form",
            "kept": "bool",
        },
        "Part": {"*": "int"},
        "Form": {"$by": "is", "$cases": {"Round": {"size": "int", "is": "!'Round'", "radius": "int"}}},
    } == types


def test_models_of_a_library_are_distilled() -> None:
    """Keys with dots stand deeper, and what holds something required is required itself."""
    body, types = models.distilled(MODELS, "Thing")

    assert {
        "name": "!string",
        "location": "!string",
        "tags": "{string}",
        "properties": "!Thing.properties",
    } == body
    assert {
        "Thing.properties": {"period": "!string", "parts": "Part[]", "form": "Form"},
        "Part": {"name": "!string", "id": "-string"},
        "Form": {
            "$by": "odata.type",
            "$cases": {"Some.Round": {"odata.type": "!'Some.Round'", "radius": "any"}},
        },
    } == types


def test_every_type_that_is_named_is_explained() -> None:
    """An object of a type without an explanation would pass whatever it holds."""
    for namespace, parts in refresh.read().items():
        for made in (*parts["resources"].values(), *parts["types"].values()):
            cases = made.get("$cases", {"": made}).values()
            kinds = {kind.strip("!-{}") for case in cases for kind in case.values()}
            names = {
                each.removesuffix("[]").removesuffix("[]") for kind in kinds for each in kind.split(" | ")
            }
            unknown = {each for each in names if not each.startswith("'")} - {"string", "int", "bool", "any"}

            assert unknown <= parts["types"].keys(), namespace


def test_all_that_is_wanted_is_there() -> None:
    """And the file is as the command writes it."""
    wanted = [*FROM_AZMCP, *(f"{each.namespace}/{name}" for each in PACKAGES for name in each.resources)]

    assert [] == [name for name in wanted if resource_type(name) is None]
    assert refresh.FILE.read_text() == refresh.written(refresh.read())


ALERT = """
param location string
param component string
resource alert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'alert'
  location: location
  properties: {
    severity: 2
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    scopes: [component]
    criteria: { allOf: [{ query: 'traces', timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }] }
    autoMitigate: true
  }
}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity: 2", "severity: '2'", "string where int is wanted"),
        ("scopes: [component]", "scopes: component", "string where string[] is wanted"),
        ("windowSize:", "window:", "there is no window here"),
        ("query: 'traces'", "kql: 'traces'", "there is no kql here"),
        ("  location: location\n", "", "location is missing"),
    ],
    ids=["kind", "list", "unknown", "deep", "missing"],
)
def test_alerts_are_checked_by_the_library_s_models(old: str, new: str, said: str) -> None:
    """What is right passes, what is wrong is said."""
    path = Path("alert.bicep")
    right, wrong = parse(ALERT, path), parse(ALERT.replace(old, new, 1), path)

    assert [] == structure.findings({path: right})
    assert [each for each in structure.findings({path: wrong}) if said in each.message]
