"""What became of events that others sent."""

from enum import StrEnum


class Became(StrEnum):
    """Each is counted by this name; docs/operations.md lists them."""

    STARTED = "started"
    """A run, which may wait for its turn."""
    REPEATED = "repeated"
    """The run that the same event had started before."""
    IGNORED = "ignored"
    """No rule is for it. It is stored nowhere."""
    DEAD = "dead"
    """It cannot start anything, and is kept where it can be seen."""
