"""How many starts a connection sees, what stops them, and what follows a throttled run."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.simulation.evidence import Evidence, Violation

_MINUTE = 60.0
_HEARD_SECONDS = 8.0
"""A look at the gate is good for two seconds, and what it let pass may be sent for five more."""


def the_pace_is_kept(evidence: Evidence) -> Iterator[Violation]:
    """No sixty seconds see more starts on a connection than its pace allows, whichever instances send them."""
    starts: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for sent in evidence.sent:
        run = evidence.runs.get(evidence.run_of(sent))
        if run is not None and sent.admitted:
            starts[run.connection_id][sent.by, run.id] = sent.at
    for connection_id, sendings in starts.items():
        times = sorted(sendings.values())
        for first, last in zip(times, times[evidence.a_minute :], strict=False):
            if last - first < _MINUTE:
                many = f"{evidence.a_minute + 1} starts from {first:.3f} to {last:.3f}"
                yield evidence.violation(the_pace_is_kept, connection_id, many)


def a_pause_is_heeded(evidence: Evidence) -> Iterator[Violation]:
    """While an operator has stopped everything, no instance sends a start: seconds after it was told so at the latest."""
    for pause in evidence.record.pauses:
        for sent in evidence.sent:
            if pause.since + _HEARD_SECONDS < sent.at < pause.until:
                told = f"sent {sent.at - pause.since:.1f} s after everything was stopped"
                yield evidence.violation(a_pause_is_heeded, evidence.run_of(sent) or sent.by, told)


def a_throttled_run_is_followed_once(evidence: Evidence) -> Iterator[Violation]:
    """At most one run follows another."""
    followed = Counter(run.retry_of for run in evidence.runs.values() if run.retry_of is not None)
    for run_id, times in followed.items():
        if times > 1:
            yield evidence.violation(a_throttled_run_is_followed_once, run_id, f"is followed {times} times")
