"""What becomes of runs that nobody tells of: lost starts, lost sessions, cancels that do not settle.

Real poller, real table, simulated Dataverse; the app's clock is moved, Dataverse's is not.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cancel_run.cancel import cancel
from run_status.reading import get_run
from shared.storage.listing import Listing
from status_poller.poll import poll
from tests.support.metered import Metered

AFTER_THE_WAIT = 200
"""Seconds after which a lost start may be declared unconfirmed: window, message limit and slack."""


def run_of(metered: Metered, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(metered.call(get_run, runId=run_id).get_body())
    return run


def passes(metered: Metered, *after: float) -> None:
    """A pass after each of these pauses, in seconds."""
    for seconds in after:
        metered.watch.advance(seconds=seconds)
        poll(metered.app)


def test_a_lost_answer_is_found_and_followed(metered: Metered, flow: str) -> None:
    """Dataverse has started it: the next pass finds the session by its callback URL, and nothing is sent again."""
    metered.fault("RunDesktopFlow", "lose-response")
    run = metered.started(flow)
    passes(metered, 6)

    assert (None, "NotStarted") == (run["sessionId"], run["status"])
    assert run_of(metered, run["runId"])["sessionId"] == metered.sessions(flow)[0]["flowsessionid"]
    assert 1 == sum("RunDesktopFlow" in each for each in metered.dataverse)


def test_a_start_that_never_happened_is_declared_unconfirmed(metered: Metered, flow: str) -> None:
    """Only after the waiting time; its key is kept, so that a repetition gives the same run."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "drop-connection")
    run_id = metered.started(flow, key="k")["runId"]
    passes(metered, 6, 100)
    early = run_of(metered, run_id)
    passes(metered, AFTER_THE_WAIT, 1)
    late = run_of(metered, run_id)

    assert ("NotStarted", "AwaitingConfirmation") == (early["status"], early["statusReason"])
    assert ("Failed", "StartUnconfirmed") == (late["status"], late["error"]["code"])
    assert run_id == metered.started(flow, key="k")["runId"]


def test_absence_counts_only_once_presence_was_seen(metered: Metered, flow: str) -> None:
    """The first start of all is lost: it stays open until a list has shown a session that is known to exist."""
    metered.fault("RunDesktopFlow", "drop-connection")
    run_id = metered.started(flow)["runId"]
    passes(metered, AFTER_THE_WAIT)
    alone = run_of(metered, run_id)
    metered.watch.ahead *= 0  # the next start is of now, as its session's row will be
    metered.started(flow)
    passes(metered, AFTER_THE_WAIT, 1)

    assert "NotStarted" == alone["status"]
    assert "StartUnconfirmed" == run_of(metered, run_id)["error"]["code"]


def test_a_session_that_shows_late_is_told(metered: Metered, flow: str) -> None:
    """Declared unconfirmed, then it appears: the run says StartedLate, stays Failed, and names the session."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.define()
    run_id = metered.started(lost)["runId"]
    passes(metered, 1)
    metered.switch(hiddenFromListsSeconds=3600)
    metered.app.evidence.lists_show_sessions = metered.app.evidence.callback_urls_kept = True
    passes(metered, AFTER_THE_WAIT)
    before = run_of(metered, run_id)
    metered.switch(hiddenFromListsSeconds=0)
    passes(metered, *[60] * 30)
    after = run_of(metered, run_id)

    assert "StartUnconfirmed" == before["error"]["code"]
    assert ("Failed", "StartedLate") == (after["status"], after["error"]["code"])
    assert after["sessionId"] == metered.sessions(lost)[0]["flowsessionid"]


def test_without_callback_urls_inputs_tell_lost_starts_apart(without_callbacks: Metered) -> None:
    """Same flow, same connection, same second: each run gets the session with its own inputs."""
    metered = without_callbacks
    flow = metered.define(echo=True)
    metered.fault("RunDesktopFlow", "lose-response", times=2)
    runs = {text: metered.started(flow, connection="one", inputs={"A": text})["runId"] for text in ("x", "y")}
    passes(metered, 60)
    found = {text: run_of(metered, run_id)["sessionId"] for text, run_id in runs.items()}
    deadline = metered.app.read_deadline()

    assert {text: {"A": text} for text in runs} == {
        text: metered.app.sessions.inputs(session, deadline) for text, session in found.items()
    }


def test_identical_lost_starts_get_distinct_sessions(without_callbacks: Metered) -> None:
    """Nothing tells them apart, so each takes one, and none is shared; an accepted run's session is not taken."""
    metered = without_callbacks
    flow = metered.define()
    accepted = metered.started(flow, connection="one")
    metered.fault("RunDesktopFlow", "lose-response", times=2)
    lost = [metered.started(flow, connection="one")["runId"] for _ in range(2)]
    passes(metered, 60)
    sessions = [accepted["sessionId"], *(run_of(metered, run_id)["sessionId"] for run_id in lost)]

    assert None not in sessions
    assert 3 == len(set(sessions))


