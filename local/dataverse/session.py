"""A flowsession: one run of a desktop flow, and what was asked for when it was started."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from local.dataverse.clock import Timer
from local.dataverse.status import Statuscode


class RunMode(IntEnum):
    ATTENDED = 1
    UNATTENDED = 2


@dataclass(frozen=True, slots=True)
class Connection:
    """What a run goes through. `key` is what it shares limits and machines under, `id` what its row shows."""

    key: str
    id: str


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A request to run a flow that was found to be in order."""

    flow_id: str
    connection: Connection
    mode: RunMode
    high_priority: bool
    timeout_seconds: int
    inputs: str | None
    callback_url: str | None
    client_request_id: str | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The content of a file column."""

    content: bytes
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class RunFailure:
    code: str | None = None
    message: str | None = None


NO_FAILURE = RunFailure()


@dataclass(frozen=True, slots=True)
class CallbackAttempt:
    at: datetime
    answer: int | None
    """The HTTP status; None when none came."""

    def shown(self) -> dict[str, Any]:
        return {"at": self.at, "answer": self.answer}


@dataclass(slots=True, kw_only=True)
class Session:
    """Mutable: its life moves it, and the table that holds it is told of each change."""

    id: str
    order: RunOrder
    createdon: datetime
    modifiedon: datetime
    statuscode: Statuscode
    version: int = 0
    created_by: str
    callbackurl: str | None
    """The column; the URL that is called is the order's."""
    clienttrackingid: str | None
    requested_at: datetime
    """createdon, not rounded."""
    startedon: datetime | None = None
    completedon: datetime | None = None
    failure: RunFailure = NO_FAILURE
    inputs: StoredFile | None = None
    outputs: StoredFile | None = None
    unlisted_until: datetime | None = None
    """Until then lists leave it out, though it can be read."""
    callbacks: list[CallbackAttempt] = field(default_factory=list)
    plans: list[Timer] = field(default_factory=list)
    """What its flow's definition still has in store for it."""
    limits: list[Timer] = field(default_factory=list)
    """When it ends for want of time."""

    @property
    def ended(self) -> bool:
        return self.statuscode.ended
