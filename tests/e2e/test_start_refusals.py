"""Starts that Dataverse refuses: told as what they are, with what to do, and with Dataverse's own words."""

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.client import Client, refusal
from tests.e2e.dataverse import Dataverse


def test_a_flow_that_does_not_exist_is_not_found(client: Client) -> None:
    """404, whether its schema was asked for or not."""
    flow = str(uuid4())

    answers = [client.start(flow), client.start(flow, inputs={"A": 1})]

    assert [refusal(answer).said for answer in answers] == [(404, "FlowNotFound")] * 2


@pytest.mark.parametrize("state", ["draft", "suspended"])
def test_a_flow_that_cannot_run_is_refused_in_dataverse_s_words(
    client: Client, dataverse: Dataverse, state: str
) -> None:
    """400, with Dataverse's sentence in the details."""
    refused = refusal(client.start(dataverse.flow(**{state: True})))

    assert refused.said == (400, "DataverseRefused")
    assert state in refused.details[0]["message"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"status": 400, "code": "0x80040265"}, (400, "DataverseRefused")),
        ({"status": 400, "code": "NoCandidateMachine"}, (400, "DataverseRefused")),
        ({"status": 401, "code": "401"}, (502, "DataverseAuthenticationFailed")),
        ({"status": 403, "code": "0x80040220"}, (403, "PrivilegeMissing")),
        ({"status": 403, "code": "0x80072560"}, (403, "ApplicationUserMissing")),
        ({"status": 404, "code": "0x80040217"}, (404, "DataverseNotFound")),
        ({"status": 413, "code": "0x80040265"}, (413, "InputsTooLarge")),
    ],
)
def test_a_definite_refusal_is_told_as_what_it_is(
    client: Client, dataverse: Dataverse, rule: dict[str, Any], said: tuple[int, str]
) -> None:
    """Our status and code, Dataverse's own in the details; the run stays, Failed for the same reason."""
    dataverse.fault("RunDesktopFlow", "status", **rule)
    flow = dataverse.flow()

    answer = client.start(flow)

    refused = refusal(answer)
    assert refused.said == said
    assert (refused.details[0]["target"], refused.details[0]["code"]) == ("dataverse", rule["code"])
    (run,) = client.listed(flowId=flow)
    assert answer.headers["Operation-Location"] == run["links"]["self"]
    assert (run["status"], run["sessionId"]) == ("Failed", None)
    told = {"code": refused.code, "message": refused.message, "details": refused.details}
    assert run["error"] == told


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


@pytest.mark.parametrize("code", ["0x80072322", "DesktopFlowsActionThrottled"])
def test_a_throttled_start_waits_for_its_turn(client: Client, dataverse: Dataverse, code: str) -> None:
    """202 and queued, however long Dataverse asks to wait: nothing is lost, and it starts once the pause is lifted."""
    dataverse.refuse("RunDesktopFlow", 429, code, retryAfter=600, times=1)
    flow = dataverse.endless_flow()

    run = client.started(flow)

    assert (run["status"], run["statusReason"]) == ("NotStarted", "QueuedForConnection")
    client.lift_pauses()
    assert client.wait(run, "Running")["sessionId"] == dataverse.session(flow)["flowsessionid"]
    assert dataverse.asked("RunDesktopFlow", flow) == 2


def test_a_connection_that_has_had_its_runs_lets_others_wait(client: Client, dataverse: Dataverse) -> None:
    """The third of two that Dataverse allows a minute is queued; other connections go on."""
    dataverse.switch(connectionRateLimit=2)
    flow = dataverse.flow()

    runs = [client.started(flow) for _ in range(3)]
    other = client.started(flow, connectionName=f"other-{flow}")

    assert [run["statusReason"] == "QueuedForConnection" for run in (*runs, other)] == [
        False,
        False,
        True,
        False,
    ]
    client.cancel(runs[2])
    client.lift_pauses()


def test_an_unknown_connection_is_refused_in_dataverse_s_words(client: Client, dataverse: Dataverse) -> None:
    """400, the connection named."""
    dataverse.switch(acceptAnyConnection=False)

    refused = refusal(client.start(dataverse.flow(), connectionName="nowhere"))

    assert refused.said == (400, "DataverseRefused")
    assert "nowhere" in refused.details[0]["message"]
