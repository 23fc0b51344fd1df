"""Many runs changed at once: read side by side, and written with as few transactions as a partition takes.

A transaction that does not go through as a whole is no reason to leave its runs: each is then saved by itself.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor

import msgspec

from shared.log.life import tell_changed
from shared.run.ids import shard_of
from shared.run.model import Run
from shared.storage.rows import RowUnreadableError
from shared.storage.runs import RunChangedError, RunStore, Stored
from shared.storage.table import (
    MOST_OPERATIONS,
    Operation,
    StorageError,
    Table,
    TransactionRefusedError,
    WriteUnsureError,
)

_MOST_BYTES = 3_500_000
"""Of the 4 MiB that a transaction may have."""
_BYTES_A_ROW = 1500
"""Around a row's content: its keys and the parts of HTTP."""

type Change = Callable[[Run], Run]
type Outcome = Stored | StorageError | RunChangedError | RowUnreadableError | None
"""How a run stands now; or why it was not changed. None: there is no such run."""


class _Step(msgspec.Struct):
    """One run's part of a transaction."""

    stored: Stored
    after: Run
    operations: Sequence[Operation]
    size: int
    """Bytes on the wire."""


class _Pack(msgspec.Struct):
    steps: list[_Step] = msgspec.field(default_factory=list)
    operations: int = 0
    size: int = 0

    def takes(self, step: _Step) -> bool:
        return not self.steps or (
            self.operations + len(step.operations) <= MOST_OPERATIONS and self.size + step.size <= _MOST_BYTES
        )

    def add(self, step: _Step) -> None:
        self.steps.append(step)
        self.operations += len(step.operations)
        self.size += step.size


class Together:
    def __init__(self, table: Table, store: RunStore) -> None:
        self._table = table
        self._store = store

    def advance(self, wanted: Mapping[str, Change], workers: Executor) -> dict[str, Outcome]:
        """What became of each run, by its id. Each change must be one that may be made again on a run that has moved on."""
        outcomes: dict[str, Outcome] = dict(zip(wanted, workers.map(self._read, wanted), strict=True))
        steps = []
        for run_id, stored in outcomes.items():
            if isinstance(stored, Stored) and (after := wanted[run_id](stored.run)) != stored.run:
                operations = self._store.changes(stored, after)
                steps.append(_Step(stored, after, operations, _size(operations)))
        for written in workers.map(lambda pack: self._write(pack.steps, wanted), _packed(steps)):
            outcomes |= written
        return outcomes

    def _read(self, run_id: str) -> Outcome:
        try:
            return self._store.get(run_id)
        except (StorageError, RowUnreadableError) as problem:
            return problem

    def _write(self, steps: Sequence[_Step], wanted: Mapping[str, Change]) -> dict[str, Outcome]:
        """A run that somebody else was faster with is taken out of the transaction, and the others are tried again."""
        try:
            return self._together(steps)
        except TransactionRefusedError as refused:
            culprit = _step_of(steps, refused.index)
            others = [step for step in steps if step is not culprit]
            if culprit is not None and others:
                return self._write(others, wanted) | self._each([culprit], wanted)
            return self._each(steps, wanted)
        except WriteUnsureError:
            return self._each(steps, wanted)
        except StorageError as problem:
            return {step.after.id: problem for step in steps}

    def _together(self, steps: Sequence[_Step]) -> dict[str, Outcome]:
        operations = [each for step in steps for each in step.operations]
        etags = iter(self._table.commit(shard_of(steps[0].after.id), operations))
        written: dict[str, Outcome] = {}
        for step in steps:
            own, *_ = [next(etags) for _ in step.operations]  # the run's own row comes first
            written[step.after.id] = Stored(step.after, own)
            tell_changed(step.stored.run, step.after)
        return written

    def _each(self, steps: Sequence[_Step], wanted: Mapping[str, Change]) -> dict[str, Outcome]:
        return {step.after.id: self._alone(step, wanted[step.after.id]) for step in steps}

    def _alone(self, step: _Step, change: Change) -> Outcome:
        try:
            return self._store.advance(step.stored, change)
        except (StorageError, RunChangedError) as problem:
            return problem


def _packed(steps: Sequence[_Step]) -> Iterator[_Pack]:
    """Runs of one shard that fit a transaction."""
    packs: dict[str, _Pack] = {}
    for step in steps:
        shard = shard_of(step.after.id)
        pack = packs.setdefault(shard, _Pack())
        if not pack.takes(step):
            yield pack
            pack = packs[shard] = _Pack()
        pack.add(step)
    yield from packs.values()


def _step_of(steps: Sequence[_Step], index: int | None) -> _Step | None:
    """Whose operation it was."""
    left = -1 if index is None else index
    for step in steps:
        if 0 <= left < len(step.operations):
            return step
        left -= len(step.operations)
    return None


def _size(operations: Sequence[Operation]) -> int:
    """As they travel: Microsoft's client writes as an escape what is not ASCII. All that counts in a row is the run in it."""
    runs = [str(each.row.properties.get("run", "")) for each in operations]
    escaped = {run: len(json.dumps(run)) for run in set(runs)}
    return sum(escaped[run] + _BYTES_A_ROW for run in runs)
