"""The status codes of a flowsession. Source: Dataverse table reference, flowsession.statuscode and statecode."""

from enum import IntEnum


class Statuscode(IntEnum):
    NOT_SPECIFIED = 0
    PAUSED = 1
    RUNNING = 2
    WAITING = 3
    SUCCEEDED = 4
    SKIPPED = 5
    SUSPENDED = 6
    CANCELLED = 7
    FAILED = 8
    FAULTED = 9
    TIMED_OUT = 10
    ABORTED = 11
    IGNORED = 12
    DELETED = 13
    TERMINATED = 14

    @classmethod
    def _missing_(cls, value: object) -> "Statuscode | None":
        """A code that no documentation knows of: what clients make of one can be tested too."""
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_, unknown._value_ = f"UNKNOWN_{value}", value
        return unknown

    @property
    def label(self) -> str:
        return self.name.title().replace("_", "")

    @property
    def ended(self) -> bool:
        """Which codes are ends is inferred from their labels; unknown ones are none."""
        return self in _SURE_ENDS or self in _INFERRED_ENDS

    @property
    def surely_ended(self) -> bool:
        return self in _SURE_ENDS

    @property
    def statecode(self) -> int:
        """0 (active) even for runs that succeeded or failed: it tells nothing about the end."""
        return int(self in _INACTIVE)


_SURE_ENDS = {
    Statuscode.SUCCEEDED,
    Statuscode.CANCELLED,
    Statuscode.FAILED,
    Statuscode.FAULTED,
    Statuscode.TIMED_OUT,
}
_INFERRED_ENDS = {
    Statuscode.SKIPPED,
    Statuscode.ABORTED,
    Statuscode.IGNORED,
    Statuscode.DELETED,
    Statuscode.TERMINATED,
}
_INACTIVE = {Statuscode.NOT_SPECIFIED, Statuscode.DELETED, Statuscode.TERMINATED}

BY_LABEL = {code.label: code for code in Statuscode}
