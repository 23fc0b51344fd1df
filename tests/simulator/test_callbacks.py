"""Callbacks: what is sent, when, and how often."""

from datetime import datetime
from typing import Any

import pytest

from tests.simulator.client import Simulator, eventually
from tests.simulator.receiver import Received, Receiver


def _run_to_its_end(dataverse: Simulator, listener: Receiver, **flow: Any) -> str:
    defined = {"runSeconds": 0} | flow
    return dataverse.started(dataverse.flow(**defined), callbackUrl=listener.url)


def _arrived(listener: Receiver, count: int) -> list[Received]:
    return eventually(lambda: list(listener.received), lambda received: len(received) >= count)


def _attempts(dataverse: Simulator, session: str, count: int) -> list[int | None]:
    """The answers noted, once there are so many."""
    noted = eventually(lambda: dataverse.session(session)["callbacks"], lambda found: len(found) >= count)
    return [attempt["answer"] for attempt in noted]


def test_a_callback_looks_as_documented(dataverse: Simulator, listener: Receiver) -> None:
    """Method, headers and body, without outputs and without the error."""
    flow = dataverse.flow(runSeconds=0, ends="Failed", error={"code": "X", "message": "Y"})
    session = dataverse.started(flow, callbackUrl=listener.url)
    (received,) = _arrived(listener, 1)
    row = dataverse.session(session)

    assert received.headers["user-agent"] == "EnterpriseConnectors/1.0"
    assert received.headers["content-type"] == "application/json; charset=utf-8"
    assert received.headers["x-ms-workflow-id"] == flow
    assert received.headers["x-ms-run-id"] == session
    assert received.body == {
        "statuscode": 8,
        "statecode": 0,
        "startedon": row["startedon"],
        "completedon": row["completedon"],
        "flowsessionid": session,
    }
    assert _attempts(dataverse, session, 1) == [204]


@pytest.mark.parametrize("status", [500, 503, 408])
def test_server_errors_and_408_are_retried_three_times(
    dataverse: Simulator, listener: Receiver, status: int
) -> None:
    """One try and three more, then silence."""
    dataverse.settings(callbackRetrySeconds=0.01)
    listener.answers.extend([status] * 9)

    session = _run_to_its_end(dataverse, listener)

    assert _attempts(dataverse, session, 4) == [status] * 4
    assert len(_arrived(listener, 4)) == 4


def test_retries_are_a_second_apart(dataverse: Simulator, listener: Receiver) -> None:
    """The documented interval, in real time."""
    assert dataverse.defaults["callbackRetrySeconds"] == 1
    dataverse.settings(callbackRetrySeconds=0.3)
    listener.answers.extend([503])
    session = _run_to_its_end(dataverse, listener)

    _attempts(dataverse, session, 2)
    attempts = dataverse.session(session)["callbacks"]
    first, second = (datetime.fromisoformat(attempt["at"]) for attempt in attempts)

    assert 0.3 <= (second - first).total_seconds() < 1


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 429])
def test_other_answers_are_final(dataverse: Simulator, listener: Receiver, status: int) -> None:
    """A refusal is not retried, a redirect is not followed."""
    dataverse.settings(callbackRetrySeconds=0)
    listener.answers.extend([status])

    session = _run_to_its_end(dataverse, listener)
    assert _attempts(dataverse, session, 1) == [status]
    dataverse.cancel(dataverse.started(dataverse.flow(), callbackUrl=listener.url))

    assert len(_arrived(listener, 2)) == 2
    assert _attempts(dataverse, session, 1) == [status]


def test_redirects_are_followed_by_a_setting(dataverse: Simulator, listener: Receiver) -> None:
    """A 307 repeats the POST where it points."""
    dataverse.settings(callbackRedirects=True)
    listener.answers.extend([307])

    assert _attempts(dataverse, _run_to_its_end(dataverse, listener), 1) == [204]
    assert len(listener.received) == 2


@pytest.mark.parametrize(("setting", "attempts"), [("default", 4), ("off", 1)])
def test_silence_is_retried_unless_the_setting_says_otherwise(
    dataverse: Simulator, setting: str, attempts: int
) -> None:
    """Nobody listens: each attempt is noted without an answer."""
    dataverse.settings(callbackRetrySeconds=0.01, callbackRetryUnanswered=setting == "default")
    session = dataverse.started(dataverse.flow(runSeconds=0), callbackUrl="http://127.0.0.1:9/")

    assert _attempts(dataverse, session, attempts) == [None] * attempts


def test_callbacks_stay_on_this_machine_unless_allowed_out(dataverse: Simulator) -> None:
    """A DNS name is not even looked up: the attempt has no answer."""
    dataverse.settings(callbackRetries=0)

    session = dataverse.started(dataverse.flow(runSeconds=0), callbackUrl="https://desk.example/cb")

    assert _attempts(dataverse, session, 1) == [None]


