"""Starts that are refused: by us before anything is sent, or by Dataverse, told as what it is."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest
import requests

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


def test_a_flow_that_does_not_exist_is_not_found(client: Client) -> None:
    """404, whether its schema was asked for or not."""
    flow = str(uuid4())

    codes = {refusal(client.start(flow, **more)).said for more in ({}, {"inputs": {"A": 1}})}

    assert codes == {(404, "FlowNotFound")}


@pytest.mark.parametrize("state", ["draft", "suspended"])
def test_a_flow_that_cannot_run_is_refused_in_dataverse_s_words(
    client: Client, dataverse: Dataverse, state: str
) -> None:
    """400, with Dataverse's sentence in the details."""
    refused = refusal(client.start(dataverse.flow(**{state: True})))

    assert refused.said == (400, "DataverseRefused")
    assert state in refused.details[0]["message"]


REFUSALS = [
    (400, "0x80040265", 400, "DataverseRefused"),
    (400, "NoCandidateMachine", 400, "DataverseRefused"),
    (403, "0x80040220", 403, "PrivilegeMissing"),
    (403, "0x80072560", 403, "ApplicationUserMissing"),
    (404, "0x80040217", 404, "DataverseNotFound"),
    (413, "0x80040265", 413, "InputsTooLarge"),
    (401, None, 502, "DataverseAuthenticationFailed"),
    (429, "0x80072322", 429, "DataverseThrottled"),
    (429, "DesktopFlowsActionThrottled", 429, "DataverseThrottled"),
]


@pytest.mark.parametrize(("status", "code", "told", "as_code"), REFUSALS)
def test_a_definite_refusal_is_told_as_what_it_is(
    client: Client, dataverse: Dataverse, status: int, code: str | None, told: int, as_code: str
) -> None:
    """Our status and code, Dataverse's own in the details; the run stays, Failed for the same reason."""
    more = {"retryAfter": 42} if status == requests.codes.too_many else {}
    dataverse.refuse("RunDesktopFlow", status, code, **more)
    flow = dataverse.flow()

    answer = client.start(flow)

    refused = refusal(answer)
    assert refused.said == (told, as_code)
    assert refused.details[0]["target"] == "dataverse"
    assert refused.details[0]["code"] == (code or str(status))
    assert answer.headers.get("Retry-After") == ("42" if more else None)
    (run,) = client.listed(flowId=flow)
    assert answer.headers["Operation-Location"] == run["links"]["self"]
    assert (run["status"], run["error"]["code"], run["sessionId"]) == ("Failed", as_code, None)
    assert run["error"]["details"] == refused.details
    assert run["error"]["message"] == refused.message


def test_a_token_that_is_refused_once_is_renewed(client: Client, dataverse: Dataverse) -> None:
    """One 401 costs a second request, with a fresh token; the caller does not notice."""
    dataverse.refuse("RunDesktopFlow", 401, times=1)
    flow = dataverse.endless_flow()

    run = client.started(flow)

    assert run["sessionId"] == dataverse.session(flow)["flowsessionid"]
    assert dataverse.asked("RunDesktopFlow", flow) == 2


def test_no_token_is_an_authentication_that_failed(client: Client, dataverse: Dataverse) -> None:
    """The identity endpoint fails as well: 502, and nothing more was sent than the one that was refused."""
    dataverse.refuse("RunDesktopFlow", 401, times=1)
    dataverse.refuse("Token", 500)
    flow = dataverse.flow()

    refused = refusal(client.start(flow))

    assert refused.said == (502, "DataverseAuthenticationFailed")
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_short_throttling_is_waited_for(client: Client, dataverse: Dataverse) -> None:
    """Dataverse asks for a second: the start takes it within the request."""
    dataverse.refuse("RunDesktopFlow", 429, "0x80072322", retryAfter=1, times=1)
    flow = dataverse.endless_flow()
    begun = time.monotonic()

    client.started(flow)

    assert time.monotonic() - begun >= 1
    assert dataverse.asked("RunDesktopFlow", flow) == 2


def test_a_long_throttling_is_told_at_once(client: Client, dataverse: Dataverse) -> None:
    """Longer than five seconds is the caller's to wait: 429 without delay."""
    dataverse.refuse("RunDesktopFlow", 429, "0x80072322", retryAfter=6)
    begun = time.monotonic()

    answer = client.start(dataverse.flow())

    assert (refusal(answer).status, answer.headers["Retry-After"]) == (429, "6")
    assert time.monotonic() - begun < 3


def test_a_connection_that_has_had_its_runs_is_throttled(client: Client, dataverse: Dataverse) -> None:
    """The third of two allowed a minute: 429, when to come again, and the run says why it failed."""
    dataverse.switch(connectionRateLimit=2)
    flow = dataverse.flow()
    for _ in range(2):
        client.started(flow)

    answer = client.start(flow)

    refused = refusal(answer)
    assert (refused.said, refused.details[0]["code"]) == (
        (429, "DataverseThrottled"),
        "DesktopFlowsActionThrottled",
    )
    assert int(answer.headers["Retry-After"]) > 5
    assert len(dataverse.sessions(flow)) == 2


def test_an_unknown_connection_is_refused_in_dataverse_s_words(client: Client, dataverse: Dataverse) -> None:
    """400, the connection named."""
    dataverse.switch(acceptAnyConnection=False)

    refused = refusal(client.start(dataverse.flow(), connectionName="nowhere"))

    assert refused.said == (400, "DataverseRefused")
    assert "nowhere" in refused.details[0]["message"]


def test_the_default_connection_reference_is_for_starts_that_name_none(
    impatient: Client, dataverse: Dataverse
) -> None:
    """The setting stands in; a connection that is named outranks it."""
    flow = dataverse.endless_flow()

    answer = impatient.send("POST", f"/flows/{flow}/runs", data=json.dumps({"runMode": "attended"}))
    named = impatient.started(flow)

    assert body_of(answer, 202)["connectionReference"] == "contoso_WarehouseDesk"
    assert "connectionReference" not in named
