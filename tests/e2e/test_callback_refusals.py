"""Callbacks that are refused, put off or of no effect: cheapest first, and never at the expense of a genuine one."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.client import Client, Json, refusal, way
from tests.e2e.dataverse import Dataverse

ACCEPTED, NOT_NOW = 204, 503
SUCCEEDED = 4


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

    answer = client.call_back(session, f"{address}/{forged}")

    assert refusal(answer).said == (404, "CallbackNotFound")
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == 0
    assert client.run(run)["status"] == "NotStarted"


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

    answer = client.call_back(session, headers=headers, **body)

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
    client.call_back(session)
    ended = client.run(run)
    before = silent.asked("RetrieveSession", session["flowsessionid"])

    answers = [
        client.call_back(session, headers=headers, **body),
        client.send("POST", session["callbackurl"], keyed=False, headers=headers, data=b"{"),
    ]

    assert [answer.status_code for answer in answers] == [ACCEPTED] * 2
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == before
    assert client.run(run) == ended


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

    answers = [client.call_back(session).status_code for _ in range(7)]

    assert answers == [NOT_NOW] * 7
    assert silent.asked("RetrieveSession", session["flowsessionid"]) == 4


@pytest.mark.parametrize(
    "rule",
    [
        {"do": "status", "status": 500},
        {"do": "status", "status": 503},
        {"do": "status", "status": 429, "code": "0x80072326"},
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


@pytest.fixture
def lost(client: Client, silent: Dataverse) -> Json:
    """A run whose session is not known here: the answer to its start was lost."""
    silent.fault("RunDesktopFlow", "lose-response", times=1)
    return client.started(silent.endless_flow())


def test_a_session_that_is_another_s_is_not_adopted(client: Client, silent: Dataverse, lost: Json) -> None:
    """A callback to the run's genuine URL names a session whose own URL is another run's: refused."""
    other = client.started(silent.endless_flow())

    answer = client.call_back(silent.session(lost["flowId"]), flowsessionid=other["sessionId"])

    assert refusal(answer).said == (400, "CallbackMismatch")
    assert client.run(lost)["sessionId"] is None


def test_a_session_that_cannot_be_read_is_not_adopted(client: Client, silent: Dataverse, lost: Json) -> None:
    """Put off, not refused: a new row may not be visible yet."""
    answer = client.call_back(silent.session(lost["flowId"]), flowsessionid=str(uuid.uuid4()))

    assert refusal(answer).said == (NOT_NOW, "CallbackNotVerified")
    assert client.run(lost)["sessionId"] is None


def test_a_genuine_callback_is_accepted_in_the_middle_of_a_flood(client: Client, silent: Dataverse) -> None:
    """Sixteen senders of forgeries, and as many of one leaked URL's replays: another run's callback is answered, and soon."""
    leaked, flow = silent.endless_flow(), silent.endless_flow()
    client.started(leaked)
    run = client.started(flow)
    url, session = silent.session(leaked)["callbackurl"], silent.session(flow)
    forged = url[:-1] + ("0" if url[-1] != "0" else "1")
    silent.move(session, SUCCEEDED)
    over = threading.Event()

    def flood(address: str) -> set[int]:
        answers: set[int] = set()
        with requests.Session() as sender:
            while not over.is_set():
                answers.add(sender.post(address, json={}, timeout=30).status_code)
        return answers

    with ThreadPoolExecutor(32) as pool:
        floods = [pool.submit(flood, address) for address in [forged, url] * 16]
        time.sleep(1)
        began = time.monotonic()
        answer = client.call_back(session)
        took = time.monotonic() - began
        over.set()
        answers = {status for each in floods for status in each.result()}

    assert (answer.status_code, client.run(run)["status"]) == (ACCEPTED, "Succeeded")
    assert took < 5
    assert answers == {404, NOT_NOW}
