"""What can become of a session when the runs are rebuilt, and how it is told."""

from collections import Counter
from enum import StrEnum


class Outcome(StrEnum):
    """Each as the summary says it, most telling first. `ours` is what a signature has proved to be."""

    OPEN = "runs were missing and have not ended: written, and followed from the next poll on"
    ENDED = "runs were missing and have ended: written, and can be read"
    BROUGHT = "runs did not know their session: brought up to date"
    THERE = "runs are there, and know their session"
    OTHER_SESSION = "sessions bear the callback URL of a run that has another one: left alone"
    SHUT = "runs had been ended as not started before their session was found: they did start, are not followed, and stay as they are"
    UNREADABLE = "runs were written by a newer version: left alone. Deploy that version again"
    INCOMPLETE = "sessions name no flow: nothing can be written for them"
    OTHER_BASE = (
        "sessions are signed by us for another address: give it with --base if it was this deployment's"
    )
    KEY_UNKNOWN = (
        "sessions are signed with a key that is not in SIGNING_KEYS: put the old key back if there was one"
    )
    FALSE = "sessions bear a URL like ours with a false signature: not believed"
    FOREIGN = "sessions bear no callback URL of ours: others', or of runs that were given none"

    @property
    def ours(self) -> bool:
        return self not in _NOT_PROVEN

    @property
    def written(self) -> bool:
        return self in {Outcome.OPEN, Outcome.ENDED, Outcome.BROUGHT}


_NOT_PROVEN = {Outcome.OTHER_BASE, Outcome.KEY_UNKNOWN, Outcome.FALSE, Outcome.FOREIGN}

type Counts = Counter[Outcome]


def in_short(counts: Counts, *, dry: bool) -> str:
    """One line for a day."""
    ours = sum(number for each, number in counts.items() if each.ours)
    written = sum(number for each, number in counts.items() if each.written)
    verb = "would be written" if dry else "written"
    return f"{counts.total():,} sessions, {ours:,} of ours, {written:,} {verb}"


def summary(counts: Counts) -> str:
    """One line for each outcome that there was."""
    return "\n".join(f"{counts[each]:>9,} {each}" for each in Outcome if counts[each])
