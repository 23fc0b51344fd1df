"""What changed since the last pass: one list, however many runs are open.

A change that is missed here (a row that does not move, a session that names no run) is found by the sweep.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from itertools import batched

from shared.callbacks import run_named_by
from shared.clock import Deadline
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import Run, SessionView, Told
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.storage.together import Change
from shared.wiring import Deskhand
from status_poller.creator import creator_of_ours
from status_poller.news import applied, observing, told_now
from status_poller.progress import Progress

log = logging.getLogger("deskhand.poll")

OVERLAP = timedelta(seconds=180)
"""A row may become visible two minutes after its modifiedon: Dataverse's limit for one message."""
_AT_ONCE = 500
"""Runs held in memory."""


def catch_up(app: Deskhand, progress: Progress, writers: Executor, deadline: Deadline) -> None:
    """Raises DataverseError, StorageError: then the watermark stays where it is."""
    creator = creator_of_ours(app, deadline)
    if creator is None:
        return  # changes cannot be listed by it
    watermark = _kept(app, progress) or _taken_anew(app, progress, creator, deadline)
    if watermark is None:
        return  # no session is shown
    for page in app.lists.changed_since(watermark - OVERLAP, creator, deadline):
        news = [session for session in page if app.applied_changes.held(session.id) != (hash(session),)]
        complete = True
        for part in batched(news, _AT_ONCE, strict=False):
            complete &= _bring(app, part, writers)
        if not complete:
            log.warning(
                Line(Name.CHANGES_UNAPPLIED, "Some changes were not applied: the next pass reads them again")
            )
            return
        watermark = max([watermark, *(each.modified_at for each in page if each.modified_at)])
        progress.note(watermark=watermark, used_at=app.clock.now())
        if deadline.remaining <= 0:
            return


def _kept(app: Deskhand, progress: Progress) -> datetime | None:
    """The watermark, unless it is so old that reading on from it might cost more than a sweep."""
    state, oldest = progress.state, app.clock.now() - 2 * app.settings.sweep_every
    return state.watermark if state.used_at is not None and state.used_at >= oldest else None


def _taken_anew(app: Deskhand, progress: Progress, creator: str, deadline: Deadline) -> datetime | None:
    """Whatever changed before it is the sweep's, which therefore begins anew. While nothing is shown it goes on."""
    latest = app.lists.latest_change(creator, deadline)
    if latest is not None:
        progress.note(watermark=latest, used_at=app.clock.now(), sweep=None)
    return latest


def _bring(app: Deskhand, sessions: Sequence[SessionView], writers: Executor) -> bool:
    """To their runs. False if any run could not be changed that the next pass may well change."""
    told = told_now(app)
    run_ids = list(writers.map(lambda session: _run_of(app, session), sessions))
    by_run = defaultdict[str, list[SessionView]](list)
    for session, run_id in zip(sessions, run_ids, strict=True):
        if run_id is not None:
            by_run[run_id].append(session)
    changes = {run_id: _observing_own(shown, told) for run_id, shown in by_run.items()}
    outcomes = applied(app, changes, told, writers, strangers=True)
    for session, run_id in zip(sessions, run_ids, strict=True):
        outcome = None if run_id is None else outcomes[run_id]
        # Until a run knows its session, what the session tells must be read again.
        if outcome is None or (isinstance(outcome, Stored) and outcome.run.session_id is not None):
            app.applied_changes.keep(session.id, hash(session))
        if outcome is None and (orphaned := app.orphans.run_of(session.callback_url)) is not None:
            app.orphans.report(session.id, orphaned)
    return not any(isinstance(outcome, StorageError | RunChangedError) for outcome in outcomes.values())


def _run_of(app: Deskhand, session: SessionView) -> str | None:
    return run_named_by(session) or app.store.claimant(session.id)


def _observing_own(sessions: Sequence[SessionView], told: Told) -> Change:
    """Only of the session that the run has: whether another one is the run's as well is for others to find out."""

    def change(run: Run) -> Run:
        for session in sessions:
            if session.id == run.session_id:
                run = observing(session, told)(run)
        return run

    return change
