"""How soon an end is seen, once it is quiet: the next passes see it where they can, and the sweep sees every one."""

from collections.abc import Iterator

from tests.simulation.dataverse import Ended
from tests.simulation.evidence import Evidence, Violation

_SURE = {4, 7, 8, 9, 10}
"""Statuscodes that are ends as soon as they are read; others are read twice, a minute apart."""
_PASSES = 3
"""That may be needed: the first may have been under way, or wait for what another one notes."""
_SETTLED_SECONDS = 210.0
"""After so long no instance stands still any more, and nothing is under way that began while faults struck."""
_YOUNG_SECONDS = 200.0
"""A run that was sent so lately is left to the next sweep."""


def ends_are_seen_in_time(evidence: Evidence) -> Iterator[Violation]:
    """Once it is quiet, a pass sees an end soon after Dataverse has made it: at once where a list tells, else by the next sweep."""
    passes = evidence.pace.passes
    if not passes:
        return
    settled = passes[0] + _SETTLED_SECONDS
    for run_id, end in _judged(evidence):
        since = max(end.at, settled)
        if not evidence.pace.prompt or end.at < settled:
            sent = next(each.sent.at for each in evidence.accepted if each.session is end.session)
            since = max(since, sent + _YOUNG_SECONDS) + evidence.pace.sweep_seconds
        by = [at for at in passes if at > since][_PASSES:]
        seen = next((each.at for each in evidence.versions[run_id] if each.run and each.run.ended), None)
        if by and (seen is None or seen > by[0]):
            told = "not at all" if seen is None else f"{seen - end.at:.0f} s later"
            yield evidence.violation(
                ends_are_seen_in_time,
                run_id,
                f"ended as {end.code} at {end.at:.0f} s, and that was seen {told}",
            )


def _judged(evidence: Evidence) -> Iterator[tuple[str, Ended]]:
    """Ends that anybody can see, of sessions that their runs knew by then."""
    known = {run.session_id: run.id for run in evidence.runs.values() if run.session_id is not None}
    for end in evidence.ends:
        session = end.session
        run_id = known.get(session.id)
        if run_id is None or end.code not in _SURE or session.id not in evidence.sessions:
            continue
        if (
            session.unlisted_until is None
            and int(session.statuscode) == end.code
            and _knew(evidence, run_id, end)
        ):
            yield run_id, end


def _knew(evidence: Evidence, run_id: str, end: Ended) -> bool:
    return any(
        each.at < end.at and each.run is not None and each.run.session_id == end.session.id
        for each in evidence.versions[run_id]
    )
