"""Idempotency-Key: the same start asked for again gives the same run, and Dataverse one request."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.client import Client, body_of, refusal
from tests.e2e.dataverse import Dataverse


@pytest.fixture
def key() -> str:
    return f"order-{uuid4()}"


def test_the_same_key_gives_the_same_run(client: Client, dataverse: Dataverse, key: str) -> None:
    """202, the run as it now stands, marked as a repetition; Dataverse is asked once."""
    flow = dataverse.flow()
    first = client.start(flow, key=key)
    ended = client.wait(first.json())

    again = client.start(flow, key=key)

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert body_of(again, 202) == ended
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Operation-Location"] == first.headers["Operation-Location"]
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_starts_without_a_key_are_starts_of_their_own(client: Client, dataverse: Dataverse) -> None:
    """The same body twice is two runs."""
    flow = dataverse.endless_flow()

    runs = {client.started(flow)["runId"] for _ in range(2)}

    assert len(runs) == len(dataverse.sessions(flow)) == 2


def test_at_the_same_moment_one_of_many_starts(client: Client, dataverse: Dataverse, key: str) -> None:
    """Ten at once with one key: one run, one request to Dataverse, nine repetitions."""
    flow = dataverse.endless_flow()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.start(flow, key=key), range(10)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["runId"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 9
    assert dataverse.asked("RunDesktopFlow", flow) == 1


BODY = {
    "runMode": "attended",
    "connectionName": "desk",
    "inputs": {"A": 1, "B": {"c": "\u00fc", "d": [1, 2]}},
}


@pytest.mark.parametrize(
    "text",
    [
        '{"inputs":{"B":{"d":[1,2],"c":"\\u00fc"},"A":1},"connectionName":"desk","runMode":"attended"}',
        '{"runMode":"attended","connectionName":"desk","inputs":{"A":1.0,"B":{"c":"\u00fc","d":[1,2.0]}}}',
        json.dumps(BODY | {"runPriority": "normal", "timeoutSeconds": 10800}),
        json.dumps(BODY | {"clientReference": None}, indent=4),
    ],
)
def test_bodies_are_compared_as_values(client: Client, dataverse: Dataverse, key: str, text: str) -> None:
    """Order, blanks, escapes, 1.0 for 1, a default or a null that is written out: still the same start."""
    path = f"/flows/{dataverse.endless_flow(inputs={'A': 'number', 'B': 'object'})}/runs"
    first = client.send("POST", path, json=BODY, headers={"Idempotency-Key": key})

    again = client.send("POST", path, data=text.encode(), headers={"Idempotency-Key": key})

    assert body_of(again, 202)["runId"] == body_of(first, 202)["runId"]


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"A": 2}},
        {"inputs": {"A": "1"}},
        {"inputs": {}},
        {"runMode": "attended"},
        {"runPriority": "high"},
        {"timeoutSeconds": 60},
        {"connectionName": "another"},
        {"connectionName": None, "connectionReference": "desk"},
        {"clientReference": "another"},
    ],
)
def test_a_key_is_good_for_one_body(
    client: Client, dataverse: Dataverse, key: str, change: dict[str, Any]
) -> None:
    """422 for anything that would be another start; nothing is sent."""
    flow = dataverse.endless_flow(inputs={"A": "object"})
    order: dict[str, Any] = {"connectionName": "desk", "inputs": {"A": 1}, "clientReference": "one"}
    client.started(flow, key=key, **order)

    answer = client.start(flow, key=key, **(order | change))

    assert refusal(answer).said == (422, "IdempotencyKeyReused")
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_key_is_good_for_one_flow(client: Client, dataverse: Dataverse, key: str) -> None:
    """The same body for another flow is another start."""
    client.started(dataverse.endless_flow(), key=key, connectionName="desk")
    other = dataverse.endless_flow()

    answer = client.start(other, key=key, connectionName="desk")

    assert refusal(answer).said == (422, "IdempotencyKeyReused")
    assert dataverse.asked("RunDesktopFlow", other) == 0


def test_keys_differ_by_letter_case(client: Client, dataverse: Dataverse, key: str) -> None:
    """A key is compared as it is."""
    flow = dataverse.endless_flow()

    runs = {client.started(flow, key=each)["runId"] for each in (key, key.upper())}

    assert len(runs) == 2


def test_a_refused_start_frees_its_key(client: Client, dataverse: Dataverse, key: str) -> None:
    """Its run stays, Failed; once the cause is mended the same start gives a new run."""
    dataverse.refuse("RunDesktopFlow", 400, "0x80040265", times=1)
    flow = dataverse.endless_flow()
    refused = client.start(flow, key=key)

    again = client.start(flow, key=key)

    assert refusal(refused).said == (400, "DataverseRefused")
    assert "Idempotency-Replayed" not in again.headers
    second, first = client.listed(flowId=flow)
    assert (first["status"], first["error"]["code"]) == ("Failed", "DataverseRefused")
    assert second["runId"] == body_of(again, 202)["runId"]


@pytest.mark.parametrize("status", [403, 404, 413])
def test_a_freed_key_may_be_used_for_another_start(
    client: Client, dataverse: Dataverse, key: str, status: int
) -> None:
    """What was refused binds nobody to its body."""
    dataverse.refuse("RunDesktopFlow", status, times=1, retryAfter=60)
    flow = dataverse.endless_flow()
    assert client.start(flow, key=key).status_code == status

    body_of(client.start(flow, key=key, timeoutSeconds=60), 202)


def test_a_lost_answer_keeps_its_key(client: Client, dataverse: Dataverse, key: str) -> None:
    """Nobody knows whether it started: the key gives the same run, and nothing is sent again."""
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    flow = dataverse.flow(runSeconds=0.3)
    first = client.started(flow, key=key)

    again = client.start(flow, key=key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["runId"] == first["runId"]
    assert client.wait(first)["status"] == "Succeeded"
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_repetition_does_not_depend_on_the_flow_any_more(
    client: Client, dataverse: Dataverse, key: str
) -> None:
    """The flow has lost the input meanwhile: a repeated key is still answered with its run."""
    flow = dataverse.endless_flow(inputs={"Old": "string"})
    first = client.started(flow, key=key, inputs={"Old": "x"})
    dataverse.redefine(flow, inputs={"New": "string"})

    again = client.start(flow, key=key, inputs={"Old": "x"})

    assert body_of(again, 202)["runId"] == first["runId"]


def test_a_start_that_is_refused_here_uses_up_no_key(client: Client, dataverse: Dataverse, key: str) -> None:
    """A bad request leaves no run, and its key is free."""
    flow = dataverse.endless_flow(inputs={"A": "string"})
    assert refusal(client.start(flow, key=key, inputs={"B": 1})).code == "InvalidInputs"

    answer = client.start(flow, key=key, inputs={"A": "x"})

    assert "Idempotency-Replayed" not in answer.headers
    assert len(client.listed(flowId=flow)) == 1


@pytest.mark.parametrize("length", [1, 255])
def test_a_key_is_1_to_255_visible_characters(client: Client, dataverse: Dataverse, length: int) -> None:
    """Every visible ASCII character, quotes and commas among them, up to the limit."""
    visible = "".join(map(chr, range(0x21, 0x7F)))
    key = (uuid4().hex + visible * 3)[:length] if length > 1 else "~"

    answer = client.start(dataverse.flow(), key=key)

    assert answer.status_code == 202 or refusal(answer).code == "IdempotencyKeyReused"


@pytest.mark.parametrize("key", ["x" * 256, "two words", "\u00fc", "tab\there"])
def test_another_key_is_refused(client: Client, dataverse: Dataverse, key: str) -> None:
    """400 before anything is looked at."""
    flow = dataverse.flow()

    answer = client.send(
        "POST",
        f"/flows/{flow}/runs",
        json={"runMode": "attended", "connectionName": "desk"},
        headers={"Idempotency-Key": key.encode()},
    )

    refused = refusal(answer)
    assert (refused.said, refused.target) == ((400, "InvalidIdempotencyKey"), "Idempotency-Key")
    assert client.listed(flowId=flow) == []
