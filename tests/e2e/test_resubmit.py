"""The order of a run that did not succeed, once more."""

import uuid
from typing import Any

import pytest
import requests

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse

INPUTS = {"Invoice": "INV-2041", "Amount": 12.5}


def resubmit(client: Client, run: Json, **request: Any) -> requests.Response:
    return client.send("POST", f"/runs/{run['runId']}/resubmit", **request)


@pytest.fixture
def failed(client: Client, dataverse: Dataverse) -> Json:
    """A run with inputs that has failed."""
    flow = dataverse.flow(inputs={"Invoice": "string", "Amount": "number"}, ends="Failed", echo=True)
    run = client.started(
        flow, inputs=INPUTS, clientReference="order 7", timeoutSeconds=77, runPriority="high"
    )
    return client.wait(run)


def test_a_failed_run_is_started_once_more_with_its_inputs(
    client: Client, dataverse: Dataverse, failed: Json
) -> None:
    """Same flow, connection, mode, priority, time and reference; the inputs come from Dataverse."""
    dataverse.redefine(failed["flowId"], inputs={"Invoice": "string", "Amount": "number"}, echo=True)

    answer = resubmit(client, failed)

    run = body_of(answer, 201)
    same = ("flowId", "connectionName", "runMode", "runPriority", "timeoutSeconds", "clientReference")
    assert {name: run[name] for name in same} == {name: failed[name] for name in same}
    assert run["retryOf"] == failed["runId"] != run["runId"]
    assert answer.headers["Location"] == run["links"]["self"]
    assert body_of(client.outputs(client.wait(run)), 200) == INPUTS


def test_with_a_key_it_is_started_once(client: Client, dataverse: Dataverse, failed: Json) -> None:
    """However often it is asked for; the key of another order is refused."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = body_of(resubmit(client, failed, headers=key), 201)

    again = resubmit(client, failed, headers=key)

    assert body_of(again, 201)["runId"] == first["runId"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.start(failed["flowId"], key=key["Idempotency-Key"])
    assert refusal(other).said == (422, "IdempotencyKeyReused")
    assert len(dataverse.sessions(failed["flowId"])) == 2


def test_a_repeated_key_needs_no_inputs(client: Client, dataverse: Dataverse, failed: Json) -> None:
    """Dataverse no longer has the session, or does not answer: its run is there all the same. Another run's key is not its own."""
    other = client.wait(client.started(failed["flowId"], inputs=INPUTS))
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = body_of(resubmit(client, failed, headers=key), 201)
    dataverse.purge(dataverse.session_of(failed))
    dataverse.purge(dataverse.session_of(other))

    again = resubmit(client, failed, headers=key)

    assert body_of(again, 201)["runId"] == first["runId"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert refusal(resubmit(client, other, headers=key)).said == (422, "IdempotencyKeyReused")
    fresh = {"Idempotency-Key": str(uuid.uuid4())}
    assert refusal(resubmit(client, failed, headers=fresh)).said == (409, "InputsUnavailable")


def test_only_what_ended_without_success_is_resubmitted(client: Client, dataverse: Dataverse) -> None:
    """An open run and one that succeeded are 409, and nothing is started."""
    flow, endless = dataverse.flow(), dataverse.endless_flow()
    succeeded, open_run = client.wait(client.started(flow)), client.started(endless)

    assert refusal(resubmit(client, succeeded)).said == (409, "RunSucceeded")
    assert refusal(resubmit(client, open_run)).said == (409, "RunNotFinished")
    assert len(dataverse.sessions(flow)) == len(dataverse.sessions(endless)) == 1


def test_without_its_inputs_nothing_is_started(client: Client, dataverse: Dataverse, failed: Json) -> None:
    """Dataverse no longer has them: 409, and it is said what to do instead."""
    dataverse.purge(dataverse.session_of(failed))

    refused = refusal(resubmit(client, failed))

    assert refused.said == (409, "InputsUnavailable")
    assert "Start the flow with them" in refused.message
    assert dataverse.sessions(failed["flowId"]) == []


def test_a_refused_start_without_inputs_can_be_resubmitted(client: Client, dataverse: Dataverse) -> None:
    """It never had a session; that it had no inputs is known."""
    flow = dataverse.flow()
    dataverse.refuse("RunDesktopFlow", 400, "0x80040265", times=1)
    refused = client.start(flow)
    assert refused.status_code == 400
    run = body_of(client.get(refused.headers["Operation-Location"]), 200)

    started = body_of(resubmit(client, run), 201)

    assert client.wait(started)["status"] == "Succeeded"


def test_a_refused_start_with_inputs_cannot(client: Client, dataverse: Dataverse) -> None:
    """They were kept nowhere."""
    flow = dataverse.flow(inputs={"A": "string"})
    dataverse.refuse("RunDesktopFlow", 400, "0x80040265", times=1)
    refused = client.start(flow, inputs={"A": "x"})
    run = body_of(client.get(refused.headers["Operation-Location"]), 200)

    assert refusal(resubmit(client, run)).said == (409, "InputsUnavailable")
