"""Many runs whose sessions are in the simulator, written into the table as the product writes them."""

import random
from collections import defaultdict
from collections.abc import Sequence
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.case import Bench
from benchmarks.scale import bulk
from benchmarks.scale.ground import BASE, Ground
from local.dataverse.catalogue import WATCH_INBOX
from shared.callbacks import callback_url
from shared.run.ids import new_run_id, shard_of
from shared.run.model import (
    CallbackClaim,
    Connection,
    ConnectionKind,
    HistoryEntry,
    Run,
    RunMode,
    Source,
    Start,
    StartPhase,
)
from shared.run.status import Status
from shared.settings import load
from shared.signatures import Signatures
from shared.storage.rows import WORK, rows_of
from shared.storage.shards import SHARDS
from shared.storage.table import Row

AGE = timedelta(hours=2)
"""How long ago the first run was started."""
SPREAD = timedelta(hours=1.5)
"""How long it took to start all."""
_WHOLE_EVERY = 10
_RUNNING = 2
_DICE = random.Random(20)  # noqa: S311  # ids of a benchmark


@dataclass(frozen=True, slots=True)
class Population:
    runs: Sequence[Run]

    @property
    def size(self) -> int:
        return len(self.runs)

    @property
    def sessions(self) -> list[str]:
        return [run.session_id for run in self.runs if run.session_id is not None]

    def batch(self, number: int, size: int) -> list[str]:
        """Sessions of runs that have all their rows: others for each number."""
        whole = self.sessions[_WHOLE_EVERY::_WHOLE_EVERY]
        batch = whole[number * size : (number + 1) * size]
        assert len(batch) == size, "the population has too few whole runs"
        return batch


def populate(bench: Bench, ground: Ground, count: int, *tables: str) -> Population:
    """Open runs that Dataverse shows as running, in each of these tables."""
    bench.say(f"{count:,} sessions")
    began = datetime.fromisoformat(ground.control("GET", "clock")["now"]) - AGE
    intents = [unstarted(began + SPREAD * index / count, index) for index in range(count)]
    ids = _sessions(ground, intents)
    runs = [_accepted(run, session) for run, session in zip(intents, ids, strict=True)]
    population = Population(runs)
    write_runs(bench, ground, runs, tables, _WHOLE_EVERY)
    ground.end(
        population.sessions[:1]
    )  # the latest change, with which the reading of changes begins, is of a whole run
    return population


def write_runs(
    bench: Bench, ground: Ground, runs: Sequence[Run], tables: Sequence[str], whole_every: int = 1
) -> None:
    """Of so many runs one with all its rows, of the others only what the poller reads while nothing happens to them."""
    rows = defaultdict[str, list[Row]](list)
    for index, run in enumerate(runs):
        whole = index % whole_every == 0
        rows[shard_of(run.id)] += [row for key, row in rows_of(run).items() if whole or key.startswith(WORK)]
    for table in tables:
        bulk.write(bench, ground.tables, table, rows)


def _sessions(ground: Ground, runs: Sequence[Run]) -> list[str]:
    signatures = Signatures(load(ground.settings).signing_keys, ground.dataverse.url.partition("://")[2])
    seeded = {
        "count": len(runs),
        "statuscode": _RUNNING,
        "flowId": WATCH_INBOX,
        "callbackUrls": [callback_url(signatures, run) for run in runs],
        "ageSeconds": AGE.total_seconds(),
        "spreadSeconds": SPREAD.total_seconds(),
    }
    ids: list[str] = ground.control("POST", "sessions:seed", seeded)["ids"]
    return ids


def unstarted(at: datetime, number: int) -> Run:
    """As the trigger writes it. The shards take turns."""
    return Run(
        id=new_run_id(at, number % SHARDS, _DICE.getrandbits(62)),
        flow_id=WATCH_INBOX,
        connection=Connection(kind=ConnectionKind.NAME, value="benchmark"),
        connection_id="benchmark",
        mode=RunMode.UNATTENDED,
        timeout_seconds=10_800,
        created_at=at,
        start=Start(
            phase=StartPhase.SENDING, attempt="1", send_until=at + timedelta(seconds=5), first_sent_at=at
        ),
        history=(HistoryEntry(at=at, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        callback=CallbackClaim(base=BASE, key_version="1"),
        overdue_at=at + timedelta(hours=16),
    )


def _accepted(run: Run, session: str) -> Run:
    """As the poller leaves it once it has seen that it runs."""
    return replace(
        run,
        start=replace(run.start, phase=StartPhase.ACCEPTED),
        status=Status.RUNNING,
        history=(*run.history, HistoryEntry(at=run.created_at, status=Status.RUNNING, source=Source.POLLER)),
        session_id=session,
        started_at=run.created_at,
        dataverse_code=_RUNNING,
    )
