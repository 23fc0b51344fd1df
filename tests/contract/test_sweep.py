"""Many open runs: a sweep looks at each of them, finds what no change told, and goes on where it was cut off.

Real table; a Dataverse of these tests' own. A pass takes any open run for one of many.
"""

from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from cancel_run.cancel import cancel
from shared.dataverse.purpose import Purpose
from shared.storage.poll_state import Sweep
from shared.wiring import Deskhand
from status_poller import sweep
from status_poller.poll import poll
from tests.contract.conftest import MakeInstances
from tests.contract.test_changes import asked, noted, open_runs, state, status, watermark
from tests.support.metered import Metered


class Killed(BaseException):
    """Nothing of the product catches it."""


@pytest.fixture
def app(followers: MakeInstances) -> Metered:
    return followers(1)[0]


def missed_by_changes(app: Metered, run: dict[str, Any]) -> None:
    """It ends, and the watermark has moved on."""
    app.end(run["sessionId"])
    noted(app, watermark=watermark(app) + timedelta(hours=1))


def last_sweep(app: Metered) -> Sweep:
    swept = state(app).sweep
    assert swept is not None
    return swept


def old_runs(app: Metered, many: int) -> list[dict[str, Any]]:
    """Old enough for a sweep, which is due."""
    runs = open_runs(app, many)
    app.time_passes(minutes=10)
    return runs


def spread_runs(app: Metered, many: int) -> list[dict[str, Any]]:
    """Sent so far apart that a sweep does not meet two of them at once; no pass has seen any."""
    flow, runs = app.define(), list[dict[str, Any]]()
    for _ in range(many):
        runs.append(app.started(flow))
        app.time_passes(seconds=400)
    return runs


def test_a_sweep_finds_what_no_change_told(app: Metered) -> None:
    """One list of the sessions that have not ended shows all runs as they were but one, which is read by its id."""
    runs = old_runs(app, 6)
    missed_by_changes(app, runs[2])
    purposes = asked(app, lambda: app.passes(0))

    assert ["Running"] * 2 + ["Succeeded"] + ["Running"] * 3 == status(app, *runs)
    assert {Purpose.CHANGES: 1, Purpose.SWEEP: 1, Purpose.READ: 1} == purposes
    assert (6, 2) == (last_sweep(app).looked_at, last_sweep(app).operations)


def test_a_sweep_sees_a_status_that_is_no_end(app: Metered) -> None:
    """It stands in the list itself: nothing is read by id."""
    (run,) = old_runs(app, 1)
    noted(app, watermark=watermark(app) + timedelta(hours=1))
    app.end(run["sessionId"], code=3)
    purposes = asked(app, lambda: app.passes(0))

    assert ["NotStarted"] == status(app, run)
    assert {Purpose.CHANGES: 1, Purpose.SWEEP: 1} == purposes


def test_young_runs_are_left_alone(app: Metered) -> None:
    """Their sessions may not be in the list yet: the next sweep looks at them."""
    open_runs(app, 1)
    app.time_passes(minutes=10)
    open_runs(app, 2)  # whose pass begins a sweep

    assert 1 == last_sweep(app).looked_at
    app.time_passes(minutes=10)
    app.passes(0)
    assert 3 == last_sweep(app).looked_at


def test_sweeps_keep_their_interval(app: Metered) -> None:
    """Between them nothing is swept, however many passes there are."""
    old_runs(app, 2)
    purposes = [asked(app, lambda: app.passes(150)).get(Purpose.SWEEP, 0) for _ in range(9)]

    assert [1, 0, 0, 0, 1, 0, 0, 0, 1] == purposes


