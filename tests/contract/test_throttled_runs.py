"""Runs that Dataverse ended as throttled: by setting each is followed by a new one, and by one only."""

import json
from collections.abc import Callable
from typing import Any

from cancel_run.cancel import cancel
from shared.storage.listing import Listing
from tests.contract.conftest import MakeInstances
from tests.support.liar import Liar, said
from tests.support.metered import Metered


def test_a_throttled_run_is_followed_by_a_new_one(instances: MakeInstances) -> None:
    """By setting, so many times: a run of its own with the same inputs, which waits for its turn; the ended one stays."""
    (app,) = instances(1, RETRY_THROTTLED_RUNS="1")
    flow = app.define()
    first = app.started(flow, inputs={"A": "once more"})
    app.end(first["sessionId"], code=8, errorcode="DesktopFlowsActionThrottled", errormessage="Too many.")
    app.passes(5, 5, 5)
    app.queue_passes(1)
    runs = _runs_of(app, flow)

    assert 2 == len(runs)
    second = next(run for run in runs if run["runId"] != first["runId"])
    assert first["runId"] == second["retryOf"]
    assert ("Failed", "DesktopFlowsActionThrottled") == _told(app, first["runId"])
    assert {"A": "once more"} == app.app.sessions.inputs(second["sessionId"], app.app.read_deadline())
    app.end(second["sessionId"], code=8, errorcode="DesktopFlowsActionThrottled")
    app.passes(5, 5)
    app.queue_passes(1)
    assert 2 == len(_runs_of(app, flow))


def test_a_throttled_run_is_followed_once_wherever_a_pass_is_cut_off(instances: MakeInstances) -> None:
    """The one that follows is stored, and then storage fails before that is noted: the next pass finds it and makes no other."""
    (app,) = instances(1, RETRY_THROTTLED_RUNS="1")
    flow = app.define()
    first = app.started(flow, inputs={"A": "once more"})
    app.end(first["sessionId"], code=8, errorcode="DesktopFlowsActionThrottled", errormessage="Too many.")
    app.notified(first["sessionId"])

    def fails_once_it_is_stored() -> None:
        if any(run.retry_of for run in app.app.store.page(Listing(flow_id=flow), None, 10)[0]):
            app.tables.unreachable = "$batch"

    app.tables.before_send = _guarded(fails_once_it_is_stored)
    app.passes(5)
    app.tables.before_send, app.tables.unreachable = (lambda: None), None
    app.passes(5)

    assert 2 == len(_runs_of(app, flow))


def _guarded(look: Callable[[], None]) -> Callable[[], None]:
    """A look at the table is a request of its own, before which nobody looks."""
    looking = False

    def before_send() -> None:
        nonlocal looking
        if not looking:
            looking = True
            look()
            looking = False

    return before_send


def test_a_throttled_run_is_not_followed_by_default(instances: MakeInstances) -> None:
    """It ended; who wants it again starts it again."""
    (app,) = instances(1)
    flow = app.define()
    run = app.started(flow)
    app.end(run["sessionId"], code=8, errorcode="DesktopFlowsActionThrottled")
    app.passes(5, 5)

    assert [run["runId"]] == [each["runId"] for each in _runs_of(app, flow)]


def test_a_throttled_run_that_was_to_be_canceled_is_not_followed(instances: MakeInstances) -> None:
    """Whoever wished for its end does not want it once more."""
    (app,) = instances(1, RETRY_THROTTLED_RUNS="1")
    flow = app.define()
    run = app.started(flow)
    app.fault("CancelDesktopFlowRun", "status", status=503)
    app.call(cancel, runId=run["runId"])
    app.end(run["sessionId"], code=8, errorcode="DesktopFlowsActionThrottled")
    app.passes(5, 5)
    app.queue_passes(1)

    assert [run["runId"]] == [each["runId"] for each in _runs_of(app, flow)]


def test_a_throttled_run_with_an_absurd_end_is_followed(instances: MakeInstances, liar: Liar) -> None:
    """Dataverse says that it was over before there were computers: that stops neither it nor the pass."""
    (app,) = instances(1, RETRY_THROTTLED_RUNS="1")
    flow = app.define()
    run = app.started(flow)
    told = {
        "statuscode": 8,
        "errorcode": "DesktopFlowsActionThrottled",
        "completedon": "0001-01-01T00:00:00Z",
    }
    row = json.dumps({"value": [{"flowsessionid": run["sessionId"], **told}]})
    liar.tell("GET .*/flowsessions\\?.*", said("200 OK", row))
    app.passes(5)
    liar.be_honest()
    app.passes(5)
    app.queue_passes(1)

    assert 2 == len(_runs_of(app, flow))


def _runs_of(app: Metered, flow: str) -> list[dict[str, Any]]:
    stored, _ = app.app.store.page(Listing(flow_id=flow), None, 10)
    return [app.read(run.id) for run in stored]


def _told(app: Metered, run_id: str) -> tuple[str, str]:
    read = app.read(run_id)
    return read["status"], read["error"]["code"]
