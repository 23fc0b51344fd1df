"""Runs that nobody tells of: ended, purged, hidden, overdue, or with a cancel that does not settle.

Real poller, real table, simulated Dataverse; the app's clock is moved, Dataverse's is not.
"""

import json

import pytest

from cancel_run.cancel import cancel
from run_status.reading import get_result
from shared.storage.listing import Listing
from tests.support.metered import Metered


def test_a_purged_session_ends_its_run_after_two_looks(metered: Metered, flow: str) -> None:
    """404 with Dataverse's code, twice, a minute apart, after the grace period; not before."""
    run = metered.started(flow)
    metered.purge(run["sessionId"])
    states = []
    for after in (6, 180, 30, 40):
        metered.passes(after)
        states.append(metered.read(run["runId"])["status"])

    assert ["NotStarted", "NotStarted", "NotStarted", "Failed"] == states
    assert "SessionDeleted" == metered.read(run["runId"])["error"]["code"]


def test_a_hidden_session_is_never_taken_for_a_purged_one(metered: Metered, flow: str) -> None:
    """Access is lost for an hour: the run stays open, says why, and goes on when it is given back."""
    run_id = metered.started(flow)["runId"]
    metered.switch(accessLevel="User")
    metered.passes(300, 300, 3600)
    hidden = metered.read(run_id)
    unhealthy = metered.app.store.hidden_sessions()
    metered.switch(accessLevel="Owner")
    metered.passes(60, 60)
    shown = metered.read(run_id)

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
    metered.passes(300, 120, 120)

    assert "MassDisappearance" in caplog.text
    assert not any(run.ended for run in metered.app.store.page(Listing(), None, 50)[0])


def test_a_cancel_is_carried_out_when_the_session_becomes_known(metered: Metered, flow: str) -> None:
    """Asked for while the start's answer was lost: the pass that finds the session cancels it."""
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow)["runId"]
    asked = metered.call(cancel, runId=run_id)
    metered.passes(6, 1)

    assert 202 == asked.status_code
    assert "Canceling" == json.loads(asked.get_body())["status"]
    assert "Canceled" == metered.read(run_id)["status"]


def test_a_cancel_that_meets_a_broken_dataverse_is_carried_out_later(metered: Metered, flow: str) -> None:
    """The caller is told that it has not happened yet; the wish is kept."""
    run_id = metered.started(flow)["runId"]
    metered.fault("CancelDesktopFlowRun", "status", status=503)
    refused = metered.call(cancel, runId=run_id)
    kept = metered.read(run_id)["status"]
    metered.passes(6, 1)  # whoever asked is given time to ask itself

    assert (502, "Canceling", "Canceled") == (refused.status_code, kept, metered.read(run_id)["status"])


def test_a_cancel_that_does_not_settle_gives_way_to_the_truth(metered: Metered, flow: str) -> None:
    """Dataverse accepted it and the run goes on: after the deadline it is Running again, with CancelTimedOut."""
    metered.switch(cancelDelaySeconds=86400)
    run_id = metered.started(flow)["runId"]
    metered.call(cancel, runId=run_id)
    metered.passes(10)
    waiting = metered.read(run_id)["status"]
    metered.passes(601)
    run = metered.read(run_id)

    assert "Canceling" == waiting
    assert ("Running", "CancelTimedOut") == (run["status"], run["error"]["code"])


@pytest.mark.parametrize("answer", ["noop", "400", "412"])
def test_a_cancel_after_the_end_brings_the_end_to_light(metered: Metered, flow: str, answer: str) -> None:
    """The run has ended in Dataverse, nobody has told us, and a cancel is asked for: its real end is what counts."""
    metered.switch(cancelAfterEnd=answer)
    run = metered.started(flow)
    metered.end(run["sessionId"])
    metered.call(cancel, runId=run["runId"])
    metered.passes(1)

    assert "Succeeded" == metered.read(run["runId"])["status"]


def test_a_run_that_is_queued_for_ever_becomes_overdue(metered: Metered) -> None:
    """Also while Dataverse says that it waits for a machine."""
    metered.switch(queueLifeSeconds=10**7)
    run = metered.started(metered.define(waitSeconds=10**6))
    metered.passes(60)
    waiting = metered.read(run["runId"])["statusReason"]
    metered.passes(2 * 86400)

    assert ("WaitingForMachine", "Overdue") == (waiting, metered.read(run["runId"])["statusReason"])


def test_a_run_that_is_long_overdue_stays_open(metered: Metered, flow: str) -> None:
    """It is shown as Overdue; only Dataverse ends it."""
    run = metered.started(flow)
    metered.passes(86400)
    overdue = metered.read(run["runId"])
    metered.end(run["sessionId"])
    metered.passes(60)

    assert ("Running", "Overdue") == (overdue["status"], overdue["statusReason"])
    assert "Succeeded" == metered.read(run["runId"])["status"]


@pytest.mark.parametrize("operation", ["ListSessions", "Batch", "Token", "WhoAmI"])
@pytest.mark.parametrize("do", ["lose-response", "drop-connection", "status"])
def test_a_pass_survives_every_fault(metered: Metered, flow: str, operation: str, do: str) -> None:
    """Whatever breaks, nothing is concluded from it, and the next pass makes up for it."""
    run = metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow)["runId"]
    metered.end(run["sessionId"])
    metered.fault(operation, do, times=None, status=500)
    metered.passes(6)
    metered.heal()
    metered.passes(1)

    assert "Succeeded" == metered.read(run["runId"])["status"]
    assert metered.read(lost)["sessionId"] is not None


def test_an_unknown_status_code_keeps_a_run_open(
    metered: Metered, flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    """0 says nothing: what was, stays."""
    run = metered.started(flow)
    metered.end(run["sessionId"], code=2)
    metered.passes(1)
    metered.end(run["sessionId"], code=0)
    metered.passes(1)
    shown = metered.read(run["runId"])

    assert ("Running", 0) == (shown["status"], shown["dataverse"]["statusCode"])


def test_a_long_run_is_asked_about_less_often(metered: Metered, flow: str) -> None:
    """Retry-After of an open result is 10 s, and 60 s once the run is ten minutes old."""
    run_id = metered.started(flow)["runId"]
    young = metered.call(get_result, runId=run_id).headers["Retry-After"]
    metered.watch.advance(minutes=10)

    assert ("10", "60") == (young, metered.call(get_result, runId=run_id).headers["Retry-After"])


def test_a_cancel_of_a_purged_run_is_left_to_the_poller(metered: Metered, flow: str) -> None:
    """The run exists, so it is no 404: the cancel is under way until the session's absence is believed."""
    run = metered.started(flow)
    metered.purge(run["sessionId"])
    asked = metered.call(cancel, runId=run["runId"])
    metered.passes(200, 61)

    assert 202 == asked.status_code
    assert "SessionDeleted" == metered.read(run["runId"])["error"]["code"]
