"""Starts whose answer was lost: found by the session that is theirs, and given up only where there is none."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from shared.run.model import Run
from tests.simulation.dataverse import EPOCH, Accepted
from tests.simulation.evidence import UNCONFIRMED, Evidence, Violation, error_of

_LONGEST_LOOK_UP_SECONDS = 120.0
"""From the list to what is made of it, with the time that a new row may be missing from it."""


def each_session_has_its_run(evidence: Evidence) -> Iterator[Violation]:
    """Each session of ours belongs to the run that asked for it, no run has two or a foreign one, and none is overlooked."""
    owners: dict[str, list[Run]] = defaultdict(list)
    for run in evidence.runs.values():
        if run.session_id is not None:
            owners[run.session_id].append(run)
    asked = {
        each.session.id: run_id for run_id, accepted in evidence.accepted_for.items() for each in accepted
    }
    for session_id, runs in owners.items():
        if len(runs) > 1:
            shown = ", ".join(run.id for run in runs)
            yield evidence.violation(
                each_session_has_its_run, session_id, f"the session is recorded by {shown}"
            )
        if session_id not in asked:
            yield evidence.violation(
                each_session_has_its_run, runs[0].id, f"has the foreign session {session_id}"
            )
    for session_id, run_id in asked.items():
        yield from _found_its_run(evidence, session_id, run_id, owners[session_id])


def _found_its_run(
    evidence: Evidence, session_id: str, run_id: str, owners: list[Run]
) -> Iterator[Violation]:
    judge = each_session_has_its_run
    run = evidence.runs.get(run_id)
    if run is None:
        yield evidence.violation(judge, session_id, "the session was started without an intent")
    elif not owners and session_id in evidence.sessions and not evidence.excuses(run):
        yield evidence.violation(judge, run_id, f"its session {session_id} is recorded by no run")
    for owner in owners:
        swapped = run is not None and _indistinguishable(owner, run) and not evidence.has_callbacks
        if owner.id != run_id and not swapped:
            yield evidence.violation(judge, owner.id, f"has the session {session_id} of run {run_id}")


def _indistinguishable(one: Run, other: Run) -> bool:
    """By all that is left of a start where no callback URL tells."""
    return (one.flow_id, one.connection, one.mode, one.inputs_digest) == (
        other.flow_id,
        other.connection,
        other.mode,
        other.inputs_digest,
    )


def unconfirmed_means_nothing_to_see(evidence: Evidence) -> Iterator[Violation]:
    """A run that is StartUnconfirmed has no session that can be seen: else it is StartedLate."""
    recorded = {run.session_id for run in evidence.runs.values()}
    for run in evidence.runs.values():
        for each in evidence.accepted_for.get(run.id, ()) if error_of(run) == UNCONFIRMED else ():
            if each.session.id in evidence.sessions and each.session.id not in recorded:
                told = f"has session {each.session.id}"
                yield evidence.violation(unconfirmed_means_nothing_to_see, run.id, told)


def unconfirmed_is_not_hasty(evidence: Evidence) -> Iterator[Violation]:
    """StartUnconfirmed is declared only after Dataverse's limit for a message: by then a session exists, or none will."""
    for run_id, accepted in evidence.accepted_for.items():
        versions = evidence.versions.get(run_id, ())
        declared = [
            each.at for each in versions if each.run is not None and error_of(each.run) == UNCONFIRMED
        ]
        for each in accepted:
            if declared and each.at > declared[0]:
                told = f"its session came {each.at - declared[0]:.0f} s later"
                yield evidence.violation(unconfirmed_is_not_hasty, run_id, told)


def what_can_be_seen_is_found(evidence: Evidence) -> Iterator[Violation]:
    """No start is given up while lists show its session, unless its twin has taken it."""
    taken = {run.session_id: run.id for run in evidence.runs.values()}
    for run_id, accepted in evidence.accepted_for.items():
        versions = evidence.versions.get(run_id, ())
        declared = [
            each.at for each in versions if each.run is not None and error_of(each.run) == UNCONFIRMED
        ]
        for each in accepted:
            free = taken.get(each.session.id, run_id) == run_id
            if declared and free and _was_listed(evidence, each, declared[0]):
                told = f"session {each.session.id} was there for {declared[0] - each.at:.0f} s"
                yield evidence.violation(what_can_be_seen_is_found, run_id, told)


def _was_listed(evidence: Evidence, accepted: Accepted, at: float) -> bool:
    """For a while, so that a look-up that led to something at this moment must have shown it."""
    begun = at - _LONGEST_LOOK_UP_SECONDS
    hidden_until = accepted.session.unlisted_until
    return (
        accepted.session.id in evidence.sessions
        and accepted.at < begun
        and (
            hidden_until is None or hidden_until < EPOCH + timedelta(seconds=begun + evidence.dataverse_ahead)
        )
    )
