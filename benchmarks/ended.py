"""Runs that have ended, as they stand in the table: to be read, and to be called back once more."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched

from shared.callbacks import callback_base
from shared.run import life
from shared.run.ids import new_run_id, shard_of
from shared.run.model import (
    CallbackClaim,
    Connection,
    ConnectionKind,
    HistoryEntry,
    Run,
    RunMode,
    SessionView,
    Source,
    Start,
    StartPhase,
    Told,
)
from shared.run.status import Status
from shared.storage.azure_table import open_table
from shared.storage.rows import rows_of, run_key
from shared.storage.shards import SHARDS
from shared.storage.table import Operation, Verb
from shared.wiring import Deskhand

_FLOW = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"
_AGO, _WAITED, _LASTED = timedelta(minutes=5), timedelta(seconds=10), timedelta(seconds=90)
_RUNNING, _SUCCEEDED = 6, 4
_A_TRANSACTION = 100


def ended_runs(app: Deskhand, count: int) -> Sequence[Run]:
    """Stored, each under its own key alone: nothing here lists them."""
    dice = random.Random(count)  # noqa: S311 - no secret
    intents = [_intent(app, app.clock.now() - _AGO, number, dice) for number in range(count)]
    runs = [_ended(intent, new_run_id(intent.created_at, 0, dice.getrandbits(62))) for intent in intents]
    shards: defaultdict[str, list[Operation]] = defaultdict(list)
    for run in runs:
        shards[shard_of(run.id)].append(Operation(Verb.INSERT, rows_of(run)[run_key(run.id)]))
    table = open_table(app.settings, app.storage_clock)
    for shard, operations in shards.items():
        for transaction in batched(operations, _A_TRANSACTION, strict=False):
            table.commit(shard, transaction)
    return runs


def _intent(app: Deskhand, at: datetime, number: int, dice: random.Random) -> Run:
    return Run(
        id=new_run_id(at, number % SHARDS, dice.getrandbits(62)),
        flow_id=_FLOW,
        connection=Connection(kind=ConnectionKind.REFERENCE, value="contoso_FinanceDesk"),
        mode=RunMode.UNATTENDED,
        timeout_seconds=10800,
        created_at=at,
        start=Start(
            phase=StartPhase.SENDING,
            attempt=f"{dice.getrandbits(64):016x}",
            send_until=at + timedelta(seconds=5),
            first_sent_at=at,
        ),
        history=(HistoryEntry(at=at, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        callback=CallbackClaim(base=callback_base(app.settings) or "", key_version=app.signatures.current),
        overdue_at=at + timedelta(hours=15),
    )


def _ended(run: Run, session_id: str) -> Run:
    """By a start whose answer came, a poll that saw it running, and a callback."""
    began = run.created_at + _WAITED
    ended = began + _LASTED
    run = life.accepted(run, session_id, Told(Source.TRIGGER, run.created_at))
    session = SessionView(id=session_id, status_code=_RUNNING, started_at=began)
    run = life.observed(run, session, Told(Source.POLLER, began))
    session = SessionView(id=session_id, status_code=_SUCCEEDED, started_at=began, completed_at=ended)
    return life.observed(run, session, Told(Source.CALLBACK, ended))
