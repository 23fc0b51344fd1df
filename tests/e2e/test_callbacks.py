"""Callbacks: who may send one, what it may say, and that only Dataverse's own row changes a run."""

import uuid
from typing import Any

import pytest
import requests

from tests.e2e.client import Client, Json, refusal, way
from tests.e2e.dataverse import Dataverse

ACCEPTED, NOT_NOW = 204, 503
SUCCEEDED, FAILED = 4, 8


@pytest.fixture
def silent(dataverse: Dataverse) -> Dataverse:
    """Dataverse sends no callbacks: the tests send them themselves. Its lists fail too, so that the poller learns nothing."""
    dataverse.fault("Callback", "skip")
    dataverse.fault("ListSessions", "drop-connection")
    return dataverse


def call_back(
    client: Client, session: Json, url: str = "", headers: dict[str, str] | None = None, **changes: Any
) -> requests.Response:
    """As Dataverse sends it: without any key. `changes` are made to its body."""
    body = {"statuscode": 4, "statecode": 0, "flowsessionid": session["flowsessionid"]} | changes
    return client.send("POST", url or session["callbackurl"], keyed=False, json=body, headers=headers or {})


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


@pytest.mark.parametrize(
    "part", ["digit", "capitals", "result's", "other run's", "other version", "nothing like it"]
)
def test_a_wrong_signature_is_404_and_asks_nothing(client: Client, silent: Dataverse, part: str) -> None:
    """Whoever cannot sign learns nothing and causes no request to Dataverse; the run stays as it was."""
    flow = silent.endless_flow()
    run = client.started(flow)
    other = client.started(silent.endless_flow())
    session = silent.session(flow)
    address, _, genuine = session["callbackurl"].rpartition("/")
    forged = {
        "digit": genuine[:-1] + ("0" if genuine[-1] != "0" else "1"),
        "capitals": genuine.upper(),
        "result's": run["links"]["result"].partition("sig=")[2],
        "other run's": silent.session_of(other)["callbackurl"].rpartition("/")[2],
        "other version": f"9{genuine}",
        "nothing like it": "x",
    }[part]
    silent.move(session, SUCCEEDED)

    answer = call_back(client, session, f"{address}/{forged}")

    assert refusal(answer).said == (404, "CallbackNotFound")
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == 0
    assert client.run(run)["status"] == "NotStarted"


def test_a_body_that_lies_changes_nothing(client: Client, silent: Dataverse) -> None:
    """A genuine URL with a false body: what Dataverse's row says counts."""
    flow = silent.endless_flow()
    run = client.started(flow)
    silent.move(silent.session(flow), FAILED, errorcode="NoDisk", errormessage="The disk is full.")

    answer = call_back(client, silent.session(flow), statuscode=SUCCEEDED)

    assert answer.status_code == ACCEPTED
    assert client.run(run)["error"] == {"code": "NoDisk", "message": "The disk is full."}


def test_a_callback_ahead_of_the_row_is_put_off(client: Client, silent: Dataverse) -> None:
    """While Dataverse shows no end the answer is 503, so that it is sent again; the run shows what Dataverse shows."""
    flow = silent.endless_flow()
    run = client.started(flow)

    answer = call_back(client, silent.session(flow))

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
    call_back(client, dataverse.session(flow))
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


def test_the_run_id_in_a_callback_may_be_in_capitals(client: Client, silent: Dataverse) -> None:
    """GUIDs are taken in any letter case here as everywhere."""
    flow = silent.endless_flow()
    run = client.started(flow)
    silent.move(silent.session(flow), SUCCEEDED)
    url = silent.session(flow)["callbackurl"].replace(run["runId"], run["runId"].upper())

    assert call_back(client, silent.session(flow), url).status_code == ACCEPTED


MISMATCHES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"x-ms-run-id": str(uuid.uuid4())}, {}),
    ({"x-ms-workflow-id": str(uuid.uuid4())}, {}),
    ({}, {"flowsessionid": str(uuid.uuid4())}),
    ({"x-ms-run-id": "no guid"}, {}),
    ({}, {"flowsessionid": 7}),
]


@pytest.mark.parametrize(("headers", "body"), MISMATCHES)
def test_what_a_callback_names_must_agree_with_the_run(
    client: Client, silent: Dataverse, headers: dict[str, str], body: Json
) -> None:
    """Headers and body that name another session or flow are refused before Dataverse is asked."""
    flow = silent.endless_flow()
    run = client.started(flow)
    session = silent.session(flow)
    silent.move(session, SUCCEEDED)

    answer = call_back(client, session, headers=headers, **body)

    assert refusal(answer).said == (400, "CallbackMismatch")
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == 0
    assert client.run(run)["status"] == "NotStarted"


