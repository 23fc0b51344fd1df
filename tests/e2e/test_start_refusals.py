"""Starts that Dataverse refuses: told as what they are, with what to do, and with Dataverse's own words."""

import time
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
        ({"status": 429, "code": "0x80072322", "retryAfter": 42}, (429, "DataverseThrottled")),
        (
            {"status": 429, "code": "DesktopFlowsActionThrottled", "retryAfter": 42},
            (429, "DataverseThrottled"),
        ),
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
    assert answer.headers.get("Retry-After") == ("42" if "retryAfter" in rule else None)
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
