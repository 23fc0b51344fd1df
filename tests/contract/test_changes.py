"""Many open runs: what changed since the last pass comes from one list, and the watermark moves only over what was applied.

Real table; a Dataverse of these tests' own. A pass takes any open run for one of many.
"""

import json
from collections.abc import Callable
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.dataverse.purpose import Purpose
from shared.run import life
from shared.run.model import Source, Told
from shared.storage.poll_state import PollState
from shared.storage.rows import run_key
from shared.storage.table import Operation, Row, Verb
from tests.contract.conftest import MakeInstances
from tests.support.metered import Metered

QUIET_PASS = (1, 16 + 2)
"""The list of changes; the shards, and the state read and written."""


@pytest.fixture
def app(followers: MakeInstances) -> Metered:
    return followers(1)[0]


def open_runs(app: Metered, many: int) -> list[dict[str, Any]]:
    """Known to a pass: the watermark is taken, and no sweep is due."""
    flow = app.define()
    runs = [app.started(flow) for _ in range(many)]
    app.passes(1)
    return runs


def status(app: Metered, *runs: dict[str, Any]) -> list[str]:
    return [app.read(run["runId"])["status"] for run in runs]


def state(app: Metered) -> PollState:
    return app.app.poll_memory.read().state


def noted(app: Metered, **changes: Any) -> None:
    memory = app.app.poll_memory
    kept = memory.read()
    memory.write(kept, replace(kept.state, **changes))


def watermark(app: Metered) -> datetime:
    held = state(app).watermark
    assert held is not None
    return held


def asked(app: Metered, work: Callable[[], object]) -> dict[Purpose, int]:
    before = app.app.asked.total.copy()
    work()
    return dict(app.app.asked.total - before)


def test_an_end_is_applied_from_the_list(app: Metered) -> None:
    """One request tells of all that changed; of a run that changed the table is asked twice, and no session is read."""
    runs = open_runs(app, 4)
    for run in runs[:2]:
        app.end(run["sessionId"])
    costs: list[tuple[int, int]] = []
    purposes = asked(app, lambda: costs.append(app.cost(lambda: app.passes(0))))

    assert ["Succeeded"] * 2 + ["Running"] * 2 == status(app, *runs)
    assert {Purpose.CHANGES: 1} == purposes
    assert (1, QUIET_PASS[1] + 2 * 2) >= costs[0]  # runs whose ids share a shard share a transaction


@pytest.mark.parametrize(
    "run_id", ["--------------80---8----------------", "ffffffff-ffff-80ff-8fff-ffffffffffff"]
)
def test_a_url_that_names_what_is_no_run_is_passed_over(app: Metered, run_id: str) -> None:
    """A session of our own user may bear any URL. What stands there in an id's place stops nobody's run."""
    run, _ = open_runs(app, 2)
    app.seed(1, 4, f"https://other.example.com/api/callbacks/{run_id}/1")
    app.end(run["sessionId"])
    app.passes(1)

    assert ["Succeeded"] == status(app, run)


def test_what_is_read_again_costs_nothing(app: Metered) -> None:
    """The overlap shows a change for three more minutes: it is known, and its run is not read."""
    (run,) = open_runs(app, 1)
    app.end(run["sessionId"])
    app.passes(1)
    (other,) = open_runs(app, 1)

    assert ["Succeeded", "Running"] == status(app, run, other)
    assert [QUIET_PASS] * 2 == [app.cost(lambda: app.passes(1)) for _ in range(2)]


def test_a_session_that_its_run_does_not_know_yet_is_read_again(app: Metered) -> None:
    """It ends before the start has recorded it; once that has happened, the list's next showing ends the run."""
    open_runs(app, 1)
    app.fault("RunDesktopFlow", "lose-response")
    flow = app.define()
    run = app.started(flow)
    session = app.only_session(flow)
    app.end(session)
    app.passes(0)
    unknown = app.read(run["runId"])
    stored = app.app.store.get(run["runId"])
    assert stored is not None
    app.app.store.save(stored, life.accepted(stored.run, session, Told(Source.TRIGGER, app.app.clock.now())))
    purposes = asked(app, lambda: app.passes(0))

    assert ("NotStarted", None) == (unknown["status"], unknown["sessionId"])
    assert ["Succeeded"] == status(app, run)
    assert {Purpose.CHANGES: 1} == purposes


