"""Cancelling: at any moment of a run's life, once or twice, and when Dataverse will not."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.e2e.client import Client, body_of, eventually, refusal, way
from tests.e2e.dataverse import Dataverse


def cancels(dataverse: Dataverse, flow: str) -> int:
    """How many cancels Dataverse was asked for."""
    return dataverse.asked("CancelDesktopFlowRun", dataverse.session(flow)["flowsessionid"])


def test_a_running_run_is_cancelled(client: Client, dataverse: Dataverse) -> None:
    """202 with the run, Canceling, no Location; then Canceled, with the whole story in its history."""
    dataverse.switch(cancelDelaySeconds=0.5)
    flow = dataverse.endless_flow()
    run = client.wait(client.started(flow), "Running")

    answer = client.cancel(run)

    assert body_of(answer, 202)["status"] == "Canceling"
    assert "Location" not in answer.headers
    ended = client.wait(run)
    assert [status for status, _ in way(ended)] == ["NotStarted", "Running", "Canceling", "Canceled"]
    assert way(ended)[2] == ("Canceling", "cancel")
    assert (ended["error"], ended["dataverse"]["statusCode"]) == (None, 7)
    assert cancels(dataverse, flow) == 1


def test_a_queued_run_is_cancelled(client: Client, dataverse: Dataverse) -> None:
    """It never runs: no start is shown."""
    flow = dataverse.flow(waitSeconds=3600)
    run = client.started(flow)

    client.cancel(run)

    ended = client.wait(run)
    assert (ended["status"], ended["startedAt"]) == ("Canceled", None)


def test_a_run_is_cancelled_while_its_start_is_still_under_way(client: Client, dataverse: Dataverse) -> None:
    """The wish is kept, the start carries it out as soon as it knows the session, and the flow is not left running."""
    dataverse.fault("RunDesktopFlow", "delay", seconds=1.5, times=1)
    flow = dataverse.endless_flow()

    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(client.started, flow)
        (listed,) = eventually(lambda: client.listed(flowId=flow))
        asked = body_of(client.cancel(listed), 202)
        run = starting.result()

    assert (asked["status"], asked["sessionId"]) == ("Canceling", None)
    assert run["runId"] == listed["runId"]
    assert client.wait(run)["status"] == "Canceled"
    assert cancels(dataverse, flow) == 1


def test_a_run_whose_start_was_lost_is_cancelled_once_it_is_found(
    client: Client, dataverse: Dataverse
) -> None:
    """Nobody knows the session when the wish is made; whoever finds it cancels it."""
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    flow = dataverse.endless_flow()
    run = client.started(flow)

    asked = body_of(client.cancel(run), 202)

    assert (asked["status"], asked["sessionId"]) == ("Canceling", None)
    assert client.wait(run)["status"] == "Canceled"
    assert cancels(dataverse, flow) == 1


def test_a_run_that_has_ended_stays_as_it_was(client: Client, dataverse: Dataverse) -> None:
    """200 with the run as it ended; Dataverse is not asked."""
    flow = dataverse.flow()
    ended = client.wait(client.started(flow))

    assert body_of(client.cancel(ended), 200) == ended
    assert client.run(ended) == ended
    assert cancels(dataverse, flow) == 0


def test_a_second_cancel_asks_for_nothing_more(client: Client, dataverse: Dataverse) -> None:
    """It joins the first: 202 while it settles, 200 afterwards, one request to Dataverse in all."""
    dataverse.switch(cancelDelaySeconds=0.7)
    flow = dataverse.endless_flow()
    run = client.started(flow)

    first, second = body_of(client.cancel(run), 202), body_of(client.cancel(run), 202)
    ended = client.wait(run)

    assert (first["status"], second["status"]) == ("Canceling", "Canceling")
    assert body_of(client.cancel(run), 200) == ended
    assert cancels(dataverse, flow) == 1


def test_cancels_at_the_same_moment_all_succeed(client: Client, dataverse: Dataverse) -> None:
    """Whoever comes second in the race finds the wish recorded; nobody is told of an error."""
    run = client.started(dataverse.endless_flow())

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.cancel(run), range(6)))

    assert {answer.status_code for answer in answers} <= {200, 202}
    assert client.wait(run)["status"] == "Canceled"


@pytest.mark.parametrize(("status", "code"), [(400, "0x80040265"), (412, "0x80060882"), (404, "0x80040217")])
def test_a_refused_cancel_is_told_and_the_run_goes_on(
    client: Client, dataverse: Dataverse, status: int, code: str
) -> None:
    """Dataverse's own code stands in the details; the run shows again what Dataverse says, and why it was not cancelled."""
    flow = dataverse.endless_flow()
    run = client.wait(client.started(flow), "Running")
    dataverse.refuse("CancelDesktopFlowRun", status, code)

    refused = refusal(client.cancel(run))

    assert (refused.status, refused.details[0]["code"]) == (status, code)
    after = client.run(run)
    assert (after["status"], after["error"]["code"]) == ("Running", "CancelRefused")
    assert after["error"]["details"][0]["code"] == code