def test_a_callback_url_that_is_not_kept_is_noticed(metered: Metered) -> None:
    """Where Dataverse shows none for a known session, a lost start is recognised by what was sent."""
    metered.switch(callbackurlStored=False)
    flow = metered.define()
    metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow, inputs={"A": "lost"})["runId"]
    passes(metered, 6)
    before = run_of(metered, lost)
    passes(metered, AFTER_THE_WAIT, 1)

    assert before["sessionId"] is None
    assert run_of(metered, lost)["sessionId"] is not None


def test_where_callback_urls_are_not_kept_no_session_is_shared(metered: Metered) -> None:
    """An identical start that never happened does not take the session of the one that did."""
    metered.switch(callbackurlStored=False)
    flow = metered.define()
    accepted = metered.started(flow, connection="one")
    metered.fault("RunDesktopFlow", "drop-connection")
    lost = metered.started(flow, connection="one")["runId"]
    passes(metered, 6, AFTER_THE_WAIT, 1, 1)
    run = run_of(metered, lost)

    assert accepted["sessionId"] != run["sessionId"]
    assert "StartUnconfirmed" == run["error"]["code"]


def test_an_input_that_was_converted_is_recognised(without_callbacks: Metered) -> None:
    """A lost start is recognised by what was sent, not by what the caller wrote."""
    metered = without_callbacks
    flow = metered.define(inputs={"A": "number"})
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow, inputs={"A": "42"})["runId"]
    passes(metered, 60)

    assert run_of(metered, run_id)["sessionId"] == metered.sessions(flow)[0]["flowsessionid"]


def test_a_session_without_a_callback_url_is_not_ours_where_urls_are_kept(
    metered: Metered, without_callbacks: Metered
) -> None:
    """Somebody else starts the same flow in the same way: its session is not adopted by a lost start of ours."""
    flow = metered.define()
    metered.started(flow)
    foreign = without_callbacks.started(flow, connection="one")["sessionId"]
    metered.fault("RunDesktopFlow", "drop-connection")
    run_id = metered.started(flow, connection="one")["runId"]
    passes(metered, 6, AFTER_THE_WAIT, 1)
    run = run_of(metered, run_id)

    assert "StartUnconfirmed" == run["error"]["code"]
    assert foreign != run["sessionId"]


def test_a_purged_session_ends_its_run_after_two_looks(metered: Metered, flow: str) -> None:
    """404 with Dataverse's code, twice, a minute apart, after the grace period; not before."""
    run = metered.started(flow)
    metered.purge(run["sessionId"])
    states = []
    for after in (6, 180, 30, 40):
        passes(metered, after)
        states.append(run_of(metered, run["runId"])["status"])

    assert ["NotStarted", "NotStarted", "NotStarted", "Failed"] == states
    assert "SessionDeleted" == run_of(metered, run["runId"])["error"]["code"]


def test_a_hidden_session_is_never_taken_for_a_purged_one(metered: Metered, flow: str) -> None:
    """Access is lost for an hour: the run stays open, says why, and goes on when it is given back."""
    run_id = metered.started(flow)["runId"]
    metered.switch(accessLevel="User")
    passes(metered, 300, 300, 3600)
    hidden = run_of(metered, run_id)
    unhealthy = metered.app.store.hidden_sessions()
    metered.switch(accessLevel="Owner")
    passes(metered, 60, 60)
    shown = run_of(metered, run_id)

    assert ("NotStarted", "StatusNotPermitted") == (hidden["status"], hidden["statusReason"])
    assert 1 == unhealthy
    assert ("Running", None) == (shown["status"], shown["statusReason"])


def test_a_mass_disappearance_closes_nothing(
    metered: Metered, flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    """When more than twenty sessions are gone at once, something else is wrong: it is reported, and no run is closed."""
    runs = [metered.started(flow) for _ in range(21)]
    for run in runs:
        metered.purge(run["sessionId"])
    passes(metered, 300, 120, 120)

    assert "MassDisappearance" in caplog.text
    assert not any(run.ended for run in metered.app.store.page(Listing(), None, 50)[0])


def test_a_cancel_is_carried_out_when_the_session_becomes_known(metered: Metered, flow: str) -> None:
    """Asked for while the start's answer was lost: the pass that finds the session cancels it."""
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow)["runId"]
    asked = metered.call(cancel, runId=run_id)
    passes(metered, 6, 1)

    assert 202 == asked.status_code
    assert "Canceling" == json.loads(asked.get_body())["status"]
    assert "Canceled" == run_of(metered, run_id)["status"]


def test_nothing_is_declared_before_the_fall_back_has_looked(without_callbacks: Metered) -> None:
    """A long start deadline postpones the fall-back, and with it the verdict: the session is found in the end."""
    metered = without_callbacks
    patient = replace(metered.app.settings, start_deadline=timedelta(seconds=200))
    metered.app = replace(metered.app, settings=patient)
    flow = metered.define()
    metered.started(flow, connection="one", inputs={"A": "other"})
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow, connection="one")["runId"]
    passes(metered, AFTER_THE_WAIT, 1)
    waiting = run_of(metered, lost)["status"]
    passes(metered, 60)

    assert "NotStarted" == waiting
    assert run_of(metered, lost)["sessionId"] is not None