def test_what_cannot_be_applied_keeps_the_watermark(app: Metered) -> None:
    """Others are applied meanwhile; what could not be is read and applied by the next pass."""
    stuck, other = open_runs(app, 2)
    before = watermark(app)
    app.time_passes(seconds=100)
    for run in (stuck, other):
        app.end(run["sessionId"])
    app.tables.unreachable = stuck["runId"]
    app.passes(0)
    app.tables.unreachable = None
    held = watermark(app)

    assert ["Running", "Succeeded"] == status(app, stuck, other)
    assert before == held
    app.passes(0)
    assert ["Succeeded"] == status(app, stuck)
    assert held < watermark(app)


def test_a_run_that_cannot_be_read_does_not_keep_the_watermark(
    app: Metered, caplog: pytest.LogCaptureFixture
) -> None:
    """A newer version wrote it, and reading it again mends nothing: it is told, and the sweep comes to it again."""
    newer, other = open_runs(app, 2)
    before = watermark(app)
    stored = app.app.store.get(newer["runId"])
    assert stored is not None
    row = Row(run_key(newer["runId"]), {"layout": 99, "run": "{}"})
    app.app.outstanding._table.commit(newer["runId"][16:18], [Operation(Verb.PUT, row)])
    app.time_passes(seconds=100)
    for run in (newer, other):
        app.end(run["sessionId"])
    app.passes(0)

    assert ["Succeeded"] == status(app, other)
    assert before < watermark(app)
    assert f'"run.behind","runId":"{newer["runId"]}"' in caplog.text


def test_the_watermark_never_moves_back(app: Metered) -> None:
    """Whatever later lists show."""
    (run,) = open_runs(app, 1)
    ahead = watermark(app) + timedelta(minutes=2)
    noted(app, watermark=ahead)
    app.end(run["sessionId"])
    app.passes(1)

    assert ["Succeeded"] == status(app, run)
    assert ahead == watermark(app)


def test_the_watermark_is_dataverses_time(app: Metered) -> None:
    """Our clock is a day wrong, and no change is missed, nor another pass's work done again."""
    app.watch.advance(days=1)
    (run,) = open_runs(app, 1)
    taken = watermark(app)
    app.watch.advance(days=-2)
    app.end(run["sessionId"])
    purposes = asked(app, lambda: app.passes(0))

    assert abs(taken - (app.app.clock.now() + timedelta(days=1))) < timedelta(minutes=1)
    assert ["Succeeded"] == status(app, run)
    assert {Purpose.CHANGES: 1} == purposes


def test_a_row_that_becomes_visible_late_is_found(app: Metered) -> None:
    """Its modifiedon is older than the watermark, by as long as Dataverse's messages may take, and more."""
    hidden, other = open_runs(app, 2)
    app.end(hidden["sessionId"])
    app.unlist(hidden["sessionId"], 175)
    app.time_passes(seconds=165)
    app.end(other["sessionId"])
    app.passes(0)
    seen = status(app, hidden)
    app.time_passes(seconds=10)
    app.passes(0)

    assert (["Running"], ["Succeeded"]) == (seen, status(app, hidden))


@pytest.mark.parametrize("loss", ["deleted", "unreadable", "stale"])
def test_a_watermark_that_is_lost_is_taken_anew(app: Metered, loss: str) -> None:
    """And a sweep begins at once: it finds what the new watermark leaves out."""
    missed, run = open_runs(app, 2)
    app.end(missed["sessionId"])
    app.time_passes(seconds=200)
    app.end(run["sessionId"])
    table = app.app.outstanding._table
    match loss:
        case "deleted":
            table.commit("report", [Operation(Verb.DELETE, Row("sweep", {}))])
        case "unreadable":
            table.commit("report", [Operation(Verb.PUT, Row("sweep", {"layout": 1, "state": "?"}))])
        case _:
            noted(app, used_at=app.app.clock.now() - timedelta(minutes=21))
    purposes = asked(app, lambda: app.passes(0))

    assert ["Succeeded"] * 2 == status(app, missed, run)
    assert 2 == purposes[Purpose.CHANGES]
    assert 1 == purposes[Purpose.SWEEP]


def test_sessions_without_callback_url_are_found_by_their_claim(followers: MakeInstances) -> None:
    """Each start has claimed its session, and the claim names the run."""
    (app,) = followers(1, PUBLIC_BASE_URL="")
    ended, other = open_runs(app, 2)
    app.end(ended["sessionId"])
    purposes = asked(app, lambda: app.passes(0))

    assert ["Succeeded", "Running"] == status(app, ended, other)
    assert {Purpose.CHANGES: 1} == purposes


