"""Starts whose answer was lost, and sessions that show up late.

Real poller, real table, simulated Dataverse; the app's clock is moved, Dataverse's is not.
"""

import json
from copy import replace
from datetime import timedelta

import pytest

from cancel_run.cancel import cancel
from shared.clock import Deadline
from shared.wiring import Deskhand
from status_poller import search
from tests.contract.conftest import MakeInstances
from tests.support.liar import Liar, said
from tests.support.metered import Metered

AFTER_THE_WAIT = 200
"""Seconds after which a lost start may be declared unconfirmed: window, message limit and slack."""


def test_a_lost_answer_is_found_and_followed(metered: Metered, flow: str) -> None:
    """Dataverse has started it: the next pass finds the session by its callback URL, and nothing is sent again."""
    metered.fault("RunDesktopFlow", "lose-response")
    run = metered.started(flow)
    metered.passes(6)

    assert (None, "NotStarted") == (run["sessionId"], run["status"])
    assert metered.read(run["runId"])["sessionId"] == metered.sessions(flow)[0]["flowsessionid"]
    assert 1 == sum("RunDesktopFlow" in each for each in metered.dataverse)


def test_a_start_that_never_happened_is_declared_unconfirmed(metered: Metered, flow: str) -> None:
    """Only after the waiting time; its key is kept, so that a repetition gives the same run."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "drop-connection")
    run_id = metered.started(flow, key="k")["runId"]
    metered.passes(6, 100)
    early = metered.read(run_id)
    metered.passes(AFTER_THE_WAIT, 1)
    late = metered.read(run_id)

    assert ("NotStarted", "AwaitingConfirmation") == (early["status"], early["statusReason"])
    assert ("Failed", "StartUnconfirmed") == (late["status"], late["error"]["code"])
    assert run_id == metered.started(flow, key="k")["runId"]


def test_absence_counts_only_once_presence_was_seen(metered: Metered, flow: str) -> None:
    """The first start of all is lost: it stays open until a list has shown a session that is known to exist."""
    metered.fault("RunDesktopFlow", "drop-connection")
    run_id = metered.started(flow)["runId"]
    metered.passes(AFTER_THE_WAIT)
    alone = metered.read(run_id)
    metered.watch.ahead *= 0  # the next start is of now, as its session's row will be
    metered.started(flow)
    metered.passes(AFTER_THE_WAIT, 1)

    assert "NotStarted" == alone["status"]
    assert "StartUnconfirmed" == metered.read(run_id)["error"]["code"]


def test_a_purged_session_does_not_keep_absence_from_counting(metered: Metered, flow: str) -> None:
    """The newest session that is known may be gone for ever: an older one shows as well what such a list shows."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "drop-connection")
    lost = metered.started(flow)["runId"]
    metered.purge(metered.started(flow)["sessionId"])
    metered.passes(AFTER_THE_WAIT, 1)

    assert "StartUnconfirmed" == metered.read(lost)["error"]["code"]


