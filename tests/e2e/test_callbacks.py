"""Callbacks: they end runs, in any order and number, and only Dataverse's own row says how."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.client import Client, refusal, way
from tests.e2e.dataverse import Dataverse

ACCEPTED, NOT_NOW = 204, 503
SUCCEEDED, FAILED = 4, 8


def test_a_run_ends_by_its_callback(client: Client, dataverse: Dataverse) -> None:
    """Dataverse's callback is accepted at the first attempt, and the history says who told of the end."""
    dataverse.fault("ListSessions", "drop-connection")

    ended = client.wait(client.started(dataverse.flow()))

    assert way(ended)[-1] == ("Succeeded", "callback")
    assert dataverse.callback_answers(ended, 1) == [ACCEPTED]


def test_the_callback_url_names_the_run_and_bears_no_query(client: Client, dataverse: Dataverse) -> None:
    """Run id and signature stand in the path: query strings end in logs."""
    flow = dataverse.endless_flow()

    run = client.started(flow)

    url = dataverse.session(flow)["callbackurl"]
    assert url.startswith(f"{client.base}/callbacks/{run['runId']}/")
    assert "?" not in url


def test_a_body_that_lies_changes_nothing(client: Client, silent: Dataverse) -> None:
    """A genuine URL with a false body: what Dataverse's row says counts."""
    flow = silent.endless_flow()
    run = client.started(flow)
    silent.move(silent.session(flow), FAILED, errorcode="NoDisk", errormessage="The disk is full.")

    answer = client.call_back(silent.session(flow), statuscode=SUCCEEDED)

    assert answer.status_code == ACCEPTED
    assert client.run(run)["error"] == {"code": "NoDisk", "message": "The disk is full."}


def test_a_callback_ahead_of_the_row_is_put_off(client: Client, silent: Dataverse) -> None:
    """While Dataverse shows no end the answer is 503, so that it is sent again; the run shows what Dataverse shows."""
    flow = silent.endless_flow()
    run = client.started(flow)

    answer = client.call_back(silent.session(flow))

    assert refusal(answer).said == (NOT_NOW, "CallbackNotVerified")
    assert way(client.run(run)) == [("NotStarted", "trigger"), ("Running", "callback")]


def test_dataverse_sends_again_what_was_put_off(client: Client, dataverse: Dataverse) -> None:
    """A callback that leaves before its row is ready is answered 503, then 204, and ends the run."""
    dataverse.fault("ListSessions", "drop-connection")
    dataverse.switch(callbackAheadSeconds=0.1, callbackRetrySeconds=0.3)

    ended = client.wait(client.started(dataverse.flow()))

    assert way(ended)[-1] == ("Succeeded", "callback")
    assert dataverse.callback_answers(ended, 2) == [NOT_NOW, ACCEPTED]


def test_a_callback_that_was_put_off_is_a_hint_for_the_poller(client: Client, dataverse: Dataverse) -> None:
    """The next pass looks at the run, though no further callback comes."""
    dataverse.fault("Callback", "skip")
    flow = dataverse.endless_flow()
    run = client.started(flow)
    client.call_back(dataverse.session(flow))
    dataverse.move(dataverse.session(flow), SUCCEEDED)

    assert way(client.wait(run))[-1] == ("Succeeded", "poller")


def test_an_empty_body_is_no_reason_to_lose_a_callback(client: Client, silent: Dataverse) -> None:
    """The URL alone names the run; a run whose session is known needs no more."""
    flow = silent.endless_flow()
    run = client.started(flow)
    silent.move(silent.session(flow), SUCCEEDED)

    answer = client.send("POST", silent.session(flow)["callbackurl"], keyed=False)

    assert answer.status_code == ACCEPTED
    assert client.run(run)["status"] == "Succeeded"


def test_ids_in_a_callback_may_be_in_capitals(client: Client, silent: Dataverse) -> None:
    """GUIDs are taken in any letter case, in the URL, in the headers and in the body."""
    flow = silent.endless_flow()
    run = client.started(flow)
    session = silent.session(flow)
    silent.move(session, SUCCEEDED)
    named = session["flowsessionid"].upper()

    answer = client.call_back(
        session,
        session["callbackurl"].replace(run["runId"], run["runId"].upper()),
        {"x-ms-run-id": named, "x-ms-workflow-id": flow.upper()},
        flowsessionid=named,
    )

    assert answer.status_code == ACCEPTED


def test_callbacks_at_the_same_moment_end_a_run_once(client: Client, silent: Dataverse) -> None:
    """All are accepted, or put off for want of budget; the history has one end."""
    flow = silent.endless_flow()
    run = client.started(flow)
    session = silent.session(flow)
    silent.move(session, SUCCEEDED)

    with ThreadPoolExecutor(8) as pool:
        answers = {answer.status_code for answer in pool.map(lambda _: client.call_back(session), range(8))}

    assert answers <= {ACCEPTED, NOT_NOW}
    assert way(client.run(run)) == [("NotStarted", "trigger"), ("Succeeded", "callback")]


@pytest.mark.parametrize("effect", ["duplicate", "lose-response"])
def test_a_callback_that_comes_twice_ends_a_run_once(
    client: Client, dataverse: Dataverse, effect: str
) -> None:
    """Both are accepted, and the history has one end."""
    dataverse.fault("Callback", effect, times=1)
    dataverse.switch(callbackRetrySeconds=0.1)

    ended = client.wait(client.started(dataverse.flow()))

    assert dataverse.callback_answers(ended, 2)[1] == ACCEPTED
    assert client.run(ended) == ended
    assert [status for status, _ in way(ended)].count("Succeeded") == 1


def test_a_callback_may_name_a_session_that_is_not_known_yet(client: Client, dataverse: Dataverse) -> None:
    """The start's answer was lost; the callback names the session, whose callback URL proves that it is this run's."""
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    flow = dataverse.flow(runSeconds=0.3, outputValues={"Done": True})

    run = client.started(flow)
    ended = client.wait(run)

    assert run["sessionId"] is None
    assert way(ended)[-1] == ("Succeeded", "callback")
    assert ended["sessionId"] == dataverse.session(flow)["flowsessionid"]


def test_a_callback_may_come_before_its_row_can_be_read(client: Client, dataverse: Dataverse) -> None:
    """The start's answer was lost and the row is not visible yet: put off, sent again, and then believed."""
    dataverse.switch(unreadableSeconds=1, callbackRetrySeconds=0.6)
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)

    ended = client.wait(client.started(dataverse.flow()))

    assert way(ended)[-1] == ("Succeeded", "callback")
    assert dataverse.callback_answers(ended, 2)[0] == NOT_NOW