@pytest.mark.parametrize(
    ("setting", "end"),
    [
        ("callbackOnSuccess", 4),
        ("callbackOnCancel", 7),
        ("callbackOnFailure", 8),
        ("callbackOnFailure", 14),
        ("callbackOnTimeout", 10),
    ],
)
def test_which_ends_call_back_is_a_setting(
    dataverse: Simulator, listener: Receiver, setting: str, end: int
) -> None:
    """Each kind of end does by default, and can be silenced."""
    flow = dataverse.flow()
    silent = dataverse.started(flow, callbackUrl=f"{listener.url}/silent")
    dataverse.settings(**{setting: False})
    dataverse.move(silent, end)
    dataverse.settings(**{setting: True})
    heard = dataverse.started(flow, callbackUrl=f"{listener.url}/heard")
    dataverse.move(heard, end)

    (received,) = _arrived(listener, 1)

    assert received.path.endswith("/heard")
    assert received.body["statuscode"] == end


def test_a_cancel_calls_back(dataverse: Simulator, listener: Receiver) -> None:
    """At once, with 7."""
    dataverse.cancel(dataverse.started(dataverse.flow(), callbackUrl=listener.url))

    assert _arrived(listener, 1)[0].body["statuscode"] == 7


def test_a_session_moved_by_hand_calls_back_once(dataverse: Simulator, listener: Receiver) -> None:
    """When it ends, not when it only moves, and not again when an end is changed."""
    session = dataverse.started(dataverse.flow(), callbackUrl=listener.url)
    for statuscode in (6, 2, 4, 8):
        dataverse.move(session, statuscode)
    dataverse.cancel(dataverse.started(dataverse.flow(), callbackUrl=listener.url))

    assert [received.body["statuscode"] for received in _arrived(listener, 2)] == [4, 7]


def test_without_a_url_nothing_is_sent(dataverse: Simulator) -> None:
    """No attempt is noted."""
    session = dataverse.started(dataverse.flow(runSeconds=0))

    assert dataverse.session(session)["callbacks"] == []


def test_a_skipped_callback_is_never_sent(dataverse: Simulator, listener: Receiver) -> None:
    """The next one is."""
    dataverse.fault("Callback", "skip", times=1)
    skipped = _run_to_its_end(dataverse, listener)
    sent = _run_to_its_end(dataverse, listener)

    assert [received.body["flowsessionid"] for received in _arrived(listener, 1)] == [sent]
    assert dataverse.session(skipped)["callbacks"] == []


def test_a_duplicated_callback_arrives_twice(dataverse: Simulator, listener: Receiver) -> None:
    """The same body both times."""
    dataverse.fault("Callback", "duplicate")
    session = _run_to_its_end(dataverse, listener)

    assert _attempts(dataverse, session, 2) == [204, 204]
    first, second = listener.received
    assert first.body == second.body


def test_a_forged_callback_arrives_before_the_true_one(dataverse: Simulator, listener: Receiver) -> None:
    """It claims a success and names another session."""
    dataverse.fault("Callback", "forge")
    session = _run_to_its_end(dataverse, listener, ends="Failed")

    forged, true = _arrived(listener, 2)

    assert forged.body["statuscode"] == 4
    assert forged.body["flowsessionid"] != session
    assert (true.body["statuscode"], true.body["flowsessionid"]) == (8, session)


def test_a_lost_answer_is_retried_though_the_callback_arrived(
    dataverse: Simulator, listener: Receiver
) -> None:
    """The receiver sees it twice."""
    dataverse.settings(callbackRetrySeconds=0)
    dataverse.fault("Callback", "lose-response")
    session = _run_to_its_end(dataverse, listener)

    assert _attempts(dataverse, session, 2) == [None, 204]
    assert len(listener.received) == 2


def test_a_dropped_callback_arrives_at_its_second_try(dataverse: Simulator, listener: Receiver) -> None:
    """The first never left."""
    dataverse.settings(callbackRetrySeconds=0)
    dataverse.fault("Callback", "drop-connection")
    session = _run_to_its_end(dataverse, listener)

    assert _attempts(dataverse, session, 2) == [None, 204]
    assert len(listener.received) == 1


@pytest.mark.parametrize("way", ["setting", "fault"])
def test_a_callback_can_be_late(dataverse: Simulator, listener: Receiver, way: str) -> None:
    """The row shows the end before the callback does."""
    if way == "setting":
        dataverse.settings(callbackDelaySeconds=0.8)
    else:
        dataverse.fault("Callback", "delay", seconds=0.8)
    session = _run_to_its_end(dataverse, listener)

    assert dataverse.session(session)["statuscode"] == 4
    assert listener.received == []
    assert len(_arrived(listener, 1)) == 1


def test_a_callback_can_run_ahead_of_the_row(dataverse: Simulator, listener: Receiver) -> None:
    """It tells of an end that a read does not show yet."""
    dataverse.settings(callbackAheadSeconds=60)
    session = _run_to_its_end(dataverse, listener)

    (received,) = _arrived(listener, 1)
    assert received.body["statuscode"] == 4
    assert dataverse.session(session)["statuscode"] == 2
    dataverse.advance(61)
    assert dataverse.session(session)["statuscode"] == 4
    assert len(listener.received) == 1
