"""The transitions of a run, as pure functions: what is known, and what was learnt -> what is known now.

`observed` is the one place where Dataverse's word changes a run, whoever brought it. Ended is absorbing: every function here
returns an ended run unchanged, with one stated exception (`_started_late`, which stays Failed). A function that has nothing
to say returns the run itself, so that callers can skip the write.
"""

import json
from copy import replace
from datetime import datetime, timedelta

from shared.run.model import (
    MISSING,
    NEXT_PHASES,
    CancelWish,
    Doubt,
    ErrorDetail,
    HistoryEntry,
    Run,
    RunError,
    SessionView,
    Start,
    StartPhase,
    Told,
)
from shared.run.status import CANCELED_IF_ASKED, Ending, Meaning, Status, StatusReason, meaning_of

SETTLING = timedelta(seconds=60)
"""Two reads must lie this far apart to agree on something that a single read does not prove."""
_HISTORY_KEPT = 40
_ROOM_FOR_MESSAGE = 18_000
"""UTF-16 units of JSON. A row's property holds 32,768 of them, and the run, its history and a short message want theirs."""
_SHORT_MESSAGE = 1000

START_UNCONFIRMED = "StartUnconfirmed"
STARTED_LATE = "StartedLate"
SESSION_DELETED = "SessionDeleted"
CANCEL_REFUSED = "CancelRefused"
CANCEL_TIMED_OUT = "CancelTimedOut"
CANCELED_BEFORE_START = "CanceledBeforeStart"
THROTTLED_RUN = "DesktopFlowsActionThrottled"
"""Dataverse's errorcode of a run that it did not carry out because there were too many."""
NOT_STARTED_IN_TIME = "NotStartedInTime"


class IllegalTransitionError(Exception):
    """A start was moved along a way that its table of transitions does not have: a defect, never a user's fault."""


def claimed(run: Run, attempt: str, send_until: datetime, at: datetime) -> Run:
    """Its turn has come: whoever writes this may send it, until `send_until`."""
    if not run.waiting:
        return run
    start = _moved(run.start, StartPhase.SENDING, attempt=attempt, send_until=send_until)
    later = at - run.start.first_sent_at
    return replace(run, start=replace(start, first_sent_at=at), overdue_at=run.overdue_at + later)


def put_back(run: Run, attempt: str, kept_inputs: int, told: Told) -> Run:
    """The holder of the attempt knows that nothing was sent: the run waits (again). One that was to be canceled ends instead."""
    if not run.unsure or run.start.attempt != attempt:
        return run
    waiting = replace(run, start=_moved(run.start, StartPhase.WAITING), kept_inputs=kept_inputs)
    return waiting if run.cancel is None else _canceled_before_start(waiting, replace(told, by=run.cancel.by))


def not_started_in_time(run: Run, told: Told) -> Run:
    """Its turn did not come before `start_by`. The key stays: sending it later is not what was asked for."""
    if not run.waiting or run.start_by is None or told.at <= run.start_by:
        return run
    error = RunError(
        code=NOT_STARTED_IN_TIME, message="It was not started within the time that was asked for."
    )
    return _ended(replace(run, start=_moved(run.start, StartPhase.REFUSED)), Status.FAILED, error, told)


def accepted(run: Run, session_id: str, told: Told) -> Run:
    """Dataverse named the session of this run."""
    if run.session_id is not None:
        return run
    if run.ended:
        return _started_late(run, session_id, None, told) if _may_start_late(run) else run
    return replace(run, session_id=session_id, start=_moved(run.start, StartPhase.ACCEPTED))


def refused(run: Run, error: RunError, told: Told) -> Run:
    """Provably not started. The key is freed, so that it may be tried again once the cause is mended.

    One that has expired is left alone: it may be another run's by now.
    """
    if run.ended or run.session_id is not None:
        return run
    start = _moved(run.start, StartPhase.REFUSED)
    if run.cancel is not None:
        return _ended(replace(run, start=start), Status.CANCELED, None, told)
    key = run.idempotency if run.idempotency and run.idempotency.expires_at <= told.at else None
    return _ended(replace(run, start=start, idempotency=key), Status.FAILED, error, told)


def unconfirmed(run: Run, watch_for: timedelta, told: Told) -> Run:
    """The answer was lost and Dataverse shows no session after the waiting time. The key stays: it must not start again."""
    if run.ended or run.session_id is not None:
        return run
    error = RunError(
        code=START_UNCONFIRMED,
        message="The answer to the start was lost and Dataverse shows no run for it. Check the flow's run history before starting it again.",
    )
    ended = _ended(replace(run, watch_until=told.at + watch_for), Status.FAILED, error, told)
    return replace(ended, cancel=run.cancel)  # to be carried out if it did start after all


