"""Starts whose answer was lost: 202, never an error, looked up, and never sent twice."""

import time
from typing import Any

import pytest

from tests.e2e.client import Client, Json, body_of, way
from tests.e2e.dataverse import Dataverse

UNSURE: list[dict[str, Any]] = [
    {"do": "lose-response"},
    {"do": "drop-connection"},
    {"do": "status", "status": 500},
    {"do": "status", "status": 502},
    {"do": "status", "status": 503, "retryAfter": 1},
    {"do": "status", "status": 408},
    {"do": "status", "status": 400, "code": "0x8099beef"},
    {"do": "status", "status": 409},
    {"do": "status", "status": 429, "code": "SomethingElse", "retryAfter": 1},
]


@pytest.mark.parametrize("rule", UNSURE)
def test_an_answer_that_proves_nothing_is_202(
    client: Client, dataverse: Dataverse, rule: dict[str, Any]
) -> None:
    """NotStarted, without a session, sent once: a 5xx would be sent again by the caller's platform."""
    dataverse.fault("RunDesktopFlow", **rule)
    flow = dataverse.flow()

    run = client.started(flow)

    assert (run["status"], run["sessionId"], run["error"]) == ("NotStarted", None, None)
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_the_poller_finds_what_was_started(client: Client, dataverse: Dataverse) -> None:
    """No callback comes either: the session is found by the callback URL that it holds, and followed to its end."""
    dataverse.fault("Callback", "skip")
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    flow = dataverse.flow(outputValues={"Done": 1})
    other = dataverse.endless_flow()
    client.started(other)

    ended = client.wait(client.started(flow))

    assert way(ended) == [("NotStarted", "trigger"), ("Succeeded", "poller")]
    assert ended["sessionId"] == dataverse.session(flow)["flowsessionid"]
    assert client.outputs(ended).json() == {"Done": 1}
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_lost_starts_of_one_flow_find_their_own_sessions(impatient: Client, dataverse: Dataverse) -> None:
    """Without callback URLs: each run gets the session with the inputs that it sent; two that are alike get one each."""
    flow = dataverse.flow(inputs={"N": "number"}, echo=True)
    dataverse.fault("RunDesktopFlow", "lose-response")
    runs = {index: impatient.started(flow, inputs={"N": number}) for index, number in enumerate((1, 2, "2"))}

    ended = {index: impatient.wait(run) for index, run in runs.items()}

    outputs = {index: body_of(impatient.outputs(run), 200) for index, run in ended.items()}
    assert outputs == {0: {"N": 1}, 1: {"N": 2}, 2: {"N": 2}}
    assert len({run["sessionId"] for run in ended.values()}) == len(dataverse.sessions(flow)) == 3
    assert all(session["callbackurl"] is None for session in dataverse.sessions(flow))


def test_a_start_that_never_happened_is_declared_unconfirmed(impatient: Client, dataverse: Dataverse) -> None:
    """AwaitingConfirmation while it is looked for, then Failed, StartUnconfirmed; its key gives that run, nothing new."""
    evidence = impatient.wait(impatient.started(dataverse.flow()))
    dataverse.fault("RunDesktopFlow", "drop-connection")
    flow = dataverse.flow()
    run = impatient.started(flow, key=f"key-{flow}")

    awaited = impatient.wait_for(run, lambda shown: shown["statusReason"] == "AwaitingConfirmation")
    failed = impatient.wait(run)
    again = impatient.start(flow, key=f"key-{flow}")

    assert evidence["status"] == "Succeeded"
    assert (awaited["status"], awaited["error"]) == ("NotStarted", None)
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "StartUnconfirmed")
    assert body_of(again, 202)["runId"] == run["runId"]
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_start_is_answered_within_its_deadline(impatient: Client, dataverse: Dataverse) -> None:
    """Dataverse takes longer than the start may: 202 in time; the session that it makes afterwards is found."""
    dataverse.fault("RunDesktopFlow", "delay", seconds=5, times=1)
    flow = dataverse.flow()
    begun = time.monotonic()

    run = impatient.started(flow)

    assert time.monotonic() - begun < 6
    assert run["status"] == "NotStarted"
    assert impatient.wait(run)["status"] == "Succeeded"
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_cancel_that_does_not_settle_gives_way_to_the_truth(
    impatient: Client, dataverse: Dataverse
) -> None:
    """After its deadline the run shows what Dataverse says, with CancelTimedOut, and may be cancelled again."""
    dataverse.switch(cancelDelaySeconds=3600)
    run = impatient.wait(impatient.started(dataverse.endless_flow()), "Running")
    impatient.cancel(run)

    running = impatient.wait(run, "Running")

    assert running["error"]["code"] == "CancelTimedOut"
    assert asked_again(impatient, run)["status"] == "Canceling"


def asked_again(client: Client, run: Json) -> Json:
    return body_of(client.cancel(run), 202)
