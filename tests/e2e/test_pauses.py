"""The operator's stop, over HTTP."""

from typing import Any

import pytest

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse


def pause(client: Client, **members: Any) -> Json:
    answer = client.send("POST", "/pauses", json={"reason": "Month end", "by": "kim"} | members)
    body = body_of(answer, 201)
    assert answer.headers["Location"].endswith(f"/api/pauses/{body['pauseId']}")
    return body


def lift(client: Client, pause: Json) -> int:
    return client.send("DELETE", f"/pauses/{pause['pauseId']}").status_code


def test_a_flow_is_stopped_and_goes_on(client: Client, dataverse: Dataverse) -> None:
    """Its starts wait, others do not; the pause says why and who; once lifted, what waited is started."""
    flow, other = dataverse.endless_flow(), dataverse.endless_flow()
    made = pause(client, scope="flow", flowId=flow.upper())

    waiting, running = client.started(flow), client.started(other)

    assert made in body_of(client.get("/pauses"), 200)["value"]
    assert (made["target"], made["reason"], made["by"], made["source"]) == (
        flow,
        "Month end",
        "kim",
        "operator",
    )
    assert (waiting["statusReason"], running["sessionId"] is None) == ("QueuedForConnection", False)
    assert (204, 404) == (lift(client, made), lift(client, made))
    assert client.wait(waiting, "Running")["sessionId"]


def test_a_connection_is_stopped_whatever_it_is_called(client: Client, dataverse: Dataverse) -> None:
    """A pause of a reference stops starts that name the connection behind it."""
    reference = body_of(client.get("/connection-references"), 200)["value"][0]
    made = pause(client, scope="connection", connectionReference=reference["connectionReference"])
    try:
        flow = dataverse.endless_flow()
        run = client.started(flow, connectionName=reference["connectionId"])
        assert run["statusReason"] == "QueuedForConnection"
        client.cancel(run)
    finally:
        assert lift(client, made) == 204


def test_a_pause_with_a_time_ends_by_itself(client: Client, dataverse: Dataverse) -> None:
    """After its seconds it is no longer listed, and what waited is started."""
    flow = dataverse.endless_flow()
    made = pause(client, scope="flow", flowId=flow, seconds=2)

    run = client.started(flow)

    assert (made["until"] > made["since"], run["sessionId"]) == (True, None)
    assert client.wait(run, "Running")["sessionId"]
    assert made not in body_of(client.get("/pauses"), 200)["value"]


def test_a_second_pause_does_not_replace_the_first(client: Client, dataverse: Dataverse) -> None:
    """409, who and why; the same once more is the same pause, whose answer was lost."""
    flow = dataverse.flow()
    made = pause(client, scope="flow", flowId=flow)

    again = client.send(
        "POST", "/pauses", json={"scope": "flow", "flowId": flow, "reason": "Month end", "by": "kim"}
    )
    short = client.send(
        "POST", "/pauses", json={"scope": "flow", "flowId": flow, "reason": "x", "seconds": 1}
    )

    assert body_of(again, 201) == made
    assert refusal(short).said == (409, "PauseExists")
    assert "kim" in refusal(short).message
    assert lift(client, made) == 204


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"scope": "flow", "flowId": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f319"}, (404, "FlowNotFound")),
        ({"scope": "connection", "connectionReference": "typo_Desk"}, (404, "ConnectionNotFound")),
    ],
)
def test_what_is_not_there_cannot_be_stopped(client: Client, members: Json, said: tuple[int, str]) -> None:
    """A misspelt target would stop nothing, and look as if it did."""
    assert refusal(client.send("POST", "/pauses", json={"reason": "x"} | members)).said == said


def test_a_stop_does_not_wait_for_dataverse(client: Client, dataverse: Dataverse) -> None:
    """While it cannot be asked whether there is such a flow, the pause is made all the same."""
    dataverse.fault("RetrieveFlow", "drop-connection")
    made = pause(client, scope="flow", flowId=dataverse.flow())

    assert lift(client, made) == 204


@pytest.mark.parametrize(
    ("members", "target"),
    [
        ({}, "scope"),
        ({"scope": "some"}, "scope"),
        ({"scope": "flow"}, "scope"),
        ({"scope": "flow", "flowId": "no guid"}, "flowId"),
        ({"scope": "connection"}, "scope"),
        ({"scope": "all", "flowId": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"}, "scope"),
        (
            {"scope": "flow", "flowId": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318", "connectionName": "x"},
            "connectionName",
        ),
        ({"scope": "all", "reason": None}, "reason"),
        ({"scope": "all", "seconds": 0}, "seconds"),
        ({"scope": "all", "until": "tomorrow"}, "until"),
    ],
)
def test_a_pause_that_says_something_else_is_refused(client: Client, members: Json, target: str) -> None:
    """400, the member named; nothing is stopped."""
    refused = refusal(client.send("POST", "/pauses", json={"reason": "x"} | members))

    assert (refused.said, refused.target) == ((400, "InvalidRequest"), target)
    assert body_of(client.get("/pauses"), 200)["value"] == []


@pytest.mark.parametrize("pause_id", ["all", "none", "flow-", "connection-x", "queue%7Cx", "flow-%2e%2e"])
def test_lifting_what_is_not_there_is_not_found(client: Client, pause_id: str) -> None:
    """404, whatever the id looks like."""
    answer = client.send("DELETE", f"/pauses/{pause_id}")

    assert refusal(answer).said == (404, "PauseNotFound")