def test_sessions_of_others_are_passed_over(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """Our user may have started some by hand, or for another deployment: they cost one look, and are no error."""
    open_runs(app, 1)
    names = "http://127.0.0.1:9/api/callbacks/01941234-5678-8003-8000-000000000001/1.x"
    app.seed(2, 4)
    app.seed(1, 4, names)
    once = app.cost(lambda: app.passes(0))

    assert (1, QUIET_PASS[1] + 2 + 1) == once
    assert QUIET_PASS == app.cost(lambda: app.passes(0))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("whole_seconds", [True, False])
def test_changes_come_in_pages(app: Metered, whole_seconds: bool) -> None:  # a switch
    """Whether they have one time or each its own; cut by filter, or where all of a page have one time by nextLink."""
    app.switch(largestPage=2, wholeSeconds=whole_seconds)
    runs = open_runs(app, 7)
    for run in runs:
        app.end(run["sessionId"])
    app.passes(0)

    assert ["Succeeded"] * 7 == status(app, *runs)


def test_a_session_that_moves_while_its_list_is_read_hides_no_other(app: Metered) -> None:
    """Between two pages one of the first page changes again: what moves up into its place is read all the same."""
    app.switch(largestPage=3, wholeSeconds=False)
    runs = open_runs(app, 8)
    for run in runs[:7]:
        app.end(run["sessionId"], code=11)

    def meanwhile() -> None:
        """At the first write of the pass, when the first page has been read."""
        if app.tables.requests[-1].startswith("POST"):
            app.tables.before_send = lambda: None
            app.end(runs[7]["sessionId"])

    app.tables.before_send = meanwhile
    app.passes(0)

    assert ["Failed"] * 7 + ["Succeeded"] == status(app, *runs)


def test_a_change_that_does_not_move_modifiedon_is_left_to_the_sweep(app: Metered) -> None:
    """Whether it always moves is not documented: the list of changes may miss it, the sweep does not."""
    app.switch(modifiedonMoves=False)
    run, other = open_runs(app, 2)
    app.time_passes(seconds=400)
    (latest,) = open_runs(app, 1)  # moves the watermark on
    app.end(run["sessionId"])
    app.passes(1)
    missed = status(app, run)
    app.time_passes(minutes=10)
    app.passes(0)

    assert (["Running"], ["Succeeded", "Running", "Running"]) == (missed, status(app, run, other, latest))


@pytest.mark.parametrize("how", ["the setting", "the switch"])
def test_where_sessions_are_created_by_others_they_are_read_by_id(followers: MakeInstances, how: str) -> None:
    """No list is bounded by our user then: a sweep reads each by its id, and as often as sweeps are due, no oftener."""
    (app,) = followers(1, SESSIONS_CREATED_BY_US="0" if how == "the setting" else "1")
    app.switch(createdByCaller=False)
    runs = open_runs(app, 3)
    app.end(runs[0]["sessionId"])
    app.time_passes(minutes=10)
    first = asked(app, lambda: app.passes(0))
    after = [asked(app, lambda: app.passes(60)) for _ in range(5)]

    assert ["Succeeded", "Running", "Running"] == status(app, *runs)
    assert 1 == first[Purpose.READ]
    assert not any(each.get(Purpose.READ) for each in after)


def test_requests_are_counted_by_purpose(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """Each operation once, a start and a pass told apart; the log has the counts once a minute."""
    caplog.set_level("INFO", "deskhand.dataverse")
    runs = open_runs(app, 2)
    total = app.app.asked.total
    told = asked_of_dataverse(caplog)
    app.watch.advance(seconds=61)
    app.end(runs[0]["sessionId"])
    app.notified(runs[0]["sessionId"])
    later = asked_of_dataverse(caplog)

    assert (2, 2) == (total[Purpose.START], total[Purpose.CHANGES])
    assert 1 == len(told)
    assert 2 == len(later)
    assert {"start": 2, "changes": 2, "verify": 1}.items() <= later[1].items()


def asked_of_dataverse(caplog: pytest.LogCaptureFixture) -> list[dict[str, int]]:
    lines = [json.loads(record.message) for record in caplog.records if record.name.startswith("deskhand")]
    return [line["counts"] for line in lines if line["name"] == "dataverse.asked"]
