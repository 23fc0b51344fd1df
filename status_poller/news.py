"""What sessions tell of their runs: applied many at a time, and only where it changes something."""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from datetime import datetime

from shared.cancelling import carry_out, wish_outstanding
from shared.dataverse.errors import DataverseError
from shared.log.line import Line
from shared.log.names import Name
from shared.run import life
from shared.run.model import Run, SessionView, Source, Told
from shared.run.status import Ending, StatusReason, meaning_of
from shared.storage.rows import Work
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.storage.together import Change, Outcome
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.poll")


def told_now(app: Deskhand) -> Told:
    return Told(Source.POLLER, app.clock.now())


def tells(work: Work, session: SessionView, now: datetime) -> bool:
    """Whether the session, or time itself, changes anything in the run."""
    return (
        session.status_code != work.code
        or meaning_of(session.status_code).ending is not Ending.NO
        or work.hinted
        or work.doubt is not None
        or work.reason is StatusReason.STATUS_NOT_PERMITTED
        or (work.cancel is not None and (work.cancel.sent_at is None or now >= work.cancel.deadline))
        or (now >= work.overdue_at and work.reason is not StatusReason.OVERDUE)
    )


def observing(session: SessionView, told: Told) -> Change:
    def change(run: Run) -> Run:
        seen = life.overdue(life.cancel_expired(life.observed(run, session, told), told), told.at)
        if seen.status_reason is StatusReason.OVERDUE and run.status_reason is not StatusReason.OVERDUE:
            log.error(
                Line(
                    Name.RUN_OVERDUE,
                    "It is overdue: Dataverse still shows it",
                    run_id=run.id,
                    statuscode=session.status_code,
                )
            )
        _log_unknown(run, session)
        return seen

    return change


def applied(
    app: Deskhand, changes: Mapping[str, Change], told: Told, writers: Executor, *, strangers: bool = False
) -> dict[str, Outcome]:
    """By run id. One run's fault is no other run's: it is logged, and stands in its outcome.

    `strangers`: among them may be runs that are not here, removed or another deployment's.
    """
    outcomes = app.together.advance(changes, writers)
    wishes = list[Stored]()
    for run_id, outcome in outcomes.items():
        if isinstance(outcome, Stored):
            wishes += [outcome] if wish_outstanding(outcome.run) else []
        elif outcome is not None:
            log.warning(Line(Name.RUN_BEHIND, f"It was not brought up to date: {outcome}", run_id=run_id))
        elif not strangers:
            log.error(Line(Name.RUN_MISSING, "There is work for it, and no such run", run_id=run_id))
    list(writers.map(lambda stored: _carry_out(app, stored, told), wishes))
    return outcomes


def _carry_out(app: Deskhand, stored: Stored, told: Told) -> None:
    try:
        carry_out(app, stored, told)
    except (StorageError, RunChangedError, DataverseError) as problem:
        log.warning(
            Line(Name.CANCEL_PUT_OFF, f"Its cancel was not carried out: {problem}", run_id=stored.run.id)
        )


def _log_unknown(run: Run, session: SessionView) -> None:
    label = meaning_of(session.status_code).label
    if label.startswith("Unknown") and run.dataverse_code != session.status_code:
        log.error(
            Line(
                Name.STATUSCODE_UNKNOWN,
                "It has a statuscode that is not documented",
                run_id=run.id,
                statuscode=session.status_code,
            )
        )