def observed(run: Run, session: SessionView, told: Told) -> Run:
    """Apply what Dataverse says of the run's session."""
    if run.session_id not in {None, session.id}:
        return run
    if run.ended:
        return _started_late(run, session.id, session, told) if _may_start_late(run) else run
    meaning = meaning_of(session.status_code)
    seen = replace(
        accepted(run, session.id, told),
        dataverse_code=session.status_code,
        started_at=session.started_at or run.started_at,
        status_reason=_reason_after(run, meaning),
        hinted=False,
        doubt=None,
    )
    if _is_end(run, session, meaning, told.at):
        return _ended_as(seen, session, meaning, told)
    if meaning.ending is Ending.WHEN_SETTLED:
        doubt = run.doubt if run.doubt and run.doubt.code == session.status_code else None
        return replace(seen, doubt=doubt or Doubt(code=session.status_code, since=told.at))
    return _shown(seen, told)


def missing(run: Run, grace: timedelta, told: Told) -> Run:
    """A direct read said that the session does not exist. Believed the second time, a minute later, after the grace period."""
    if run.ended:
        return retired(run)
    if run.session_id is None:
        return run
    if run.status_reason is StatusReason.STATUS_NOT_PERMITTED:
        run = replace(run, status_reason=None)  # an answer about the record itself: we may look again
    if told.at < run.start.first_sent_at + grace:
        return run
    if run.doubt is None or run.doubt.code != MISSING:
        return replace(run, doubt=Doubt(code=MISSING, since=told.at))
    if told.at - run.doubt.since < SETTLING:
        return run
    error = RunError(
        code=SESSION_DELETED, message="Dataverse no longer has the session of this run; its end is unknown."
    )
    return _ended(run, Status.FAILED, error, told)


def not_permitted(run: Run) -> Run:
    """Dataverse refuses to show the session: that says nothing about the run. What is not recorded may be somebody else's."""
    if run.ended or run.session_id is None or run.status_reason is StatusReason.STATUS_NOT_PERMITTED:
        return run
    return replace(run, status_reason=StatusReason.STATUS_NOT_PERMITTED, doubt=None)


def retired(run: Run) -> Run:
    """A late start's session has ended, or is gone: there is nothing left to cancel."""
    return run if not run.ended or run.cancel is None else replace(run, cancel=None)


def watch_over(run: Run) -> Run:
    """No session appeared late: it is no longer looked for."""
    return replace(run, watch_until=None)


def hinted(run: Run) -> Run:
    return run if run.ended or run.hinted else replace(run, hinted=True)


def overdue(run: Run, at: datetime) -> Run:
    """Only Dataverse closes a run; one that is long past its time is shown as such."""
    stronger = {StatusReason.STATUS_NOT_PERMITTED, StatusReason.OVERDUE}
    if run.ended or at < run.overdue_at or run.status_reason in stronger:
        return run
    return replace(run, status_reason=StatusReason.OVERDUE)


def cancel_asked(run: Run, deadline: timedelta, told: Told) -> Run:
    """Record the wish. A run that nobody may have sent yet ends at once; a later wish joins an earlier one."""
    if run.ended or run.cancel is not None:
        return run
    wished = replace(
        run, cancel=CancelWish(asked_at=told.at, deadline=told.at + deadline, by=told.by), error=None
    )
    return _canceled_before_start(wished, told) if run.waiting else _shown(wished, told)


def cancel_of_late_start(run: Run, deadline: timedelta, told: Told) -> Run:
    """By setting, what started after it had been declared unconfirmed is not to go on."""
    late = run.error is not None and run.error.code == STARTED_LATE
    if not late or run.cancel is not None:
        return run
    return replace(run, cancel=CancelWish(asked_at=told.at, deadline=told.at + deadline))


def cancel_sent(run: Run, at: datetime) -> Run:
    """Dataverse accepted the cancel."""
    if run.cancel is None or run.cancel.sent_at is not None:
        return run
    return replace(run, cancel=None if run.ended else replace(run.cancel, sent_at=at))


def cancel_refused(run: Run, details: tuple[ErrorDetail, ...], told: Told) -> Run:
    """Dataverse will not cancel: the run returns to what Dataverse says of it."""
    return _cancel_dropped(
        run, RunError(code=CANCEL_REFUSED, message="Dataverse refused the cancel.", details=details), told
    )


def cancel_expired(run: Run, told: Told) -> Run:
    """The wish did not settle in time. A start that is still unsure keeps its wish: it settles with the start."""
    if run.cancel is None or told.at < run.cancel.deadline or run.session_id is None:
        return run
    error = RunError(
        code=CANCEL_TIMED_OUT, message="The run did not end within the time allowed for a cancel."
    )
    return _cancel_dropped(run, error, told)


def _canceled_before_start(run: Run, told: Told) -> Run:
    error = RunError(code=CANCELED_BEFORE_START, message="Canceled before it was started.")
    return _ended(replace(run, start=_moved(run.start, StartPhase.REFUSED)), Status.CANCELED, error, told)


def _cancel_dropped(run: Run, error: RunError, told: Told) -> Run:
    if run.cancel is None or run.ended:
        return retired(run)
    return _shown(replace(run, cancel=None, error=error), told)


