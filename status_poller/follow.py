"""Runs that Dataverse ended as throttled: each is followed by a new one, which waits for its connection's turn like any other.

The new run's id is derived from the old one's, so that whoever comes second finds that it is there.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError
from shared.dataverse.sessions import SessionGoneError
from shared.http.answers import compact_json
from shared.log.line import Line
from shared.log.names import Name
from shared.run import life
from shared.run.ids import new_run_id, shard_of
from shared.run.model import HistoryEntry, Run, Source, Start, StartPhase
from shared.run.status import Status
from shared.storage.inputs import rows_needed
from shared.storage.rows import RowUnreadableError, Work
from shared.storage.runs import RunChangedError
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.poll")


def follow(app: Deskhand, works: Sequence[Work], deadline: Deadline) -> None:
    for work in works:
        try:
            _followed(app, work, deadline)
        except (StorageError, RunChangedError, RowUnreadableError, DataverseError) as problem:
            log.warning(
                Line(
                    Name.RETRY_PUT_OFF,
                    f"It was throttled, and is not followed yet: {problem}",
                    run_id=work.run_id,
                )
            )


def _followed(app: Deskhand, work: Work, deadline: Deadline) -> None:
    stored = app.store.get(work.run_id)
    if stored is None or not stored.run.retry_due or stored.run.session_id is None:
        return
    try:
        inputs = compact_json(app.sessions.inputs(stored.run.session_id, deadline)).encode()
    except SessionGoneError:
        log.error(
            Line(
                Name.RETRY_IMPOSSIBLE,
                "It was throttled, and cannot be followed: its inputs are gone",
                run_id=work.run_id,
            )
        )
    else:
        following = app.store.create(_following(app, stored.run, inputs), inputs).run
        app.gate.mark_queue(following.connection_id)
        log.info(
            Line(
                Name.RETRY_STARTED,
                "It was throttled, and another run follows it",
                run_id=work.run_id,
                next_run_id=following.id,
            )
        )
    app.store.advance(stored, life.retried)


def _following(app: Deskhand, run: Run, inputs: bytes) -> Run:
    """The same order once more, as if it came now."""
    now = app.clock.now()
    ended = run.history[-1].at  # as we learnt it: Dataverse's own time may be one that no id can carry
    bits = int.from_bytes(hashlib.sha256(f"retry of {run.id}".encode()).digest()[:8])
    life_time = run.overdue_at - run.start.first_sent_at
    return Run(
        id=new_run_id(ended + timedelta(milliseconds=1), int(shard_of(run.id), 16), bits),
        flow_id=run.flow_id,
        connection=run.connection,
        connection_id=run.connection_id,
        mode=run.mode,
        priority=run.priority,
        timeout_seconds=run.timeout_seconds,
        created_at=now,
        start=Start(phase=StartPhase.WAITING, attempt="", send_until=now, first_sent_at=now),
        history=(HistoryEntry(at=now, status=Status.NOT_STARTED, source=Source.POLLER),),
        client_reference=run.client_reference,
        caller=run.caller,
        requested_by=run.requested_by,
        callback=run.callback,
        inputs_digest=run.inputs_digest,
        overdue_at=now + life_time,
        kept_inputs=rows_needed(inputs),
        webhook_url=run.webhook_url,
        retry_of=run.id,
        retries_left=run.retries_left - 1,
    )
