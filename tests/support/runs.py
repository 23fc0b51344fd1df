"""Runs to test with."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.run import life
from shared.run.ids import new_run_id
from shared.run.model import (
    Connection,
    ConnectionKind,
    HistoryEntry,
    Run,
    RunMode,
    Source,
    Start,
    StartPhase,
    Told,
)
from shared.run.status import Status

FLOW = "f1040000-0000-4000-8000-000000000001"


def a_run(at: datetime | None = None, *, shard: int | None = None, **changes: Any) -> Run:
    """A start that has just been intended."""
    at = at or datetime.now(UTC).replace(microsecond=0)
    shard = secrets.randbelow(16) if shard is None else shard
    values: dict[str, Any] = {
        "id": new_run_id(at, shard, secrets.randbits(62)),
        "flow_id": FLOW,
        "connection": Connection(kind=ConnectionKind.NAME, value="machine"),
        "mode": RunMode.UNATTENDED,
        "timeout_seconds": 60,
        "created_at": at,
        "start": Start(
            phase=StartPhase.SENDING,
            attempt=secrets.token_hex(8),
            send_until=at + timedelta(seconds=5),
            first_sent_at=at,
        ),
        "history": (HistoryEntry(at=at, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        "overdue_at": at + timedelta(hours=13),
    }
    return Run(**values | changes)


def a_quiet_run(at: datetime | None = None, *, shard: int | None = None, **changes: Any) -> Run:
    """One that only waits for its session's end."""
    run = a_run(at, shard=shard, **changes)
    return life.accepted(run, str(uuid.uuid4()), Told(Source.TRIGGER, run.created_at))