def test_access_that_is_withdrawn_proves_nothing(metered: Metered, flow: str) -> None:
    """Lists showed our sessions a moment ago and show none now: a start that did happen is not given up."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response", times=2)
    metered.started(flow)
    lost = metered.define()
    run_id = metered.started(lost)["runId"]
    session = metered.only_session(lost)
    metered.unlist(session)
    metered.passes(6)
    metered.unlist(session, 0)
    metered.switch(accessLevel="User")
    metered.passes(AFTER_THE_WAIT, 60)
    meanwhile = metered.read(run_id)
    metered.switch(accessLevel="Owner")
    metered.passes(*[60] * 3)

    assert "AwaitingConfirmation" == meanwhile["statusReason"]
    assert session == metered.read(run_id)["sessionId"]


def test_access_that_comes_back_within_a_pass_proves_nothing(
    metered: Metered, flow: str, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up shows nothing, and the one that seeks proof shows what is known: a third one decides."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow)["runId"]
    seek = search._seek_evidence

    def with_access(app: Deskhand, deadline: Deadline) -> None:
        liar.be_honest()
        seek(app, deadline)

    monkeypatch.setattr(search, "_seek_evidence", with_access)
    liar.tell(r"flowsessions\?.*createdon", said("200 OK", '{"value": []}', "Content-Type: application/json"))
    metered.passes(AFTER_THE_WAIT)

    run = metered.read(run_id)
    assert (None, metered.sessions(flow)[1]["flowsessionid"]) == (run["error"], run["sessionId"])


def test_evidence_is_sought_once_a_pass(metered: Metered, flow: str) -> None:
    """However many starts wait for it."""
    metered.purge(metered.started(flow)["sessionId"])
    metered.fault("RunDesktopFlow", "drop-connection", times=5)
    for _ in range(5):
        metered.started(flow)
    metered.dataverse.clear()
    metered.passes(AFTER_THE_WAIT)

    assert 5 >= len(metered.dataverse)


def test_a_session_that_shows_late_is_told(metered: Metered, flow: str) -> None:
    """Declared unconfirmed, then it appears: the run says StartedLate, stays Failed, and names the session."""
    metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.define()
    run_id = metered.started(lost)["runId"]
    session = metered.only_session(lost)
    metered.unlist(session)
    metered.passes(1, AFTER_THE_WAIT)
    before = metered.read(run_id)
    metered.unlist(session, 0)
    metered.passes(*[60] * 30)
    after = metered.read(run_id)

    assert "StartUnconfirmed" == before["error"]["code"]
    assert ("Failed", "StartedLate") == (after["status"], after["error"]["code"])
    assert after["sessionId"] == metered.sessions(lost)[0]["flowsessionid"]


def test_without_callback_urls_inputs_tell_lost_starts_apart(without_callbacks: Metered) -> None:
    """Same flow, same connection, same second: each run gets the session with its own inputs."""
    metered = without_callbacks
    flow = metered.define(echo=True)
    metered.fault("RunDesktopFlow", "lose-response", times=2)
    runs = {text: metered.started(flow, connection="one", inputs={"A": text})["runId"] for text in ("x", "y")}
    metered.passes(60)
    found = {text: metered.read(run_id)["sessionId"] for text, run_id in runs.items()}
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
    metered.passes(60)
    sessions = [accepted["sessionId"], *(metered.read(run_id)["sessionId"] for run_id in lost)]

    assert None not in sessions
    assert 3 == len(set(sessions))


def test_a_callback_url_that_is_not_kept_is_noticed(metered: Metered) -> None:
    """Where Dataverse shows none for a known session, a lost start is recognised by what was sent."""
    metered.switch(callbackurlStored=False)
    flow = metered.define()
    metered.started(flow)
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow, inputs={"A": "lost"})["runId"]
    metered.passes(6)
    before = metered.read(lost)
    metered.passes(AFTER_THE_WAIT, 1)

    assert before["sessionId"] is None
    assert metered.read(lost)["sessionId"] is not None


def test_where_callback_urls_are_not_kept_no_session_is_shared(metered: Metered) -> None:
    """An identical start that never happened does not take the session of the one that did."""
    metered.switch(callbackurlStored=False)
    flow = metered.define()
    accepted = metered.started(flow, connection="one")
    metered.fault("RunDesktopFlow", "drop-connection")
    lost = metered.started(flow, connection="one")["runId"]
    metered.passes(6, AFTER_THE_WAIT, 1, 1)
    run = metered.read(lost)

    assert accepted["sessionId"] != run["sessionId"]
    assert "StartUnconfirmed" == run["error"]["code"]


def test_an_input_that_was_converted_is_recognised(without_callbacks: Metered) -> None:
    """A lost start is recognised by what was sent, not by what the caller wrote."""
    metered = without_callbacks
    flow = metered.define(inputs={"A": "number"})
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow, inputs={"A": "42"})["runId"]
    metered.passes(60)

    assert metered.read(run_id)["sessionId"] == metered.sessions(flow)[0]["flowsessionid"]


def test_a_session_without_a_callback_url_is_not_ours_where_urls_are_kept(
    metered: Metered, without_callbacks: Metered
) -> None:
    """Somebody else starts the same flow in the same way: its session is not adopted by a lost start of ours."""
    flow = metered.define()
    metered.started(flow)
    foreign = without_callbacks.started(flow, connection="one")["sessionId"]
    metered.fault("RunDesktopFlow", "drop-connection")
    run_id = metered.started(flow, connection="one")["runId"]
    metered.passes(6, AFTER_THE_WAIT, 1)
    run = metered.read(run_id)

    assert "StartUnconfirmed" == run["error"]["code"]
    assert foreign != run["sessionId"]


def test_nothing_is_declared_before_the_fall_back_has_looked(without_callbacks: Metered) -> None:
    """A long start deadline postpones the fall-back, and with it the verdict: the session is found in the end."""
    metered = without_callbacks
    patient = replace(metered.app.settings, start_deadline=timedelta(seconds=200))
    metered.app = replace(metered.app, settings=patient)
    flow = metered.define()
    metered.started(flow, connection="one", inputs={"A": "other"})
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow, connection="one")["runId"]
    metered.passes(AFTER_THE_WAIT, 1)
    waiting = metered.read(lost)["status"]
    metered.passes(60)

    assert "NotStarted" == waiting
    assert metered.read(lost)["sessionId"] is not None


def test_a_cancel_of_a_start_that_shows_late_is_carried_out(metered: Metered, flow: str) -> None:
    """Declared unconfirmed with a cancel asked for: when the session appears after all, it is cancelled."""
    metered.started(metered.define())
    metered.fault("RunDesktopFlow", "lose-response")
    run_id = metered.started(flow)["runId"]
    metered.call(cancel, runId=run_id)
    session = metered.only_session(flow)
    metered.unlist(session)
    metered.passes(AFTER_THE_WAIT)
    metered.unlist(session, 0)
    metered.passes(*[60] * 30)

    assert "StartedLate" == metered.read(run_id)["error"]["code"]
    assert 7 == metered.sessions(flow)[0]["statuscode"]


def test_two_answers_that_come_after_the_look_up_are_not_mixed_up(without_callbacks: Metered) -> None:
    """A session so young that its own start may still record it is nobody's guess."""
    metered = without_callbacks
    flow = metered.define()
    metered.fault("RunDesktopFlow", "drop-connection")
    lost = metered.started(flow, connection="one")["runId"]
    metered.started(flow, connection="one")
    metered.passes(6, 10)

    assert metered.read(lost)["sessionId"] is None


