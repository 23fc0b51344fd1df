"""A start for callers that must not wait, inputs and outputs as text, and results that fail the caller's action."""

import json
import uuid
from typing import Any

import pytest

from infra.api.files import DESCRIPTION, read
from tests.e2e.client import Client, body_of, refusal
from tests.e2e.dataverse import Dataverse

ORDER = {"runMode": "unattended"}


def order(flow: str, **members: object) -> dict[str, object]:
    return ORDER | {"connectionName": f"connection-{flow}"} | members


def test_a_start_without_waiting_is_201_with_the_run(client: Client, dataverse: Dataverse) -> None:
    """Location is the run, and nothing tells a platform to wait."""
    flow = dataverse.flow(runSeconds=0.2)

    answer = client.send("POST", f"/flows/{flow}/start", json=order(flow))

    run = body_of(answer, 201)
    assert run["links"]["self"] == answer.headers["Location"] == answer.headers["Operation-Location"]
    assert "Retry-After" not in answer.headers
    assert client.wait(run)["status"] == "Succeeded"


def test_a_key_is_the_same_to_both_ways_of_starting(client: Client, dataverse: Dataverse) -> None:
    """One start, whichever of them is repeated."""
    flow, key = dataverse.flow(), {"Idempotency-Key": str(uuid.uuid4())}
    first = body_of(client.send("POST", f"/flows/{flow}/runs", json=order(flow), headers=key), 202)

    again = client.send("POST", f"/flows/{flow}/start", json=order(flow), headers=key)

    assert body_of(again, 201)["runId"] == first["runId"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(dataverse.sessions(flow)) == 1


def test_inputs_may_come_as_text(client: Client, dataverse: Dataverse) -> None:
    """The same as the object: the flow gets them, and with the same key they are the same request."""
    flow, key = dataverse.flow(inputs={"A": "string", "N": "number"}, echo=True), {"Idempotency-Key": "k"}
    inputs = {"A": "x \u20ac", "N": 1.5}
    text = order(flow, inputsJson=json.dumps(inputs))
    started = body_of(client.send("POST", f"/flows/{flow}/start", json=text, headers=key), 201)

    outputs = client.outputs(client.wait(started))
    again = client.send("POST", f"/flows/{flow}/start", json=order(flow, inputs=inputs), headers=key)

    assert body_of(outputs, 200) == inputs
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"A": 1, "A": 2}', '{"A": NaN}', "null"])
def test_text_that_is_no_object_is_refused(client: Client, dataverse: Dataverse, text: str) -> None:
    """Named as what it is, and nothing is started."""
    flow = dataverse.flow()

    answer = refusal(client.send("POST", f"/flows/{flow}/start", json=order(flow, inputsJson=text)))

    assert answer.said == (400, "InvalidRequest")
    assert answer.target == "inputsJson"
    assert dataverse.sessions(flow) == []


def test_inputs_come_once(client: Client, dataverse: Dataverse) -> None:
    """As an object or as text."""
    flow = dataverse.flow()

    answer = refusal(
        client.send("POST", f"/flows/{flow}/start", json=order(flow, inputs={}, inputsJson="{}"))
    )

    assert answer.said == (400, "InvalidRequest")


def test_outputs_may_be_had_as_text(client: Client, dataverse: Dataverse) -> None:
    """One member, which holds the same object."""
    values = {"Total": 1280.5, "Supplier": "S\u00f6hne"}
    run = client.wait(client.started(dataverse.flow(outputs={"Total": "number"}, outputValues=values)))

    answer = body_of(client.get(f"/runs/{run['runId']}/outputs", {"format": "text"}), 200)

    assert json.loads(answer.pop("outputsJson")) == values
    assert answer == {}
    assert refusal(client.get(f"/runs/{run['runId']}/outputs", {"format": "xml"})).said == (
        400,
        "InvalidParameter",
    )


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [
        (
            {"statuscode": 8, "errorcode": "MachineOffline", "errormessage": "The machine is off."},
            "RunFailed",
            ["MachineOffline"],
        ),
        ({"statuscode": 7}, "RunCanceled", []),
    ],
)
def test_a_result_fails_the_action_that_asked_for_it(
    client: Client, dataverse: Dataverse, end: dict[str, Any], code: str, told: list[str]
) -> None:
    """FailOnError is carried by Location alone; the run's own error is in the details."""
    flow = dataverse.endless_flow()
    answer = client.send("POST", f"/flows/{flow}/runs", json=order(flow), params={"failOnError": "true"})
    dataverse.move(dataverse.session(flow), **end)
    client.wait(body_of(answer, 202))

    failed = refusal(client.send("GET", answer.headers["Location"], keyed=False))

    assert failed.said == (424, code)
    assert [detail["code"] for detail in failed.details] == told
    assert end.get("errormessage", "") in failed.message


def test_a_success_is_the_same_with_and_without_fail_on_error(client: Client, dataverse: Dataverse) -> None:
    """An open result keeps the wish in its Location; a run that succeeded is 200."""
    flow = dataverse.endless_flow()
    answer = client.send("POST", f"/flows/{flow}/runs", json=order(flow), params={"failOnError": "true"})
    open_result = client.send("GET", answer.headers["Location"], keyed=False)
    assert open_result.headers["Location"] == answer.headers["Location"]
    assert answer.headers["Location"].endswith("&failOnError=true")

    (session,) = dataverse.sessions(flow)
    dataverse.move(session, 4)
    client.wait(body_of(answer, 202))

    assert client.send("GET", answer.headers["Location"], keyed=False).status_code == 200


def test_the_api_describes_itself(client: Client) -> None:
    """As OpenAPI, with all that is declared, to whoever may call it; its server is this one, by PUBLIC_BASE_URL."""
    described = body_of(client.get("/openapi.json"), 200)

    assert described["openapi"].startswith("3.1")
    assert read(DESCRIPTION) | {"servers": [{"url": client.base}]} == described
    assert client.send("GET", "/openapi.json", keyed=False).status_code == 401
