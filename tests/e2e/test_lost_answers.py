"""Starts whose answer was lost: 202, never an error, looked up, and never sent twice."""

import time
from typing import Any

import pytest

from tests.e2e.client import Client, way
from tests.e2e.dataverse import Dataverse
from tests.e2e.deployments import START_DEADLINE_SECONDS

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
    """AwaitingConfirmation, until a list shows the session that holds the run's callback URL; then it is followed."""
    client.started(dataverse.endless_flow())
    dataverse.switch(hiddenFromListsSeconds=6.5)
    dataverse.fault("Callback", "skip")
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    flow = dataverse.flow(outputValues={"Done": 1})
    run = client.started(flow)

    awaited = client.wait_for(run, lambda shown: shown["statusReason"] == "AwaitingConfirmation")
    ended = client.wait(run)

    assert (awaited["status"], awaited["error"]) == ("NotStarted", None)
    assert way(ended) == [("NotStarted", "trigger"), ("Succeeded", "poller")]
    assert ended["sessionId"] == dataverse.session(flow)["flowsessionid"]
    assert client.outputs(ended).json() == {"Done": 1}
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_start_is_answered_within_its_deadline(impatient: Client, dataverse: Dataverse) -> None:
    """Dataverse takes longer than the start may: 202 in time, sent once, and nothing is claimed of how it went."""
    dataverse.fault("RunDesktopFlow", "delay", seconds=8, times=1)
    flow = dataverse.flow()
    begun = time.monotonic()

    run = impatient.started(flow)

    assert time.monotonic() - begun < START_DEADLINE_SECONDS
    assert (run["status"], run["sessionId"], run["error"]) == ("NotStarted", None, None)
    assert dataverse.asked("RunDesktopFlow", flow) == 1
