"""A cell of the matrix: what the one who asked was told, and what healed it, in as few words as the legend allows."""

from collections.abc import Iterator

from tests.simulation.matrix.history import NEXT_PASS, Outcome

AS_UNDISTURBED = "✓"
AGAIN = "↻"


def cell_of(outcome: Outcome, usual: Outcome) -> str:
    if outcome == usual:
        return AS_UNDISTURBED
    first = outcome.answers[:1]
    return "; ".join(each for each in (*first, healing_of(outcome, usual)) if each).replace(
        f"; {AGAIN}", f" {AGAIN}"
    )


def healing_of(outcome: Outcome, usual: Outcome) -> str:
    """What followed the first answer, as far as it is not what always follows."""
    return "; ".join(_healing(outcome, usual))


def _healing(outcome: Outcome, usual: Outcome) -> Iterator[str]:
    if again := outcome.answers[1:]:
        yield " ".join(f"{AGAIN} {answer}" for answer in again)
    ends = " and ".join(outcome.ends) if outcome.ends != usual.ends else ""
    sessions = _sessions(outcome.sessions) if outcome.sessions != usual.sessions else ""
    if ends or sessions:
        yield ", ".join(each for each in (ends, sessions) if each)
    if NEXT_PASS in {outcome.session_by, outcome.end_by}:
        yield NEXT_PASS
        return
    for what in ("session", "cancel", "end"):
        by, usually_by = getattr(outcome, f"{what}_by"), getattr(usual, f"{what}_by")
        if by and by != usually_by and not (what == "end" and ends):
            yield f"{what} by {by}"


def _sessions(number: int) -> str:
    return {0: "no session", 1: "one session"}.get(number, f"{number} sessions")
