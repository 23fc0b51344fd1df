"""What runs show: what Dataverse says, and nothing else once they have ended."""

from collections.abc import Iterator
from itertools import pairwise

from local.dataverse.session import Session
from shared.run.model import Run
from shared.run.status import Status
from tests.simulation.evidence import ENDED, STARTED_LATE, UNCONFIRMED, Evidence, Violation, error_of

_ENDS = {
    4: Status.SUCCEEDED,
    5: Status.FAILED,
    7: Status.CANCELED,
    8: Status.FAILED,
    9: Status.FAILED,
    10: Status.FAILED,
    11: Status.FAILED,
    12: Status.FAILED,
    13: Status.FAILED,
    14: Status.FAILED,
}
"""The statuscodes that are ends, and what they end a run as: written down anew, from the design."""
_CANCELED_IF_ASKED = {11, 14}
_RUNNING = {1, 2, 6}
_WAITING = 3
_CANCEL_ERRORS = {"CancelRefused", "CancelTimedOut"}


def status_is_what_dataverse_says(evidence: Evidence) -> Iterator[Violation]:
    """Once it is quiet, a run's status is what Dataverse says of its session."""
    last = {each.session.id: each.session for each in evidence.accepted}
    for run in evidence.runs.values():
        session = last.get(run.session_id or "")
        if session is None or error_of(run) == STARTED_LATE:
            continue
        code = int(session.statuscode)
        if run.status not in _expected(evidence, run, session):
            gone = "" if session.id in evidence.sessions else " (purged)"
            yield evidence.violation(
                status_is_what_dataverse_says,
                run.id,
                f"is {run.status}, but session {session.id} is {code}{gone}",
            )


def _expected(evidence: Evidence, run: Run, session: Session) -> set[Status]:
    code = int(session.statuscode)
    end = {_ENDS[code]} if code in _ENDS else set()
    if code in _CANCELED_IF_ASKED and evidence.was_asked_to_cancel(run.id):
        end = {Status.CANCELED} | ({Status.FAILED} if evidence.was_refused_a_cancel(run.id) else set())
    if session.id not in evidence.sessions:
        return {run.status for _ in "." if error_of(run) == "SessionDeleted"} | end
    if end:
        return end
    if code in _RUNNING:
        return {Status.RUNNING}
    return {Status.NOT_STARTED} if code == _WAITING else {Status.NOT_STARTED, Status.RUNNING}


def ended_is_absorbing(evidence: Evidence) -> Iterator[Violation]:
    """An ended run never changes its status again, nor its error but from StartUnconfirmed to StartedLate; no run vanishes."""
    for run_id, versions in evidence.versions.items():
        for before, after in pairwise(versions):
            if after.run is None or before.run is None:
                yield evidence.violation(ended_is_absorbing, run_id, f"is removed by {after.by}")
            elif before.run.ended and not _may_follow(before.run, after.run):
                told = f"{_end_of(before.run)} becomes {_end_of(after.run)} by {after.by}"
                yield evidence.violation(ended_is_absorbing, run_id, told)


def _may_follow(before: Run, after: Run) -> bool:
    same = _end_of(before) == _end_of(after)
    late = (error_of(before), error_of(after)) == (
        UNCONFIRMED,
        STARTED_LATE,
    ) and before.status is after.status
    return same or late


def _end_of(run: Run) -> tuple[Status, str]:
    return run.status, error_of(run)


def ends_are_told_once(evidence: Evidence) -> Iterator[Violation]:
    """A caller that has read an end never reads anything else of that run."""
    ends: dict[str, str] = {}
    for run_id, answer in evidence.record.reads:
        status = answer.body.get("status", "")
        if run_id in ends and answer.status == 200 and status != ends[run_id]:  # a run was told
            yield evidence.violation(ends_are_told_once, run_id, f"{ends[run_id]} was followed by {status}")
        if status in ENDED:
            ends.setdefault(run_id, status)


def cancels_settle(evidence: Evidence) -> Iterator[Violation]:
    """A wish to cancel ends as Canceled, as the run's natural end, or as CancelRefused or CancelTimedOut. None is forgotten."""
    for run in evidence.runs.values():
        if run.status is Status.CANCELING and run.session_id is not None:
            yield evidence.violation(cancels_settle, run.id, "is Canceling for ever")
        elif (
            evidence.was_asked_to_cancel(run.id)
            and not run.ended
            and run.session_id is not None
            and error_of(run) not in _CANCEL_ERRORS
        ):
            yield evidence.violation(cancels_settle, run.id, f"is {run.status}, and its cancel is forgotten")
    for run_id, answer in evidence.record.cancels:
        run_now = evidence.runs.get(run_id)
        written = run_now is None or run_now.ended or evidence.was_asked_to_cancel(run_id)
        if answer.accepted and not written:
            yield evidence.violation(
                cancels_settle, run_id, f"{answer.task} was accepted and not written down"
            )
