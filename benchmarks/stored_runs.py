"""Runs as they stand in the table: ended ones, to be read and called back once more, and running ones, whose end is yet to be told."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import replace
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
from shared.storage.table import Operation, Row, Verb
from shared.wiring import Deskhand

_FLOW = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"
_AGO, _WAITED, _LASTED = timedelta(minutes=5), timedelta(seconds=10), timedelta(seconds=90)
_RUNNING, _SUCCEEDED = 6, 4
_A_TRANSACTION = 100


def ended_runs(app: Deskhand, count: int) -> Sequence[Run]:
    """Stored, each under its own key alone: nothing here lists them."""
    intents, dice = _intents(app, count)
    runs = [_ended(_accepted(each, new_run_id(each.created_at, 0, dice.getrandbits(62)))) for each in intents]
    _store(app, [(run, [rows_of(run)[run_key(run.id)]]) for run in runs])
    return runs


def running_runs(app: Deskhand, sessions: Sequence[str]) -> Sequence[Run]:
    """Stored with all their rows, one for each of these sessions."""
    intents, _ = _intents(app, len(sessions))
    runs = [_accepted(run, session) for run, session in zip(intents, sessions, strict=True)]
    _store(app, [(run, list(rows_of(run).values())) for run in runs])
    return runs


def _store(app: Deskhand, runs: Iterable[tuple[Run, list[Row]]]) -> None:
    shards: defaultdict[str, list[Operation]] = defaultdict(list)
    for run, rows in runs:
        shards[shard_of(run.id)] += [Operation(Verb.INSERT, row) for row in rows]
    table = open_table(app.settings, app.storage_clock)
    for shard, operations in shards.items():
        for transaction in batched(operations, _A_TRANSACTION, strict=False):
            table.commit(shard, transaction)


def _intents(app: Deskhand, count: int) -> tuple[list[Run], random.Random]:
    dice = random.Random(count)  # noqa: S311 - no secret
    at = app.clock.now() - _AGO
    return [_intent(app, at, number, dice) for number in range(count)], dice


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


def _accepted(run: Run, session_id: str) -> Run:
    return life.accepted(run, session_id, Told(Source.TRIGGER, run.created_at))


def _ended(run: Run) -> Run:
    """After a poll that saw it running, by a callback."""
    began = run.created_at + _WAITED
    seen = SessionView(id=run.session_id or "", status_code=_RUNNING, started_at=began)
    ended = replace(seen, status_code=_SUCCEEDED, completed_at=began + _LASTED)
    run = life.observed(run, seen, Told(Source.POLLER, began))
    return life.observed(run, ended, Told(Source.CALLBACK, began + _LASTED))
