"""Headers that every answer has, and those that are passed on."""

import secrets
from uuid import UUID, uuid4

import pytest

from tests.e2e.client import Client, refusal
from tests.e2e.dataverse import Dataverse

ANSWERS = [
    "GET /flows",
    "GET /runs",
    "GET /health",
    "GET /connection-references",
    "GET /runs/x",
    "GET /results/x",
    "POST /callbacks/x/y",
    "POST /flows/x/runs",
    "GET /runs?status=x",
    "POST /runs/x/cancel",
]


@pytest.mark.parametrize("route", ANSWERS)
def test_every_answer_has_an_id_of_its_own(client: Client, route: str) -> None:
    """x-ms-request-id, a GUID, never the same twice, on successes and on errors."""
    method, _, path = route.partition(" ")

    ids = {UUID(client.send(method, path).headers["x-ms-request-id"]) for _ in range(2)}

    assert len(ids) == 2


def test_a_start_and_an_accepted_callback_have_one_too(client: Client, dataverse: Dataverse) -> None:
    """202 and 204 are no exceptions."""
    flow = dataverse.flow()
    started = client.start(flow)
    client.wait(started.json())

    again = client.send("POST", dataverse.session(flow)["callbackurl"], keyed=False, json={})

    assert again.status_code == 204
    assert UUID(started.headers["x-ms-request-id"]) != UUID(again.headers["x-ms-request-id"])


@pytest.mark.parametrize(
    "route", ["GET /runs/x", "GET /flows/x", "GET /runs?status=x", "POST /flows/x/runs", "GET /health?x=1"]
)
def test_an_error_s_code_stands_in_a_header_as_well(client: Client, route: str) -> None:
    """x-ms-error-code is error.code."""
    method, _, path = route.partition(" ")
    answer = client.send(method, path)

    assert answer.headers["x-ms-error-code"] == refusal(answer).code


def test_a_success_has_no_error_code(client: Client) -> None:
    """The header is for errors alone."""
    assert "x-ms-error-code" not in client.get("/runs").headers


def test_the_caller_s_trace_reaches_dataverse(client: Client, dataverse: Dataverse) -> None:
    """The traceparent is passed on with every request that serves the caller's."""
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    flow = dataverse.endless_flow(inputs={"A": "string"})

    client.start(flow, inputs={"A": "x"}, headers={"traceparent": trace})

    assert dataverse.traces(flow) == [trace, trace]


@pytest.mark.parametrize("trace", ["", "garbage", "00-0-0-01", "00-" + "x" * 32 + "-" + "0" * 16 + "-01"])
def test_a_trace_that_is_none_does_no_harm(client: Client, dataverse: Dataverse, trace: str) -> None:
    """The start goes on without it."""
    flow = dataverse.endless_flow()

    client.started(flow, headers={"traceparent": trace})

    assert dataverse.traces(flow) == [None]


def test_answers_are_json_in_utf_8(client: Client, dataverse: Dataverse) -> None:
    """Characters outside ASCII come back as they were given."""
    name = "Gr\u00fc\u00dfe \u20ac \U0001f600"

    run = client.started(dataverse.endless_flow(), clientReference=name)

    answer = client.get(f"/runs/{run['runId']}")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert name.encode() in answer.content


def test_an_unknown_flow_costs_no_start(client: Client, dataverse: Dataverse) -> None:
    """An id in the right form that is no flow's is refused by Dataverse, once."""
    flow = str(uuid4())

    assert refusal(client.start(flow)).status == 404
    assert dataverse.asked("RunDesktopFlow", flow) == 1
