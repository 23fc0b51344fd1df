"""What callers are told while Dataverse lies.

Each request to Dataverse that serves a caller is met by every answer of `tests/support/lies.py`. Nothing raises, each error
bears a documented code with a documented status, nothing is started twice, and once the truth is heard it is told.
"""

import json
from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from cancel_run.cancel import cancel
from connector_helpers import choosing, describing
from flow_catalog import reading as catalog
from health.report import report
from run_status.reading import get_outputs, get_result
from shared.http.use_case import UseCase
from tests.support import lies
from tests.support.liar import Liar
from tests.support.lies import told, under_each
from tests.support.metered import Metered
from tests.support.scene import Scene

NO_SCHEMA = {"nothing", "blanks", "no content"}
"""The documentation leaves open how a flow without inputs or outputs is answered."""
NO_OUTPUTS = {*NO_SCHEMA, "an empty object", "UTF-16", "a byte order mark"}
"""The same, or an empty object in whatever charset."""


@pytest.mark.parametrize(
    ("about", "use_case", "believed"),
    [
        (lies.FLOW, catalog.get_flow, set()),
        (lies.FLOWS, catalog.list_flows, set()),
        (lies.SCHEMA, catalog.get_inputs, NO_SCHEMA),
        (lies.SCHEMA, catalog.get_outputs, NO_SCHEMA),
        (lies.REFERENCES, catalog.list_connection_references, set()),
        (lies.FLOWS, choosing.list_flow_choices, set()),
        (lies.REFERENCES, choosing.list_connection_choices, set()),
        (lies.SCHEMA, describing.get_start_schema, NO_SCHEMA),
        (lies.SCHEMA, describing.get_result_schema, NO_SCHEMA),
    ],
)
def test_reading_what_can_be_run(
    metered: Metered, liar: Liar, about: str, use_case: UseCase, believed: set[str]
) -> None:
    """Each lie is told as what it is; nothing of it is kept, and the truth is answered as soon as it is heard."""
    route = {"flowId": metered.define()}

    def act() -> int:
        metered.watch.advance(seconds=3600)  # past every cache
        return told(metered.call(use_case, **route))[0]

    outcomes = under_each(liar, about, act)

    assert 200 == act()
    assert believed == {name for name, status in outcomes.items() if status < 400}


def test_health_says_that_it_has_not_heard_who_we_are(metered: Metered, liar: Liar) -> None:
    """WhoAmI is what health asks: no lie is taken for a sign of life, and the truth heals it."""
    every = replace(metered.app.settings, health_probe_every=timedelta(0))
    metered.app = replace(metered.app, settings=every)

    def entry() -> str:
        answer = metered.call(report)
        status: str = json.loads(answer.get_body())["dependencies"]["dataverse"]["status"]
        return status

    assert {"unhealthy"} == set(under_each(liar, lies.WHO_AM_I, entry).values())
    assert "healthy" == entry()


def test_a_start_is_sent_once_whatever_is_answered(metered: Metered, liar: Liar, flow: str) -> None:
    """202 and looked up, or refused with a documented code: one request either way."""

    def act() -> tuple[int, int]:
        metered.dataverse.clear()
        status, _ = told(metered.order(flow))
        return status, sum("RunDesktopFlow" in each for each in metered.dataverse)

    metered.started(flow)
    outcomes = under_each(liar, lies.START, act)

    assert {1} == {sent for _, sent in outcomes.values()}
    assert {202} == {outcomes[name][0] for name in (*lies.BODIES, *lies.ROWS)}
    assert {202, 403, 404, 413} == {status for status, _ in outcomes.values()}


def test_a_schema_that_cannot_be_read_refuses_no_start(metered: Metered, liar: Liar, flow: str) -> None:
    """Unknown is not "no inputs": the start goes on, and Dataverse decides."""

    def act() -> int:
        metered.watch.advance(seconds=3600)
        return told(metered.order(flow))[0]

    assert {202} == set(under_each(liar, lies.SCHEMA, act).values())


def test_a_cancel_that_is_answered_oddly_ends_no_run(metered: Metered, liar: Liar) -> None:
    """Under way, refused, or told as a documented failure; Dataverse's row says how the run stands."""
    flow = metered.define()

    def act() -> tuple[int, str]:
        run_id = metered.started(flow)["runId"]
        status, _ = told(metered.call(cancel, runId=run_id))
        return status, metered.read(run_id)["status"]

    outcomes = set(under_each(liar, lies.CANCEL, act).values())

    assert {"Canceling", "Running", "NotStarted"} == {shown for _, shown in outcomes}
    assert 200 not in {status for status, _ in outcomes}


@pytest.mark.parametrize("use_case", [get_outputs, get_result])
def test_outputs_are_an_object_or_an_error(scene: Scene, liar: Liar, use_case: UseCase) -> None:
    """Half of an answer is never passed on as "no outputs"."""
    scene.metered.end(scene.session, {"B": "y"})
    scene.metered.notified(scene.session)

    def act() -> Any:
        answer = scene.metered.call(use_case, runId=scene.run_id)
        if told(answer)[0] >= 400:
            return None
        body = json.loads(answer.get_body())
        return body if use_case is get_outputs else body["outputs"]

    outcomes = under_each(liar, lies.OUTPUTS, act)

    assert {"B": "y"} == act()
    assert all(isinstance(outputs, dict | None) for outputs in outcomes.values())
    assert NO_OUTPUTS == {name for name, outputs in outcomes.items() if outputs == {}}