def test_pages_that_change_while_they_are_read_hide_no_run(
    app: Metered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions that end meanwhile leave the list, and what moves up into their place is not passed over."""
    app.switch(largestPage=2, wholeSeconds=False)
    monkeypatch.setattr(sweep, "_RUNS_A_STEP", 1)
    runs = spread_runs(app, 6)
    leaving = [run["sessionId"] for run in runs[:3]]
    swept = app.app.asked.total[Purpose.SWEEP]

    def meanwhile() -> None:
        """At each step of the sweep one more is gone from the list."""
        if (
            leaving
            and app.app.asked.total[Purpose.SWEEP] > swept
            and not app.tables.requests[-1].startswith("GET")
        ):
            app.end(leaving.pop(0))

    app.tables.before_send = meanwhile
    app.passes(0)
    app.tables.before_send = lambda: None
    looked_at = last_sweep(app).looked_at
    app.passes(1)

    assert 6 == looked_at
    assert ["Succeeded"] * 3 + ["Running"] * 3 == status(app, *runs)


@pytest.mark.parametrize("steps", [1, 4])
def test_a_sweep_that_is_cut_off_goes_on_where_it_was(
    app: Metered, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Killed after so many steps: what was swept is not asked for again, and what came after is found."""
    app.switch(largestPage=1, wholeSeconds=False)
    monkeypatch.setattr(sweep, "_RUNS_A_STEP", 1)
    runs = spread_runs(app, 6)
    whole = asked(app, lambda: app.passes(0))[Purpose.SWEEP]
    app.time_passes(minutes=10)
    missed_by_changes(app, runs[5])
    spent = asked(app, lambda: killed_after(app, steps))[Purpose.SWEEP]
    half_done = last_sweep(app)
    rest = asked(app, lambda: app.passes(1))

    assert (None, steps) == (half_done.ended_at, half_done.looked_at)
    assert (7, 1) == (last_sweep(app).looked_at, rest[Purpose.READ])  # the last one of before comes again
    assert rest[Purpose.SWEEP] <= whole - steps + 1
    assert spent + rest[Purpose.SWEEP] <= whole + 4  # it had read ahead
    assert ["Running"] * 5 + ["Succeeded"] == status(app, *runs)


@pytest.mark.parametrize("writes", [0, 1])
def test_nothing_is_noted_as_swept_before_it_is_applied(app: Metered, writes: int) -> None:
    """Killed before or after the end is written, and before the sweep has noted it: the next pass goes on with it."""
    (run,) = old_runs(app, 1)
    missed_by_changes(app, run)
    killed_after(app, writes)
    half_done = status(app, run)
    app.passes(1)

    assert [("Running", "Succeeded")[writes]] == half_done
    assert ["Succeeded"] == status(app, run)


def killed_after(app: Metered, writes: int) -> None:
    """The pass ends as its process would, as its sweep is about to write once more: of a step in which nothing is new, its note."""
    swept, written = app.app.asked.total[Purpose.SWEEP], list[str]()

    def kill() -> None:
        if app.app.asked.total[Purpose.SWEEP] > swept and not app.tables.requests[-1].startswith("GET"):
            written.append(app.tables.requests[-1])
            if len(written) > writes:
                raise Killed

    app.tables.before_send = kill
    with pytest.raises(Killed):
        app.passes(0)
    app.tables.before_send = lambda: None


@pytest.mark.parametrize("operation", ["ListSessions", "Batch"])
def test_a_sweep_survives_a_broken_dataverse(app: Metered, operation: str) -> None:
    """What it could not ask for it asks for in the next pass; it is not taken as done."""
    (run,) = old_runs(app, 1)
    missed_by_changes(app, run)
    app.fault(operation, "drop-connection", times=None)
    app.passes(0)
    app.heal()
    app.passes(1)

    assert ["Succeeded"] == status(app, run)


def test_a_run_that_is_long_open_becomes_overdue(app: Metered) -> None:
    """By the sweep, though its session tells nothing new; and it ends when Dataverse says so."""
    (run,) = open_runs(app, 1)
    app.watch.advance(days=1)
    app.passes(0)
    overdue = app.read(run["runId"])
    app.end(run["sessionId"])
    app.passes(1)

    assert ("Running", "Overdue") == (overdue["status"], overdue["statusReason"])
    assert ["Succeeded"] == status(app, run)


def test_hidden_sessions_are_told(app: Metered) -> None:
    """A sweep finds that Dataverse does not show them, the next one counts them for /health, and the one after that sees them again."""
    runs = old_runs(app, 3)
    app.switch(accessLevel="User")
    app.passes(0)
    reasons = [app.read(run["runId"])["statusReason"] for run in runs]
    app.passes(601, 6)
    hidden = app.app.store.hidden_sessions()
    app.switch(accessLevel="Owner")
    app.passes(601, 6)
    shown = [app.read(run["runId"])["statusReason"] for run in runs]
    app.passes(601, 6)

    assert ["StatusNotPermitted"] * 3 == reasons
    assert [None] * 3 == shown
    assert (3, 0) == (hidden, app.app.store.hidden_sessions())


def test_a_purged_session_ends_its_run_after_two_looks(app: Metered) -> None:
    """The first is the sweep's; a doubt is due, so the second follows in a pass a minute later."""
    purged, other = old_runs(app, 2)
    app.purge(purged["sessionId"])
    app.passes(0, 30)
    doubted = status(app, purged)
    app.passes(40)

    assert ["Running"] == doubted
    assert ["Failed", "Running"] == status(app, purged, other)
    assert "SessionDeleted" == app.read(purged["runId"])["error"]["code"]


def test_a_run_that_a_callback_told_of_does_not_wait_for_a_sweep(app: Metered) -> None:
    """The callback came too early, so its run is due: the next pass reads its session, though no list tells of a change."""
    run, _ = open_runs(app, 2)
    told = app.notified(run["sessionId"])
    missed_by_changes(app, run)
    purposes = asked(app, lambda: app.passes(1))

    assert (503, ["Succeeded"]) == (told, status(app, run))
    assert 1 == purposes[Purpose.READ]


def test_a_wish_to_cancel_does_not_wait_for_a_sweep(app: Metered) -> None:
    """Dataverse failed when it was asked: the next pass asks again."""
    run, _ = open_runs(app, 2)
    app.fault("CancelDesktopFlowRun", "status", status=503)
    app.call(cancel, runId=run["runId"])
    wished = status(app, run)
    app.passes(6)

    assert (["Canceling"], ["Canceled"]) == (wished, status(app, run))


def test_a_mass_disappearance_closes_nothing(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """When more than twenty sessions are gone at once, something else is wrong."""
    runs = old_runs(app, 22)
    for run in runs[1:]:
        app.purge(run["sessionId"])
    app.passes(0, 61, 601, 61)

    assert "MassDisappearance" in caplog.text
    assert ["Running"] * 22 == status(app, *runs)


@pytest.mark.parametrize("at", [17, 19, 36])
def test_two_passes_at_once_do_no_harm(
    followers: MakeInstances, caplog: pytest.LogCaptureFixture, at: int
) -> None:
    """Whoever notes first is ahead; the other pass stops where it finds that, and what it has applied stays applied."""
    one, other = followers(2)
    runs = old_runs(one, 4)
    missed_by_changes(one, runs[0])
    one.end(runs[1]["sessionId"])
    one.tables.requests.clear()

    def meanwhile() -> None:
        """As the first pass reads the state, has read it, or is in its sweep."""
        if len(one.tables.requests) >= at:
            one.tables.before_send = lambda: None
            poll(other.app)

    one.tables.before_send = meanwhile
    one.passes(0)

    assert ["Succeeded"] * 2 + ["Running"] * 2 == status(one, *runs)
    assert last_sweep(one).ended_at is not None
    assert (at == 17) == ("was cut short" not in caplog.text)


@pytest.mark.parametrize(
    ("a_day", "operations", "minutes"),
    [("0", 1000, 10), ("25000", 30, 10), ("25000", 250, 57.6), ("1000", 1, 10), ("100", 1, 57.6)],
)
def test_sweeps_take_a_quarter_of_the_allowance(
    followers: MakeInstances, a_day: str, operations: int, minutes: float
) -> None:
    """A sweep that costs much is rarer: so many of its kind in a day are a quarter of the day's requests, or it is done as often as is set."""
    (app,) = followers(1, DATAVERSE_REQUESTS_A_DAY=a_day)
    now = app.app.clock.now()
    last = Sweep(began_at=now, ended_at=now, operations=operations)
    begun = first_minute(app.app, replace(last, began_at=now))

    assert abs(minutes - begun) < 0.2


def first_minute(app: Deskhand, last: Sweep) -> float:
    """After how many minutes a sweep follows the last one."""
    return sweep._interval(app, last) / timedelta(minutes=1)
