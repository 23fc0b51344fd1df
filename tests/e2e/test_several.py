"""Several starts or cancels in one request: each is done, or refused, by itself."""

import uuid
from typing import Any

import pytest

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse


def order(flow: str, **members: Any) -> Json:
    return {"flowId": flow, "runMode": "unattended", "connectionName": f"connection-{flow}"} | members


def items(client: Client, path: str, body: Json, **headers: str) -> list[Json]:
    value: list[Json] = body_of(client.send("POST", path, json=body, headers=headers), 200)["value"]
    return value


def test_each_start_has_its_own_answer(client: Client, dataverse: Dataverse) -> None:
    """In the order in which they were asked for; what is wrong with one does not stop the others."""
    flow, other = (dataverse.flow(inputs={"A": "string"}) for _ in range(2))
    asked = [
        order(flow, inputs={"A": "x"}),
        order(other, inputs={"B": 1}),
        order(flow, runMode="sometimes"),
        order("no guid"),
        order(other, inputsJson="{}"),
        7,
        None,
        [order(flow)],
    ]

    answers = items(client, "/runs:start", {"runs": asked})

    assert [each["status"] for each in answers] == [201, 400, 400, 400, 201, 400, 400, 400]
    assert [each.get("error", {}).get("code") for each in answers] == [
        None,
        "InvalidInputs",
        "InvalidRequest",
        "InvalidRequest",
        None,
        *["InvalidRequest"] * 3,
    ]
    assert answers[5]["error"]["message"] == "A start must be a JSON object."
    assert [answers[0]["run"]["flowId"], answers[4]["run"]["flowId"]] == [flow, other]
    assert len(dataverse.sessions(flow)) == len(dataverse.sessions(other)) == 1


@pytest.mark.parametrize("own", [True, False])
def test_a_repeated_request_starts_nothing_twice(client: Client, dataverse: Dataverse, own: bool) -> None:
    """With a key for each, or one for all."""
    flow = dataverse.flow()
    keys = [str(uuid.uuid4()) for _ in range(3)]
    asked = {"runs": [order(flow, **({"idempotencyKey": key} if own else {})) for key in keys]}
    headers = {} if own else {"Idempotency-Key": keys[0]}

    first = items(client, "/runs:start", asked, **headers)
    again = items(client, "/runs:start", asked, **headers)

    assert [each["run"]["runId"] for each in first] == [each["run"]["runId"] for each in again]
    assert [each["replayed"] for each in first + again] == [False] * 3 + [True] * 3
    assert len(dataverse.sessions(flow)) == 3


@pytest.mark.parametrize("runs", [[], [{}] * 101, {}, "x", None])
def test_a_list_that_is_none_is_refused_as_a_whole(client: Client, runs: Any) -> None:
    """Nothing of it is done."""
    assert refusal(client.send("POST", "/runs:start", json={"runs": runs})).said == (400, "InvalidRequest")


def test_each_cancel_has_its_own_answer(client: Client, dataverse: Dataverse) -> None:
    """One settles, one had ended, and one is not there."""
    open_run = client.started(dataverse.endless_flow())
    ended = client.wait(client.started(dataverse.flow()))
    asked = [open_run["runId"].upper(), ended["runId"], str(uuid.uuid4()), "x"]

    answers = items(client, "/runs:cancel", {"runIds": asked})

    assert [each["status"] for each in answers] == [202, 200, 404, 404]
    assert answers[0]["run"]["status"] == "Canceling"
    assert client.wait(open_run)["status"] == "Canceled"