def test_a_cancel_of_a_start_that_shows_late_is_carried_out(metered: Metered, flow: str) -> None:
    """Declared unconfirmed with a cancel asked for: when the session appears after all, it is cancelled."""
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow)["runId"]
    metered.call(cancel, runId=run_id)
    metered.switch(hiddenFromListsSeconds=3600)
    metered.app.evidence.lists_show_sessions = metered.app.evidence.callback_urls_kept = True
    passes(metered, AFTER_THE_WAIT)
    metered.switch(hiddenFromListsSeconds=0)
    passes(metered, *[60] * 30)

    assert "StartedLate" == run_of(metered, run_id)["error"]["code"]
    assert 7 == metered.sessions(flow)[0]["statuscode"]


def test_two_answers_that_come_after_the_look_up_are_not_mixed_up(without_callbacks: Metered) -> None:
    """A session so young that its own start may still record it is nobody's guess."""
    metered = without_callbacks
    flow = metered.define()
    metered.fault("RunDesktopFlow", "drop-connection")
    lost = metered.started(flow, connection="one")["runId"]
    metered.started(flow, connection="one")
    passes(metered, 6, 10)

    assert run_of(metered, lost)["sessionId"] is None


def test_a_cancel_that_meets_a_broken_dataverse_is_carried_out_later(metered: Metered, flow: str) -> None:
    """The caller is told that it has not happened yet; the wish is kept."""
    run_id = metered.started(flow)["runId"]
    metered.fault("CancelDesktopFlowRun", "status", status=503)
    refused = metered.call(cancel, runId=run_id)
    kept = run_of(metered, run_id)["status"]
    passes(metered, 1, 1)

    assert (502, "Canceling", "Canceled") == (refused.status_code, kept, run_of(metered, run_id)["status"])


def test_a_cancel_that_does_not_settle_gives_way_to_the_truth(metered: Metered, flow: str) -> None:
    """Dataverse accepted it and the run goes on: after the deadline it is Running again, with CancelTimedOut."""
    metered.switch(cancelDelaySeconds=86400)
    run_id = metered.started(flow)["runId"]
    metered.call(cancel, runId=run_id)
    passes(metered, 10)
    waiting = run_of(metered, run_id)["status"]
    passes(metered, 601)
    run = run_of(metered, run_id)

    assert "Canceling" == waiting
    assert ("Running", "CancelTimedOut") == (run["status"], run["error"]["code"])


@pytest.mark.parametrize("answer", ["noop", "400", "412"])
def test_a_cancel_after_the_end_brings_the_end_to_light(metered: Metered, flow: str, answer: str) -> None:
    """The run has ended in Dataverse, nobody has told us, and a cancel is asked for: its real end is what counts."""
    metered.switch(cancelAfterEnd=answer)
    run = metered.started(flow)
    metered.end(run["sessionId"])
    metered.call(cancel, runId=run["runId"])
    passes(metered, 1)

    assert "Succeeded" == run_of(metered, run["runId"])["status"]


def test_a_run_that_is_queued_for_ever_becomes_overdue(metered: Metered) -> None:
    """Also while Dataverse says that it waits for a machine."""
    metered.switch(queueLifeSeconds=10**7)
    run = metered.started(metered.define(waitSeconds=10**6))
    passes(metered, 60)
    waiting = run_of(metered, run["runId"])["statusReason"]
    passes(metered, 2 * 86400)

    assert ("WaitingForMachine", "Overdue") == (waiting, run_of(metered, run["runId"])["statusReason"])


def test_a_run_that_is_long_overdue_stays_open(metered: Metered, flow: str) -> None:
    """It is shown as Overdue; only Dataverse ends it."""
    run = metered.started(flow)
    passes(metered, 86400)
    overdue = run_of(metered, run["runId"])
    metered.end(run["sessionId"])
    passes(metered, 60)

    assert ("Running", "Overdue") == (overdue["status"], overdue["statusReason"])
    assert "Succeeded" == run_of(metered, run["runId"])["status"]


@pytest.mark.parametrize("operation", ["ListSessions", "Batch", "Token", "WhoAmI"])
@pytest.mark.parametrize("do", ["lose-response", "drop-connection", "status"])
def test_a_pass_survives_every_fault(metered: Metered, flow: str, operation: str, do: str) -> None:
    """Whatever breaks, nothing is concluded from it, and the next pass makes up for it."""
    run = metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow)["runId"]
    metered.end(run["sessionId"])
    metered.fault(operation, do, times=None, status=500)
    passes(metered, 6)
    metered.heal()
    passes(metered, 1)

    assert "Succeeded" == run_of(metered, run["runId"])["status"]
    assert run_of(metered, lost)["sessionId"] is not None


def test_an_unknown_status_code_keeps_a_run_open(
    metered: Metered, flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    """0 says nothing: what was, stays."""
    run = metered.started(flow)
    metered.end(run["sessionId"], code=2)
    passes(metered, 1)
    metered.end(run["sessionId"], code=0)
    passes(metered, 1)
    shown = run_of(metered, run["runId"])

    assert ("Running", 0) == (shown["status"], shown["dataverse"]["statusCode"])