def test_a_cancel_may_be_tried_again_after_a_refusal(client: Client, dataverse: Dataverse) -> None:
    """The refusal is forgotten with the new wish, and the end bears no error."""
    flow = dataverse.endless_flow()
    run = client.started(flow)
    dataverse.refuse("CancelDesktopFlowRun", 400, times=1)
    client.cancel(run)

    body_of(client.cancel(run), 202)

    ended = client.wait(run)
    assert (ended["status"], ended["error"]) == ("Canceled", None)


@pytest.mark.parametrize("answer", ["400", "412"])
def test_a_run_that_ended_before_we_knew_is_told_as_it_ended(
    client: Client, dataverse: Dataverse, answer: str
) -> None:
    """Dataverse refuses to cancel what has ended; the caller gets 200 and the end, not the refusal."""
    dataverse.fault("Callback", "skip")
    dataverse.fault("ListSessions", "drop-connection")
    dataverse.switch(cancelAfterEnd=answer)
    flow = dataverse.endless_flow()
    run = client.started(flow)
    dataverse.move(dataverse.session(flow), 4)

    ended = body_of(client.cancel(run), 200)

    assert ended["status"] == "Succeeded"
    assert ended["error"] is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"do": "status", "status": 500}, (502, "DataverseUnavailable")),
        ({"do": "status", "status": 503}, (502, "DataverseUnavailable")),
        ({"do": "drop-connection"}, (502, "DataverseUnavailable")),
        ({"do": "status", "status": 429, "retryAfter": 3}, (429, "DataverseThrottled")),
    ],
)
def test_a_cancel_that_dataverse_did_not_take_is_carried_out_later(
    client: Client, dataverse: Dataverse, rule: dict[str, object], said: tuple[int, str]
) -> None:
    """The caller hears what is wrong; the wish stays on the run, and the poller carries it out."""
    dataverse.fault("CancelDesktopFlowRun", times=1, **rule)  # type: ignore[arg-type]  # the rows of the table above
    flow = dataverse.endless_flow()
    run = client.started(flow)

    assert refusal(client.cancel(run)).said == said
    assert client.wait(run)["status"] == "Canceled"


@pytest.mark.parametrize("code", [11, 14])
def test_an_abort_that_follows_a_cancel_is_the_cancel(
    client: Client, dataverse: Dataverse, code: int
) -> None:
    """Aborted and Terminated mean Canceled where a cancel was asked for here."""
    dataverse.switch(cancelDelaySeconds=3600)
    flow = dataverse.endless_flow()
    run = client.started(flow)
    client.cancel(run)

    dataverse.move(dataverse.session(flow), code)

    ended = client.wait(run)
    assert (ended["status"], ended["error"], ended["dataverse"]["statusCode"]) == ("Canceled", None, code)


def test_a_run_may_still_succeed_after_a_cancel_was_asked_for(client: Client, dataverse: Dataverse) -> None:
    """What Dataverse says is what counts."""
    dataverse.switch(cancelDelaySeconds=3600)
    flow = dataverse.endless_flow()
    run = client.started(flow)
    client.cancel(run)

    dataverse.move(dataverse.session(flow), 4)

    assert client.wait(run)["status"] == "Succeeded"


@pytest.mark.parametrize("body", [b"", b"{}", b" { } "])
def test_a_cancel_has_no_body_or_an_empty_one(client: Client, dataverse: Dataverse, body: bytes) -> None:
    """Both are the same cancel."""
    ended = client.wait(client.started(dataverse.flow()))

    assert client.cancel(ended, data=body).status_code == requests.codes.ok


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "InvalidJson"),
        (b"x", "InvalidJson"),
        (json.dumps({"reason": "late"}).encode(), "InvalidRequest"),
    ],
)
def test_a_cancel_with_another_body_is_refused(
    client: Client, dataverse: Dataverse, body: bytes, code: str
) -> None:
    """400, and nothing is cancelled."""
    flow = dataverse.endless_flow()
    run = client.started(flow)

    assert refusal(client.cancel(run, data=body)).said == (400, code)
    assert cancels(dataverse, flow) == 0