def test_the_fall_back_asks_each_thing_once(without_callbacks: Metered) -> None:
    """Many lost starts among many accepted ones: the inputs of a session are read once a pass, of recorded ones never."""
    metered = without_callbacks
    flow = metered.define()
    for _ in range(5):
        metered.started(flow, connection="one")
    metered.fault("RunDesktopFlow", "drop-connection", times=4)
    for number in range(4):
        metered.started(flow, connection="one", inputs={"A": str(number)})
    metered.heal()
    metered.dataverse.clear()
    metered.passes(60)

    assert 0 == sum("/inputs/" in each for each in metered.dataverse)


def _shown_late(app: Metered) -> tuple[str, str]:
    """A lost start that was declared unconfirmed, and whose session can now be seen: the run and the flow."""
    app.started(app.define())
    app.fault("RunDesktopFlow", "lose-response")
    lost = app.define()
    run_id = app.started(lost)["runId"]
    session = app.only_session(lost)
    app.unlist(session)
    app.passes(1, AFTER_THE_WAIT)
    app.unlist(session, 0)
    return run_id, lost


def test_a_late_session_is_cancelled_where_the_setting_says_so(instances: MakeInstances) -> None:
    """LATE_STARTS=cancel: reported as ever, and cancelled, also where Dataverse cannot be asked at first."""
    (app,) = instances(1, LATE_STARTS="cancel")
    run_id, lost = _shown_late(app)
    app.fault("CancelDesktopFlowRun", "drop-connection", times=2)
    app.passes(*[60] * 30)

    assert "StartedLate" == app.read(run_id)["error"]["code"]
    assert [7] == [row["statuscode"] for row in app.sessions(lost)]
    app.passes(1)
    assert [] == [work for work in app.app.outstanding.heads().due if work.run_id == run_id]


def test_a_late_session_is_reported_and_left_alone_by_default(instances: MakeInstances) -> None:
    """LATE_STARTS=report: it goes on, and nothing of it is outstanding."""
    (app,) = instances(1)
    run_id, lost = _shown_late(app)
    app.passes(*[60] * 30)

    assert "StartedLate" == app.read(run_id)["error"]["code"]
    assert 7 not in [row["statuscode"] for row in app.sessions(lost)]
    assert [] == [work for work in app.app.outstanding.heads().due if work.run_id == run_id]


def test_a_session_whose_inputs_cannot_be_read_holds_up_only_those_that_it_fits(
    without_callbacks: Metered, liar: Liar
) -> None:
    """The run beside it is found by its own session; the one that it may belong to is not given up."""
    app = without_callbacks
    flow, other = app.define(), app.define()
    app.fault("RunDesktopFlow", "lose-response", times=2)
    run_id, found = app.started(flow)["runId"], app.started(other)["runId"]
    forbidden = json.dumps({"error": {"code": "0x80040220", "message": "prvReadflowsession"}})
    liar.tell(f"GET .*{app.only_session(flow)}.*/inputs", said("403 Forbidden", forbidden))
    app.started(app.define())
    app.passes(AFTER_THE_WAIT, 10)

    assert app.read(found)["sessionId"] == app.only_session(other)
    assert "AwaitingConfirmation" == app.read(run_id)["statusReason"]
