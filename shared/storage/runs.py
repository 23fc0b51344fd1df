"""Runs in the table: created, read, saved and listed. Every change of a run is one transaction under the run's ETag.

A write whose answer was lost is recognised by content: the run is read again, and if it is what was to be written, it was.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from copy import replace
from heapq import merge
from itertools import islice

import msgspec

from shared.clock import Clock
from shared.expiring import Expiring
from shared.log.life import tell_changed, tell_created
from shared.run.events import event_of
from shared.run.ids import newest_first, shard_of
from shared.run.model import Run
from shared.storage.inputs import inputs_keys, inputs_rows, joined
from shared.storage.listing import Listing, bounds, is_wanted, readable_runs
from shared.storage.outbox import event_row
from shared.storage.rows import (
    AFTER,
    LAYOUT,
    KeyRecord,
    RowUnreadableError,
    key_key,
    read_key,
    read_run,
    rows_of,
    run_key,
    session_key,
    session_row,
)
from shared.storage.shards import SHARDS, shard_names
from shared.storage.table import (
    LARGEST_ANSWER,
    Operation,
    Refusal,
    Row,
    StorageUnavailableError,
    Table,
    TransactionRefusedError,
    Verb,
    WriteUnsureError,
)

log = logging.getLogger("deskhand.storage")

_TRIES = 3
_PAUSE_SECONDS = 0.1
_RACES = 8
_REPORT_PARTITION, _REPORT_KEY, _REPORT_SECONDS = "report", "poller", 5.0
_REPORTED_SECONDS = 300.0
"""After so long the report is read again: another instance may have written it."""


class Stored(msgspec.Struct, frozen=True):
    """A run as it stood when it was read, and the ETag that says so."""

    run: Run
    etag: str


class StoredKey(msgspec.Struct, frozen=True):
    record: KeyRecord
    etag: str


class RunChangedError(Exception):
    """Somebody else changed the run first; `current` is how it stands now (None: it is gone)."""

    def __init__(self, current: Stored | None) -> None:
        super().__init__("The run was changed by somebody else.")
        self.current = current


class KeyTakenError(Exception):
    """The idempotency key belongs to another run."""

    def __init__(self, key: StoredKey) -> None:
        super().__init__("The idempotency key is taken.")
        self.key = key


class RunStore:
    def __init__(self, table: Table, clock: Clock, readers: Executor, *, tells: bool = False) -> None:
        """`readers` ask the shards at the same time; `tells`: whether an event is written with what it tells of."""
        self._tells = tells
        self._table = table
        self._readers = readers
        self._sleep = clock.sleep
        self._hidden: Expiring[None, int] = Expiring(clock, _REPORT_SECONDS)
        self._reported: Expiring[None, int] = Expiring(clock, _REPORTED_SECONDS)

    def close(self) -> None:
        self._readers.shutdown()

    def get(self, run_id: str) -> Stored | None:
        row = self._table.get(shard_of(run_id), run_key(run_id))
        return None if row is None else Stored(read_run(row), row.etag)

    def find_key(self, shard: str, key_hash: str) -> StoredKey | None:
        row = self._table.get(shard, key_key(key_hash))
        return None if row is None else StoredKey(read_key(row), row.etag)

    def create(self, run: Run, inputs: bytes = b"", expired_key: StoredKey | None = None) -> Stored:
        """Write the intent, with the inputs that a waiting run is to be started with.

        Raises KeyTakenError; `expired_key` is a key row that this run may take over.
        """
        stored = self._created(run, inputs, expired_key)
        tell_created(run)
        return stored

    def _created(self, run: Run, inputs: bytes, expired_key: StoredKey | None) -> Stored:
        rows = _filled(rows_of(run), run, inputs)
        operations = [Operation(Verb.INSERT, row) for row in rows.values()]
        if run.idempotency is not None and expired_key is not None:
            operations = [_taking_over(each, run.idempotency.key_hash, expired_key) for each in operations]
        for _ in self._tries():
            try:
                return Stored(run, self._table.commit(shard_of(run.id), operations)[0])
            except TransactionRefusedError:
                return self._created_before(run)
            except WriteUnsureError:
                found = self.get(run.id)
                if found is not None:
                    return found
        raise StorageUnavailableError("Table Storage did not confirm the start.")

    def save(self, stored: Stored, after: Run, inputs: bytes = b"") -> Stored:
        """Write a transition; `inputs` where it is one into waiting. No I/O if nothing changed.

        Raises RunChangedError if the run is not as it was read.
        """
        if after == stored.run:
            return stored
        saved = self._saved(stored, after, inputs)
        tell_changed(stored.run, after)
        return saved

    def _saved(self, stored: Stored, after: Run, inputs: bytes) -> Stored:
        operations = self.changes(stored, after, inputs)
        for _ in self._tries():
            try:
                return Stored(after, self._committed(after.id, operations)[0])
            except TransactionRefusedError:
                return self._saved_before(after)
            except WriteUnsureError:
                current = self.get(after.id)
                if current is None or current.etag != stored.etag:
                    return self._own_or_changed(after, current)
        raise StorageUnavailableError("Table Storage did not confirm the change of a run.")

    def changes(self, stored: Stored, after: Run, inputs: bytes = b"") -> list[Operation]:
        """The run's own row under its ETag, which guards the whole transaction; the other rows follow from it."""
        event = event_of(stored.run, after) if self._tells else None
        told = [] if event is None else [Operation(Verb.PUT, event_row(event))]
        return [*_changes(stored, after, inputs), *told]

    def advance(self, stored: Stored, change: Callable[[Run], Run], inputs: bytes = b"") -> Stored:
        """Save what a transition makes of the run; where somebody else was faster, of the run as it stands then."""
        for _ in range(_RACES):
            try:
                return self.save(stored, change(stored.run), inputs)
            except RunChangedError as lost:
                if lost.current is None:
                    raise
                stored = lost.current
        raise RunChangedError(stored)

    def kept_inputs(self, run: Run) -> bytes:
        """What a waiting run is to be started with. Raises RowUnreadableError if it is not there."""
        keys = inputs_keys(run.id, run.kept_inputs)
        if not keys:
            return b""
        prefix = f"inputs|{run.id}|"
        rows = list(self._table.range(shard_of(run.id), prefix, prefix + AFTER))
        if [row.key for row in rows] != keys or not all(row.properties for row in rows):
            raise RowUnreadableError(f"The inputs of run {run.id} are not there.")
        return joined(rows)

    def claim_session(self, session_id: str, run_id: str) -> str:
        """Make this run the session's only claimant. Answers whose it is: this run's id, or the earlier claimant's.

        Two passes may claim a session each for one run: the claim that its run has no use for is taken over.
        """
        shard, claim = session_shard(session_id), session_row(session_id, run_id)
        operation = Operation(Verb.INSERT, claim)
        for _ in self._tries():
            try:
                self._table.commit(shard, [operation])
            except (TransactionRefusedError, WriteUnsureError):
                held = self._table.get(shard, session_key(session_id))
                if held is None:
                    continue
                owner = str(held.properties["runId"])
                if owner == run_id or not self._has_another_session(owner, session_id):
                    return owner
                operation = Operation(Verb.REPLACE, replace(claim, etag=held.etag))
            else:
                return run_id
        raise StorageUnavailableError("Table Storage did not confirm the claim of a session.")

    def claimant(self, session_id: str) -> str | None:
        """The run that has claimed this session."""
        held = self._table.get(session_shard(session_id), session_key(session_id))
        return None if held is None else str(held.properties["runId"])

    def _has_another_session(self, run_id: str, session_id: str) -> bool:
        stored = self.get(run_id)
        return stored is not None and stored.run.session_id not in {None, session_id}

    def hidden_sessions(self) -> int:
        """How many open runs had, at the last pass, a session that Dataverse refuses to show. Read every few seconds."""
        return self._hidden.get(None, self._read_report)

    def report_hidden_sessions(self, count: int) -> None:
        """Kept for /health, which may run on another instance; written only when it changes."""
        if count != self._reported.get(None, self._read_report):
            row = Row(_REPORT_KEY, {"layout": LAYOUT, "hidden": count})
            self._table.commit(_REPORT_PARTITION, [Operation(Verb.PUT, row)])
            self._reported.get(None, lambda: count, fresh=True)

    def page(self, wanted: Listing, after: str | None, size: int) -> tuple[list[Run], bool]:
        """A page, newest first, and whether there is more. `after`: the position of the last run of the page before."""
        low, high = bounds(wanted, after)

        most = min(size + 1, LARGEST_ANSWER)

        def shard_page(shard: str) -> list[Run]:
            rows = self._table.range(shard, low, high, page_size=most)
            return list(islice((run for run in readable_runs(rows) if is_wanted(run, wanted)), most))

        pages = list(self._readers.map(shard_page, shard_names()))
        merged = list(islice(merge(*pages, key=lambda run: newest_first(run.id)), size + 1))
        # A shard that has filled the page by itself, with as much as one answer holds, may have more: to look costs a request.
        full = most == size and any(len(page) == size for page in pages)
        return merged[:size], full or len(merged) > size

    def _read_report(self) -> int:
        row = self._table.get(_REPORT_PARTITION, _REPORT_KEY)
        return 0 if row is None else int(row.properties["hidden"])

    def _created_before(self, run: Run) -> Stored:
        """The transaction of a new run was refused: by another run's key, or by our own earlier, unanswered try."""
        if run.idempotency is not None:
            key = self.find_key(shard_of(run.id), run.idempotency.key_hash)
            if key is not None and key.record.run_id != run.id:
                raise KeyTakenError(key)
        found = self.get(run.id)
        if found is None:
            raise StorageUnavailableError("The start was refused by a row that has gone again.")
        return found

    def _committed(self, run_id: str, operations: list[Operation]) -> tuple[str, ...]:
        """Rows that were to go and are gone already do not count, however many they are."""
        while True:
            try:
                return self._table.commit(shard_of(run_id), operations)
            except TransactionRefusedError as refused:
                if refused.refusal is not Refusal.MISSING or not refused.index:
                    raise
                del operations[refused.index]

    def _saved_before(self, after: Run) -> Stored:
        return self._own_or_changed(after, self.get(after.id))

    @staticmethod
    def _own_or_changed(after: Run, current: Stored | None) -> Stored:
        if current is not None and current.run == after:
            return current
        raise RunChangedError(current)

    def _tries(self) -> Iterator[int]:
        for number in range(_TRIES):
            if number:
                self._sleep(_PAUSE_SECONDS * 2**number)
            yield number


def session_shard(session_id: str) -> str:
    return f"{int(session_id[-2:], 16) % SHARDS:02x}"


def _taking_over(operation: Operation, key_hash: str, expired: StoredKey) -> Operation:
    if operation.row.key != key_key(key_hash):
        return operation
    return Operation(Verb.REPLACE, replace(operation.row, etag=expired.etag))


def _filled(rows: dict[str, Row], run: Run, inputs: bytes) -> dict[str, Row]:
    """The rows of a run with its inputs in them: what is derived from the run itself leaves those empty."""
    return rows | {row.key: row for row in inputs_rows(run.id, inputs) if row.key in rows}


def _changes(stored: Stored, after: Run, inputs: bytes) -> list[Operation]:
    before, now = rows_of(stored.run), _filled(rows_of(after), after, inputs)
    own = run_key(after.id)
    guarded = Operation(Verb.REPLACE, replace(now.pop(own), etag=stored.etag))
    del before[own]
    puts = [Operation(Verb.PUT, row) for key, row in now.items() if before.get(key) != row]
    deletes = [Operation(Verb.DELETE, row) for key, row in before.items() if key not in now]
    return [guarded, *puts, *deletes]
