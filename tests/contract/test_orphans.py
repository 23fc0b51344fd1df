"""Sessions of ours whose run is not here: told once each, from lists that are read anyway, and only where a signature proves it.

Real table; a Dataverse of these tests' own. A pass takes any open run for one of many.
"""

import json
import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cancel_run.cancel import cancel
from shared.callbacks import callback_url
from shared.run.ids import new_run_id
from shared.run.model import CallbackClaim
from shared.storage.rows import rows_of
from shared.storage.table import Operation, Row, Verb
from tests.contract.conftest import KEYS, MakeInstances
from tests.contract.test_changes import QUIET_PASS, noted, open_runs, watermark
from tests.support.metered import BASE, Metered
from tests.support.runs import a_run

type Told = Callable[[], list[dict[str, Any]]]
"""The lines so far."""

OTHER_KEYS = "1:" + "b" * 43 + "="


@pytest.fixture
def app(followers: MakeInstances) -> Metered:
    return followers(1)[0]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    caplog.set_level(logging.ERROR, "deskhand.poll")
    return lambda: [
        line
        for line in (json.loads(each.getMessage()) for each in caplog.records if each.name == "deskhand.poll")
        if line["name"] == "session.orphaned"
    ]


def lose(app: Metered, run: dict[str, Any]) -> None:
    """All rows of the run are gone, as if the table had been restored to a time before it."""
    stored = app.app.store.get(run["runId"])
    assert stored is not None
    rows = [Operation(Verb.DELETE, Row(key, {})) for key in rows_of(stored.run)]
    app.app.removal._table.commit(run["runId"][16:18], rows)


def url_of(app: Metered, *, base: str = BASE, age: timedelta = timedelta()) -> str:
    """As a start so long ago would have given it."""
    at = app.app.clock.now() - age
    run = a_run(at, id=new_run_id(at, 3, 7), callback=CallbackClaim(base=base, key_version="1"))
    url = callback_url(app.app.signatures, run)
    assert url is not None
    return url


def test_a_session_that_changes_is_told_once(app: Metered, told: Told) -> None:
    """With its id and its run's. It costs a table read and no Dataverse request; read again, it costs nothing."""
    lost, _ = open_runs(app, 2)
    lose(app, lost)
    app.end(lost["sessionId"])
    first = app.cost(lambda: app.passes(0))
    again = app.cost(lambda: app.passes(0))

    assert [(lost["sessionId"], lost["runId"], 1)] == [
        (line["sessionId"], line["runId"], line["count"]) for line in told()
    ]
    assert QUIET_PASS == again
    assert (QUIET_PASS[0], QUIET_PASS[1] + 1) == first  # the row that is not there


def test_a_session_that_only_runs_is_found_by_a_sweep(app: Metered, told: Told) -> None:
    """In the list that the sweep reads anyway. The next sweep does not tell of it again."""
    runs = open_runs(app, 4)
    lose(app, runs[1])
    app.time_passes(minutes=10)
    swept = app.cost(lambda: app.passes(0))
    app.time_passes(minutes=10)
    app.passes(0)

    assert 2 == swept[0]
    assert [runs[1]["sessionId"]] == [line["sessionId"] for line in told()]
    assert 1 == app.app.orphans.count


def test_a_sweep_asks_for_no_run_that_it_has_met(app: Metered, told: Told) -> None:
    """Nobody's session is missing a run: the table is asked for none of them."""
    open_runs(app, 4)
    app.time_passes(minutes=10)

    assert (2, 18 + 16 + 2) == app.cost(lambda: app.passes(0))
    assert [] == told()


def test_a_run_that_is_due_is_no_orphan(app: Metered, told: Told) -> None:
    """A cancel that does not get through keeps it out of the sweep, which meets its session: a look at the table tells."""
    due, _ = open_runs(app, 2)
    app.fault("CancelDesktopFlowRun", "drop-connection", times=None)
    app.time_passes(minutes=10)
    app.call(cancel, runId=due["runId"])
    app.passes(0)

    assert "Canceling" == app.read(due["runId"])["status"]
    assert [] == told()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _, url: url.replace(BASE, "https://elsewhere.example.com"), id="another's base"),
        pytest.param(lambda _, url: url[:-1] + ("0" if url[-1] != "0" else "1"), id="a false signature"),
        pytest.param(lambda _, url: url.replace("/1-", "/2-"), id="a key that is not ours"),
        pytest.param(
            lambda _, url: f"{BASE}/api/callbacks/{uuid.uuid4()}/{url.split('/')[-1]}", id="another run's"
        ),
        pytest.param(lambda app, _: url_of(app, age=timedelta(days=91)), id="older than runs are kept"),
        pytest.param(lambda _, __: f"{BASE}/api/callbacks/", id="no run at all"),
    ],
)
def test_what_does_not_prove_to_be_ours_is_not_told(
    app: Metered, told: Told, change: Callable[[Metered, str], str]
) -> None:
    """Anybody may write anything into a callback URL."""
    open_runs(app, 1)
    app.seed(1, 4, change(app, url_of(app)))
    app.passes(0)

    assert [] == told()


def test_what_proves_to_be_ours_is_told_in_any_letter_case(app: Metered, told: Told) -> None:
    """The same session as above with nothing wrong, as Dataverse may write it."""
    open_runs(app, 1)
    app.seed(1, 4, url_of(app).upper().replace("HTTP://", "http://"))
    app.passes(0)

    assert 1 == len(told())


def test_a_callback_for_a_run_that_is_gone_is_told(app: Metered, told: Told) -> None:
    """Where few runs are open no list is read: the callback's own signature proves as much. Sent again, it is not told again."""
    (run,) = open_runs(app, 1)
    lose(app, run)
    answers = [app.notified(run["sessionId"]) for _ in range(2)]

    assert [404, 404] == answers
    assert [run["sessionId"]] == [line["sessionId"] for line in told()]


def test_each_deployment_tells_of_its_own(followers: MakeInstances, told: Told) -> None:
    """Another one, with other keys, over the same Dataverse meets the same sessions and says nothing."""
    app, other = followers(1)[0], followers(1, SIGNING_KEYS=OTHER_KEYS, RUNS_TABLE="elsewhere")[0]
    assert KEYS != OTHER_KEYS
    (run,) = open_runs(app, 1)
    open_runs(other, 1)
    app.end(run["sessionId"])
    noted(other, watermark=watermark(other) - timedelta(hours=1))
    other.passes(0)

    assert [] == told()
    assert 0 == other.app.orphans.count