def _moved(
    start: Start, phase: StartPhase, *, attempt: str | None = None, send_until: datetime | None = None
) -> Start:
    if phase not in NEXT_PHASES[start.phase]:
        raise IllegalTransitionError(f"A start cannot go from {start.phase} to {phase}.")
    return replace(
        start, phase=phase, attempt=attempt or start.attempt, send_until=send_until or start.send_until
    )


def _is_end(run: Run, session: SessionView, meaning: Meaning, at: datetime) -> bool:
    match meaning.ending:
        case Ending.NO:
            return False
        case Ending.AT_ONCE:
            return True
        case Ending.WHEN_SETTLED:
            agreed = run.doubt is not None and run.doubt.code == session.status_code
            return session.completed_at is not None or (
                agreed and run.doubt is not None and at - run.doubt.since >= SETTLING
            )


def _may_be_retried(run: Run, error: RunError | None) -> bool:
    return error is not None and error.code == THROTTLED_RUN and run.retries_left > 0


def retried(run: Run) -> Run:
    """The run that follows it is stored, or cannot be."""
    return replace(run, retry_due=False)


def _ended_as(run: Run, session: SessionView, meaning: Meaning, told: Told) -> Run:
    asked = run.cancel is not None or (run.error is not None and run.error.code == CANCEL_TIMED_OUT)
    status = Status.CANCELED if asked and session.status_code in CANCELED_IF_ASKED else meaning.status
    assert status is not None
    error = _session_error(session, meaning) if status is Status.FAILED else None
    seen = replace(
        run,
        completed_at=session.completed_at,
        has_outputs=session.has_outputs,
        retry_due=not asked and _may_be_retried(run, error),
    )
    if run.cancel and status is Status.CANCELED:
        told = replace(told, by=run.cancel.by)
    return _ended(seen, status, error, told)


def _session_error(session: SessionView, meaning: Meaning) -> RunError:
    """Dataverse's errorcode and errormessage stand verbatim: as the error, or below our own code where the status names one."""
    code, message = session.error_code, _fitting(session.error_message)
    if meaning.error_code is None:
        return RunError(
            code=code or "DesktopFlowFailed",
            message=message or "The desktop flow failed; Dataverse gave no message.",
        )
    details = (
        (ErrorDetail(code=code or meaning.label, message=(message or "")[:_SHORT_MESSAGE]),)
        if code or message
        else ()
    )
    return RunError(
        code=meaning.error_code,
        message=message or f"Dataverse ended the run as {meaning.label}.",
        details=details,
    )


def _fitting(message: str | None) -> str | None:
    """Dataverse's memo of 10,000 characters fits a row as it is, unless JSON writes most of them as escapes."""
    while message and _room(message) > _ROOM_FOR_MESSAGE:
        message = message[: len(message) * 3 // 4]
    return message


def _room(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-16-le")) // 2


def _reason_after(run: Run, meaning: Meaning) -> StatusReason | None:
    return run.status_reason if run.status_reason is StatusReason.OVERDUE else meaning.reason


def _open_status(run: Run) -> Status:
    """What an open run shows. A code that says nothing (0, an unknown one) keeps what was."""
    if run.cancel is not None:
        return Status.CANCELING
    said = None if run.dataverse_code is None else meaning_of(run.dataverse_code).status
    if said is not None and not said.ended:
        return said
    began = any(entry.status is Status.RUNNING for entry in run.history)
    return Status.RUNNING if began else Status.NOT_STARTED


def _shown(run: Run, told: Told) -> Run:
    return _with_status(run, _open_status(run), told)


def _with_status(run: Run, status: Status, told: Told) -> Run:
    if status is run.status:
        return run
    entry = HistoryEntry(at=told.at, status=status, source=told.source, by=told.by)
    kept = (run.history[0], *run.history[1:][-(_HISTORY_KEPT - 2) :], entry)
    return replace(run, status=status, history=kept)


def _ended(run: Run, status: Status, error: RunError | None, told: Told) -> Run:
    closed = replace(
        run,
        error=error,
        completed_at=run.completed_at or told.at,
        status_reason=None,
        cancel=None,
        doubt=None,
        hinted=False,
    )
    return _with_status(closed, status, told)


def _may_start_late(run: Run) -> bool:
    return run.session_id is None and run.error is not None and run.error.code == START_UNCONFIRMED


def _started_late(run: Run, session_id: str, session: SessionView | None, told: Told) -> Run:
    """A session showed up after its run had been declared unconfirmed. It is told of; the run stays Failed."""
    error = RunError(
        code=STARTED_LATE,
        message="The start was declared unconfirmed, but Dataverse later showed a session for it: the desktop flow did run, or runs.",
    )
    entry = HistoryEntry(at=told.at, status=Status.FAILED, source=told.source)
    return replace(
        run,
        error=error,
        session_id=session_id,
        dataverse_code=None if session is None else session.status_code,
        history=(*run.history, entry),
        watch_until=None,
    )
