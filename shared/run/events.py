"""What is worth telling others about a run: derived from a transition, so that it is written in the same transaction.

Each kind happens at most once in a run's life: it starts to run once, and ended is absorbing. So the id of an event follows from
its run, and whoever hears it twice can tell.
"""

from datetime import datetime
from enum import StrEnum

from shared.run.model import Record, Run
from shared.run.status import Status

_LONGEST_MESSAGE = 1000
"""Characters. An event is told in less than 20 KB; the run itself has the whole message."""


class EventType(StrEnum):
    STARTED = "run.started"
    SUCCEEDED = "run.succeeded"
    FAILED = "run.failed"
    CANCELED = "run.canceled"

    @property
    def ends(self) -> bool:
        return self is not EventType.STARTED


_OF_AN_END = {
    Status.SUCCEEDED: EventType.SUCCEEDED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELED: EventType.CANCELED,
}


class Event(Record, frozen=True, kw_only=True):
    """What is told: no inputs, no outputs, no link that is a right."""

    type: EventType
    at: datetime
    """When we learnt it."""
    run_id: str
    flow_id: str
    status: Status
    session_id: str | None = None
    client_reference: str | None = None
    caller: str | None = None
    """Whose run it is, where callers are told apart; for us, not told."""
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None
    """Shortened."""
    webhook_url: str | None = None
    """Where this run's own events go as well; a secret of the caller's."""
    traceparent: str | None = None

    @property
    def id(self) -> str:
        """The same however often it is told."""
        return f"{self.run_id}.{'ended' if self.type.ends else 'started'}"


def event_of(before: Run, after: Run) -> Event | None:
    """What a transition has to tell, if anything."""
    kind = _kind(before, after)
    if kind is None:
        return None
    error = after.error
    return Event(
        type=kind,
        at=after.history[-1].at,
        run_id=after.id,
        flow_id=after.flow_id,
        status=after.status,
        session_id=after.session_id,
        client_reference=after.client_reference,
        caller=after.caller,
        created_at=after.created_at,
        started_at=after.started_at,
        completed_at=after.completed_at,
        error_code=None if error is None else error.code,
        error_message=None if error is None else error.message[:_LONGEST_MESSAGE],
        webhook_url=after.webhook_url,
        traceparent=after.traceparent,
    )


def _kind(before: Run, after: Run) -> EventType | None:
    if before.ended:
        return None
    if after.ended:
        return _OF_AN_END[after.status]
    began = any(entry.status is Status.RUNNING for entry in before.history)
    return EventType.STARTED if after.status is Status.RUNNING and not began else None