@pytest.mark.parametrize(
    ("body", "said"), [(b"{", (400, "InvalidJson")), (b'{"a":"' + b"x" * 9000 + b'"}', (413, "BodyTooLarge"))]
)
def test_a_callback_has_the_shape_and_size_of_one(
    client: Client, silent: Dataverse, body: bytes, said: tuple[int, str]
) -> None:
    """A signed URL does not make nonsense acceptable."""
    flow = silent.endless_flow()
    client.started(flow)

    answer = client.send("POST", silent.session(flow)["callbackurl"], keyed=False, data=body)

    assert refusal(answer).said == said


@pytest.mark.parametrize(("headers", "body"), [({}, {}), *MISMATCHES])
def test_the_callback_of_an_ended_run_is_accepted_and_asks_nothing(
    client: Client, silent: Dataverse, headers: dict[str, str], body: Json
) -> None:
    """Repeated callbacks are idempotent: 204 before anything else is looked at."""
    flow = silent.endless_flow()
    run = client.started(flow)
    session = silent.session(flow)
    silent.move(session, SUCCEEDED)
    call_back(client, session)
    ended = client.run(run)
    before = silent.asked("RetrieveSession", session["flowsessionid"])

    answer = call_back(client, session, headers=headers, **body)

    assert answer.status_code == ACCEPTED
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == before
    assert client.run(run) == ended


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


def test_a_forged_callback_does_not_stop_the_true_one(client: Client, dataverse: Dataverse) -> None:
    """A false one, sent to the genuine URL ahead of the true one, is refused; the true one ends the run."""
    dataverse.fault("Callback", "forge", times=1)

    ended = client.wait(client.started(dataverse.flow(ends="Failed")))

    assert ended["status"] == "Failed"
    assert dataverse.callback_answers(ended, 2) == [400, ACCEPTED]


def test_a_run_is_verified_four_times_in_ten_seconds(client: Client, silent: Dataverse) -> None:
    """Beyond that a callback is answered 503 without a request: a leaked URL does not eat the quota."""
    flow = silent.endless_flow()
    client.started(flow)
    session = silent.session(flow)

    answers = [call_back(client, session).status_code for _ in range(7)]

    assert answers == [NOT_NOW] * 7
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == 4


@pytest.mark.parametrize(
    "rule",
    [
        {"do": "status", "status": 500},
        {"do": "status", "status": 503},
        {"do": "status", "status": 429, "retryAfter": 1},
        {"do": "status", "status": 403},
        {"do": "status", "status": 404},
        {"do": "drop-connection"},
        {"do": "lose-response"},
    ],
)
def test_what_cannot_be_verified_now_is_sent_again(
    client: Client, dataverse: Dataverse, rule: dict[str, Any]
) -> None:
    """Whatever ails Dataverse, its callback is answered 503, the only kind of answer that it repeats; then 204."""
    dataverse.fault("ListSessions", "drop-connection")
    dataverse.fault("RetrieveSession", times=1, **rule)
    dataverse.switch(callbackRetrySeconds=0.1)

    ended = client.wait(client.started(dataverse.flow()))

    assert way(ended)[-1] == ("Succeeded", "callback")
    assert dataverse.callback_answers(ended, 2) == [NOT_NOW, ACCEPTED]


def test_a_callback_may_name_a_session_that_is_not_known_yet(client: Client, dataverse: Dataverse) -> None:
    """The start's answer was lost; the callback names the session, whose callback URL proves that it is this run's."""
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    flow = dataverse.flow(runSeconds=0.3, outputValues={"Done": True})

    run = client.started(flow)
    ended = client.wait(run)

    assert run["sessionId"] is None
    assert way(ended)[-1] == ("Succeeded", "callback")
    assert ended["sessionId"] == dataverse.session(flow)["flowsessionid"]


@pytest.mark.parametrize("existing", [True, False])
def test_a_session_that_is_another_s_is_not_adopted(
    client: Client, silent: Dataverse, existing: bool
) -> None:
    """The start's answer was lost, and a callback to the run's genuine URL names a session that is not its own."""
    other = silent.endless_flow()
    client.started(other)
    named = silent.session(other)["flowsessionid"] if existing else str(uuid.uuid4())
    silent.fault("RunDesktopFlow", "lose-response", times=1)
    flow = silent.endless_flow()
    run = client.started(flow)

    answer = call_back(client, silent.session(flow), flowsessionid=named)

    assert refusal(answer).said == (400, "CallbackMismatch")
    assert client.run(run)["sessionId"] is None
