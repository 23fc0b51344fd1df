"""What Dataverse is asked for: requests are counted by it."""

from enum import StrEnum


class Purpose(StrEnum):
    START = "start"
    CANCEL = "cancel"
    VERIFY = "verify"
    """One session, read because of a callback or a cancel."""
    READ = "read"
    """Open runs' sessions, read by their ids."""
    CHANGES = "changes"
    """What changed since the last pass."""
    SWEEP = "sweep"
    """Our sessions that have not ended."""
    SEARCH = "search"
    """Starts whose answer was lost."""
    FILES = "files"
    """Inputs and outputs."""
    CATALOGUE = "catalogue"
    """Flows, schemas, connection references, and who we are."""
    PREFLIGHT = "preflight"
    """What an operator has checked."""
