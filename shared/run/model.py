"""A run and its parts, as they are known here. Times are UTC, durations are seconds.

The records are msgspec Structs: frozen, compared by value, and their JSON form is the row's form.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from shared.run.status import Status, StatusReason


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that is stored: members at their default are left out of its JSON."""


class RunMode(StrEnum):
    ATTENDED = "attended"
    UNATTENDED = "unattended"


class RunPriority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


class ConnectionKind(StrEnum):
    NAME = "connectionName"
    REFERENCE = "connectionReference"


class Source(StrEnum):
    """Who told of a change."""

    TRIGGER = "trigger"
    CALLBACK = "callback"
    POLLER = "poller"
    CANCEL = "cancel"


class Told(msgspec.Struct, frozen=True):
    """Who brought a piece of news, and when we learnt it."""

    source: Source
    at: datetime
    by: str | None = None
    """The caller that asked, where one did."""


class Connection(Record, frozen=True, kw_only=True):
    kind: ConnectionKind
    value: str


class StartPhase(StrEnum):
    """Where a start stands. Only the holder of the current attempt may send, and only before sendUntil."""

    WAITING = "waiting"
    """Provably not sent, and nobody may send without claiming it first."""
    SENDING = "sending"
    """RunDesktopFlow may have been sent; its answer is not known (yet)."""
    ACCEPTED = "accepted"
    """Dataverse gave a session."""
    REFUSED = "refused"
    """Provably not started."""


NEXT_PHASES: dict[StartPhase, frozenset[StartPhase]] = {
    # Accepted without being sent: Dataverse shows a session of ours although it had said that there is none.
    StartPhase.WAITING: frozenset({StartPhase.SENDING, StartPhase.ACCEPTED, StartPhase.REFUSED}),
    StartPhase.SENDING: frozenset({StartPhase.WAITING, StartPhase.ACCEPTED, StartPhase.REFUSED}),
    StartPhase.ACCEPTED: frozenset(),
    StartPhase.REFUSED: frozenset(),
}
"""The transitions of a start; anything else is a defect."""


class Start(Record, frozen=True, kw_only=True):
    phase: StartPhase
    attempt: str
    """A token written once by whoever sends: it tells our own ambiguous write from somebody else's."""
    send_until: datetime
    first_sent_at: datetime
    """When the earliest attempt may have been sent: where a search for the session begins."""


class CallbackClaim(Record, frozen=True, kw_only=True):
    """What is needed to rebuild the callback URL that Dataverse was given."""

    base: str
    key_version: str


class IdempotencyClaim(Record, frozen=True, kw_only=True):
    key_hash: str
    fingerprint: str
    expires_at: datetime


class CancelWish(Record, frozen=True, kw_only=True):
    asked_at: datetime
    deadline: datetime
    by: str | None = None
    sent_at: datetime | None = None
    """When Dataverse accepted it; None while it has yet to be carried out."""


class ErrorDetail(Record, frozen=True, kw_only=True):
    code: str
    message: str
    target: str | None = None


class RunError(Record, frozen=True, kw_only=True):
    code: str
    message: str
    details: tuple[ErrorDetail, ...] = ()


class HistoryEntry(Record, frozen=True, kw_only=True):
    at: datetime
    status: Status
    source: Source
    by: str | None = None


MISSING = -1


class Doubt(Record, frozen=True, kw_only=True):
    """Something read once that needs a second, later read before it is believed."""

    code: int
    """The statuscode that was read, or MISSING."""
    since: datetime


class Run(Record, frozen=True, kw_only=True):
    id: str
    flow_id: str
    connection: Connection
    connection_id: str = ""
    """The connection behind it, as `shared.pace.connections` names it: its starts share a pace, whatever names they use."""
    mode: RunMode
    priority: RunPriority = RunPriority.NORMAL
    timeout_seconds: int
    created_at: datetime
    start: Start
    status: Status = Status.NOT_STARTED
    history: tuple[HistoryEntry, ...]
    client_reference: str | None = None
    caller: str | None = None
    """Whose run it is, where callers are told apart: the id by which they are."""
    requested_by: str | None = None
    """The same caller's name, for people to read."""
    callback: CallbackClaim | None = None
    inputs_digest: str | None = None
    idempotency: IdempotencyClaim | None = None
    status_reason: StatusReason | None = None
    session_id: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    dataverse_code: int | None = None
    error: RunError | None = None
    has_outputs: bool | None = None
    """False once the closing read showed no outputs; None while it is unknown."""
    cancel: CancelWish | None = None
    doubt: Doubt | None = None
    hinted: bool = False
    """A callback told of an end that Dataverse did not show yet: the next pass looks at it first."""
    overdue_at: datetime
    start_by: datetime | None = None
    """Not to be sent after this: whoever waited so long no longer wants it."""
    kept_inputs: int = 0
    """How many rows hold the inputs of a run that waits for its turn; they go when its session is known, or with its end."""
    webhook_url: str | None = None
    """Where the caller wants this run's events told, beside subscriptions: a secret of the caller's."""
    traceparent: str | None = None
    """The caller's, by W3C Trace Context: what is done for the run later goes on under it."""
    retry_of: str | None = None
    """The throttled run that this one follows."""
    retries_left: int = 0
    retry_due: bool = False
    """It ended throttled, and a run that follows it has yet to be stored."""
    watch_until: datetime | None = None
    """Until when a session that appears late is looked for, after a start that stayed unconfirmed."""

    @property
    def ended(self) -> bool:
        return self.status.ended

    @property
    def unsure(self) -> bool:
        """Whether it may or may not have been started."""
        return not self.ended and self.start.phase is StartPhase.SENDING

    @property
    def waiting(self) -> bool:
        """Whether it waits here for its turn."""
        return not self.ended and self.start.phase is StartPhase.WAITING


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """What Dataverse shows of one flowsession."""

    id: str
    status_code: int
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    modified_at: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None
    has_outputs: bool | None = None
    callback_url: str | None = None
    flow_id: str | None = None
    connection_id: str | None = None
    run_mode: int | None = None
