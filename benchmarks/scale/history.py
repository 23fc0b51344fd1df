"""Runs that ended long ago, with every row that they are listed by."""

from collections.abc import Sequence
from copy import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from benchmarks.case import Bench
from benchmarks.scale.ground import Ground
from benchmarks.scale.population import unstarted, write_runs
from shared.run.model import HistoryEntry, Run, RunError, Source, StartPhase
from shared.run.status import Status

FLOWS = tuple(str(UUID(int=number + (4 << 76) + (2 << 62))) for number in range(1, 21))
_STATUSES = (Status.SUCCEEDED, Status.SUCCEEDED, Status.SUCCEEDED, Status.FAILED, Status.CANCELED)
_RUNS_A_REFERENCE = 10


def write_history(
    bench: Bench,
    ground: Ground,
    count: int,
    tables: Sequence[str],
    *,
    age: timedelta,
    spread: timedelta,
    caller: str | None = None,
) -> Sequence[Run]:
    """So many, the first so long ago, the last so much later. Of all flows and ends, ten to each client reference."""
    began = datetime.now(UTC) - age
    runs = [
        _ended(unstarted(began + spread * number / count, number), number, caller) for number in range(count)
    ]
    write_runs(bench, ground, runs, tables)
    return runs


def reference(number: int) -> str:
    return f"order {number // _RUNS_A_REFERENCE}"


def _ended(run: Run, number: int, caller: str | None) -> Run:
    status = _STATUSES[number // len(FLOWS) % len(_STATUSES)]
    at = run.created_at + timedelta(minutes=1)
    return replace(
        run,
        flow_id=FLOWS[number % len(FLOWS)],
        caller=caller,
        client_reference=reference(number),
        start=replace(run.start, phase=StartPhase.ACCEPTED),
        status=status,
        session_id=run.id,
        started_at=run.created_at,
        completed_at=at,
        error=RunError(code="Failed", message="As a run fails.") if status is Status.FAILED else None,
        history=(*run.history, HistoryEntry(at=at, status=status, source=Source.CALLBACK)),
    )
