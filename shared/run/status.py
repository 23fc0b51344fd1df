"""What a run can be, and what Dataverse's status codes mean for it."""

from enum import Enum, StrEnum, auto

import msgspec


class Status(StrEnum):
    """The words of Azure's long-running operations."""

    NOT_STARTED = "NotStarted"
    """Accepted here; Dataverse has not begun it, as far as we know."""
    RUNNING = "Running"
    """Dataverse says that it has begun and has not ended."""
    CANCELING = "Canceling"
    """A cancel was asked for and has not settled."""
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def ended(self) -> bool:
        return self in _ENDED


_ENDED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELED})


class StatusReason(StrEnum):
    """Why an open run stands where it stands."""

    QUEUED_FOR_CONNECTION = "QueuedForConnection"
    """Waits here for its connection's turn."""
    AWAITING_CONFIRMATION = "AwaitingConfirmation"
    """The answer to its start was lost; Dataverse is being asked whether it exists."""
    WAITING_FOR_MACHINE = "WaitingForMachine"
    """Dataverse has queued it."""
    STATUS_NOT_PERMITTED = "StatusNotPermitted"
    """Dataverse refuses to show us the session (Owner access is missing)."""
    OVERDUE = "Overdue"
    """It should have ended long ago by its time-out, and Dataverse says that it has not."""


class Ending(Enum):
    """How sure a status code is of the end."""

    NO = auto()
    """Not an end."""
    AT_ONCE = auto()
    """An end as soon as it is read."""
    WHEN_SETTLED = auto()
    """Taken as an end when completedon is set, or when two reads a minute apart agree: its meaning is inferred."""


class Meaning(msgspec.Struct, frozen=True):
    """What one statuscode of a flowsession says about a run."""

    label: str
    status: Status | None = None
    ending: Ending = Ending.NO
    error_code: str | None = None
    reason: StatusReason | None = None


_FAILED, _SETTLED = Status.FAILED, Ending.WHEN_SETTLED

# Source of the codes: Dataverse table reference, flowsession.statuscode. statecode is 0 for ended runs and is never used.
DATAVERSE_STATUS: dict[int, Meaning] = {
    0: Meaning("NotSpecified"),
    1: Meaning("Paused", Status.RUNNING),
    2: Meaning("Running", Status.RUNNING),
    3: Meaning("Waiting", Status.NOT_STARTED, reason=StatusReason.WAITING_FOR_MACHINE),
    4: Meaning("Succeeded", Status.SUCCEEDED, Ending.AT_ONCE),
    5: Meaning("Skipped", _FAILED, _SETTLED, "Skipped"),
    6: Meaning("Suspended", Status.RUNNING),
    7: Meaning("Canceled", Status.CANCELED, Ending.AT_ONCE),
    8: Meaning("Failed", _FAILED, Ending.AT_ONCE),
    9: Meaning("Faulted", _FAILED, Ending.AT_ONCE),
    10: Meaning("TimedOut", _FAILED, Ending.AT_ONCE, "TimedOut"),
    11: Meaning("Aborted", _FAILED, _SETTLED, "Aborted"),
    12: Meaning("Ignored", _FAILED, _SETTLED, "Ignored"),
    13: Meaning("Deleted", _FAILED, _SETTLED, "SessionDeleted"),
    14: Meaning("Terminated", _FAILED, _SETTLED, "Terminated"),
}

CANCELED_IF_ASKED = frozenset({11, 14})
"""Codes that end a run as Canceled when a cancel was asked for here."""


def meaning_of(code: int) -> Meaning:
    """Unknown codes keep a run as it was, and open."""
    return DATAVERSE_STATUS.get(code) or Meaning(f"Unknown{code}")
