"""What became of tries to tell."""

from enum import StrEnum


class Outcome(StrEnum):
    """Each is counted by this name; docs/operations.md lists them."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """It is tried again."""
    DEAD = "dead"
    """Given up, and kept where it can be seen."""
    SUPERSEDED = "superseded"
    """The start of a run that had not got through when the end was to be told."""
