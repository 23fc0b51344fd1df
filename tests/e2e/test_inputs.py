"""Inputs: held against the flow's own schema before anything is sent, and only as far as it is known."""

import json
from typing import Any

import pytest

from tests.e2e.client import Client, body_of, refusal
from tests.e2e.dataverse import Dataverse

LARGEST_INPUTS = 2_097_152


@pytest.mark.parametrize(
    ("inputs", "wrong"),
    [
        ({"Text": 1}, {"Text": "WrongType"}),
        ({"Text": None}, {"Text": "WrongType"}),
        ({"Number": "twelve"}, {"Number": "WrongType"}),
        ({"Number": True}, {"Number": "WrongType"}),
        ({"Number": ""}, {"Number": "WrongType"}),
        ({"Flag": "true"}, {"Flag": "WrongType"}),
        ({"Flag": 1}, {"Flag": "WrongType"}),
        ({"text": "x"}, {"text": "UnknownInput"}),
        (
            {"Text": 1, "Flag": 0, "Other": 2, "Number": 3},
            {"Text": "WrongType", "Flag": "WrongType", "Other": "UnknownInput"},
        ),
    ],
)
def test_inputs_that_the_flow_does_not_take_are_refused_one_by_one(
    client: Client, dataverse: Dataverse, inputs: dict[str, Any], wrong: dict[str, str]
) -> None:
    """400 InvalidInputs, one detail for each field; nothing is sent and no run is left."""
    flow = dataverse.flow(inputs={"Text": "string", "Number": "number", "Flag": "boolean"})

    refused = refusal(client.start(flow, inputs=inputs))

    assert refused.said == (400, "InvalidInputs")
    assert {detail["target"]: detail["code"] for detail in refused.details} == wrong
    assert dataverse.asked("RunDesktopFlow", flow) == 0
    assert client.listed(flowId=flow) == []


@pytest.mark.parametrize(("kind", "value"), [("object", "text"), ("array", {"a": 1}), ("object", [1])])
def test_types_that_are_not_documented_are_checked_only_if_strict(
    client: Client, impatient: Client, dataverse: Dataverse, kind: str, value: Any
) -> None:
    """They pass, unless INPUT_CHECK is strict."""
    flow = dataverse.endless_flow(inputs={"Value": kind})

    assert refusal(impatient.start(flow, inputs={"Value": value})).said == (400, "InvalidInputs")
    body_of(client.start(flow, inputs={"Value": value}), 202)


def test_before_inputs_are_refused_a_fresh_schema_is_fetched(client: Client, dataverse: Dataverse) -> None:
    """The author has added an input since the schema was cached: it is taken."""
    flow = dataverse.endless_flow(inputs={"Old": "string"})
    client.started(flow, inputs={"Old": "x"})
    dataverse.redefine(flow, inputs={"Old": "string", "New": "number"}, runSeconds=None)

    body_of(client.start(flow, inputs={"Old": "x", "New": 1}), 202)

    assert dataverse.asked("RetrieveSchema", flow) == 2


@pytest.mark.parametrize(
    "rule",
    [{"do": "status", "status": 500}, {"do": "status", "status": 403}, {"do": "drop-connection"}],
)
def test_a_schema_that_cannot_be_read_is_not_a_flow_without_inputs(
    client: Client, dataverse: Dataverse, rule: dict[str, Any]
) -> None:
    """Unknown means unchecked: the inputs pass."""
    dataverse.fault("RetrieveSchema", **rule)

    body_of(client.start(dataverse.endless_flow(inputs={"A": "string"}), inputs={"A": "x"}), 202)


@pytest.mark.parametrize("missing", ["204", "200-empty", "404"])
def test_a_flow_without_a_schema_leaves_inputs_to_dataverse(
    client: Client, dataverse: Dataverse, missing: str
) -> None:
    """Nothing is known of its inputs, so they are sent; Dataverse's refusal is told with its own words."""
    dataverse.switch(memoMissing=missing)
    flow = dataverse.flow()

    refused = refusal(client.start(flow, inputs={"A": "x"}))

    assert refused.said == (400, "DataverseRefused")
    assert "'A'" in refused.details[0]["message"]
    assert dataverse.asked("RunDesktopFlow", flow) == 1


@pytest.mark.parametrize("text", ["x", "\u00fc", "\u20ac"])
def test_inputs_of_two_mebibytes_are_the_limit(client: Client, dataverse: Dataverse, text: str) -> None:
    """Counted in bytes of the JSON that Dataverse is sent: at the limit it is started, one byte more is refused here."""
    flow = dataverse.endless_flow(inputs={"A": "string"})
    room = LARGEST_INPUTS - len('{"A":""}')
    size = len(text.encode())
    fitting = text * (room // size) + "x" * (room % size)

    body_of(client.start(flow, inputs={"A": fitting}), 202)
    refused = refusal(client.start(flow, inputs={"A": fitting + "x"}))

    assert refused.said == (413, "InputsTooLarge")
    assert dataverse.asked("RunDesktopFlow", flow) == 1


@pytest.mark.parametrize(
    ("kind", "given", "sent"),
    [
        ("string", "", ""),
        ("string", "01", "01"),
        ("number", 3, 3),
        ("number", "12.50", 12.5),
        ("number", " -7 ", -7),
        ("boolean", False, False),
        ("object", {"a": [1, None]}, {"a": [1, None]}),
        ("array", [1, "b"], [1, "b"]),
    ],
)
def test_inputs_arrive_as_they_were_given(
    client: Client, dataverse: Dataverse, kind: str, given: Any, sent: Any
) -> None:
    """Every type passes unchanged, but that a number given as text is sent as a number."""
    flow = dataverse.flow(inputs={"Value": kind}, outputs={"Value": kind}, echo=True)

    ended = client.wait(client.started(flow, inputs={"Value": given}))

    assert json.dumps(body_of(client.outputs(ended), 200)["Value"]) == json.dumps(sent)
