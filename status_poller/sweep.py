"""The sessions that are known: read many at a time, and only those that tell something new cost anything more."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from shared.cancelling import carry_out
from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, ForbiddenError, NotFoundError
from shared.dataverse.sessions import IDS_A_REQUEST
from shared.run import life
from shared.run.model import Run, SessionView, Source, Told
from shared.run.status import Ending, StatusReason, meaning_of
from shared.storage.rows import RowUnreadableError, Work
from shared.storage.runs import RunChangedError
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.poll")

_WRITERS = 8
_DIRECT_READS_A_PASS = 100
_FEW_MISSING = 20
_MISSING_SHARE = 0.05


def sweep(app: Deskhand, works: Sequence[Work], deadline: Deadline) -> None:
    """Raises DataverseError or StorageError where the whole sweep cannot go on."""
    hidden: list[Work] = []
    with app.new_pool(_WRITERS, "sweep") as writers:
        for begin in range(0, len(works), IDS_A_REQUEST):
            chunk = works[begin : begin + IDS_A_REQUEST]
            ids = [work.session_id for work in chunk if work.session_id is not None]
            shown = {session.id: session for session in app.sessions.shown(ids, deadline)}
            told = Told(Source.POLLER, app.clock.now())
            news = [(work, shown.get(work.session_id or "")) for work in chunk]
            hidden += [work for work, session in news if session is None]
            due = [(work, session) for work, session in news if session and _tells(work, session, told.at)]
            applied = [
                writers.submit(_apply, app, work, _observing(session, told), told) for work, session in due
            ]
            for each in applied:
                each.result()
    _look_closer(app, hidden, len(works), deadline)


def _tells(work: Work, session: SessionView, now: datetime) -> bool:
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


def _observing(session: SessionView, told: Told) -> Callable[[Run], Run]:
    def change(run: Run) -> Run:
        seen = life.overdue(life.cancel_expired(life.observed(run, session, told), told), told.at)
        if seen.status_reason is StatusReason.OVERDUE and run.status_reason is not StatusReason.OVERDUE:
            log.error("Run %s is overdue: Dataverse still shows it as %s", run.id, session.status_code)
        _log_unknown(run, session)
        return seen

    return change


def _log_unknown(run: Run, session: SessionView) -> None:
    label = meaning_of(session.status_code).label
    if label.startswith("Unknown") and run.dataverse_code != session.status_code:
        log.error("Run %s has a statuscode that is not documented: %s", run.id, session.status_code)


def _apply(app: Deskhand, work: Work, change: Callable[[Run], Run], told: Told) -> None:
    """One run's fault is no other run's: it is logged, and the next pass tries again."""
    try:
        stored = app.store.get(work.run_id)
        if stored is None:
            log.error("The open row of run %s has no run", work.run_id)
            return
        carry_out(app, app.store.advance(stored, change), told)
    except (StorageError, RunChangedError, RowUnreadableError, DataverseError) as problem:
        log.warning("Run %s was not brought up to date: %s", work.run_id, problem)


def _look_closer(app: Deskhand, hidden: Sequence[Work], looked_at: int, deadline: Deadline) -> None:
    """Rows that we may not read are left out of lists without a word, so what is not listed is read directly."""
    chosen = _turn(app, hidden)
    outcomes = app.sessions.read_each([work.session_id for work in chosen if work.session_id], deadline)
    told = Told(Source.POLLER, app.clock.now())
    missing: list[Work] = []
    for work in chosen:
        match outcomes.get(work.session_id or ""):
            case SessionView() as session:
                _apply(app, work, _observing(session, told), told)
            case NotFoundError() as absent if absent.record_missing:
                missing.append(work)
            case (ForbiddenError() | NotFoundError()) as refused:
                log.error("Dataverse does not show the session of run %s: %s", work.run_id, refused)
                _apply(app, work, life.not_permitted, told)
            case problem:
                log.warning("The session of run %s was not read: %s", work.run_id, problem)
    if missing and _too_many(len(missing) / len(chosen) * len(hidden), looked_at):
        log.critical(
            "MassDisappearance: of %s sessions that are not listed, %s of %s were gone; none is closed",
            len(hidden),
            len(missing),
            len(chosen),
        )
        return
    for work in missing:
        _apply(app, work, lambda run: life.missing(run, app.settings.session_grace, told), told)


def _too_many(gone: float, looked_at: int) -> bool:
    """So many sessions do not vanish at once unless something else is wrong. `gone` is reckoned from those that were read."""
    return gone > max(_FEW_MISSING, _MISSING_SHARE * looked_at)


def _turn(app: Deskhand, hidden: Sequence[Work]) -> list[Work]:
    """So many a pass; those that wait for a second read first, the others in turn."""
    doubted = [work for work in hidden if work.doubt is not None]
    others = [work for work in hidden if work.doubt is None]
    begin = int(app.clock.now().timestamp()) % len(others) if others else 0
    return (doubted + others[begin:] + others[:begin])[:_DIRECT_READS_A_PASS]
