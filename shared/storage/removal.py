"""Runs that are kept no longer: all rows of a run go in one transaction, those of several runs of a partition together.

A run's idempotency key is not among them: once it has expired another run may have it. Keys go by themselves, by their own time.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched

import msgspec

from shared.log.line import Line
from shared.log.names import Name
from shared.run.ids import newest_first_bound
from shared.storage.rows import (
    AFTER,
    KEY,
    RUN,
    WORK,
    RowUnreadableError,
    read_key,
    read_run,
    rows_of,
    session_key,
)
from shared.storage.runs import session_shard
from shared.storage.table import (
    MOST_OPERATIONS,
    Operation,
    Refusal,
    Row,
    Table,
    TransactionRefusedError,
    Verb,
)

log = logging.getLogger("deskhand.storage")

_PAGE = 250
_AT_ONCE = 500
"""Runs, whose claims are released with few requests."""


class _Going(msgspec.Struct, frozen=True):
    """A run that goes."""

    operations: Sequence[Operation]
    claimed: str | None
    """The session that it may have claimed."""


class Removal:
    def __init__(self, table: Table) -> None:
        self._table = table

    def old_runs(self, shard: str, before: datetime) -> Iterator[int]:
        """Ends with the last run created before then that has nothing outstanding. After each transaction, how many went.

        Raises StorageError.
        """
        low = f"{RUN}{newest_first_bound(before)}|{AFTER}"
        rows = self._table.range(shard, low, RUN + AFTER, page_size=_PAGE)
        going = (each for row in rows if (each := _going(row)) is not None)
        for held in batched(going, _AT_ONCE, strict=False):
            self._release(held)
            for pack in _packed(held):
                yield self._commit_all(shard, [each.operations for each in pack])

    def expired_keys(self, shard: str, now: datetime) -> Iterator[int]:
        """After each transaction, how many went. Raises StorageError."""
        rows = self._table.range(shard, KEY, KEY + AFTER)
        expired = (Operation(Verb.DELETE, row) for row in rows if _has_expired(row, now))
        for operations in batched(expired, MOST_OPERATIONS, strict=False):
            yield self._commit_all(shard, [[each] for each in operations])

    def _release(self, runs: Sequence[_Going]) -> None:
        """The claims first: a run whose claim is gone is found again, a claim whose run is gone never would be."""
        claims = defaultdict[str, set[str]](set)
        for each in runs:
            if each.claimed is not None:
                claims[session_shard(each.claimed)].add(session_key(each.claimed))
        for shard, keys in claims.items():
            for part in batched(sorted(keys), MOST_OPERATIONS, strict=False):
                self._commit_all(shard, [[Operation(Verb.DELETE, Row(key, {}))] for key in part])

    def _commit_all(self, shard: str, parts: Sequence[Sequence[Operation]]) -> int:
        """Together, or each part by itself where one of them is not as it was read. How many parts are done."""
        try:
            self._table.commit(shard, [each for part in parts for each in part])
        except TransactionRefusedError:
            if len(parts) > 1:
                return sum(self._commit_all(shard, [part]) for part in parts)
            return self._commit_alone(shard, list(parts[0]))
        return len(parts)

    def _commit_alone(self, shard: str, operations: list[Operation]) -> int:
        """What is gone already does not count, but for the row that guards the others."""
        while len(operations) > 1:
            try:
                self._table.commit(shard, operations)
            except TransactionRefusedError as refused:
                if refused.refusal is not Refusal.MISSING or not refused.index:
                    return 0
                del operations[refused.index]
            else:
                return 1
        return 0


def _going(row: Row) -> _Going | None:
    """What removes the run: its own row, as it was read, guards the others. None if it stays."""
    try:
        run = read_run(row)
    except RowUnreadableError as problem:
        log.error(Line(Name.ROW_UNREADABLE, f"{problem} It is kept."))
        return None
    keys = [key for key in rows_of(run) if not key.startswith(KEY)]
    if not run.ended or any(key.startswith(WORK) for key in keys):
        return None
    others = [Operation(Verb.DELETE, Row(key, {})) for key in keys if key != row.key]
    return _Going([Operation(Verb.DELETE, row), *others], run.session_id if run.callback is None else None)


def _packed(runs: Sequence[_Going]) -> Iterator[Sequence[_Going]]:
    pack, operations = list[_Going](), 0
    for each in runs:
        if pack and operations + len(each.operations) > MOST_OPERATIONS:
            yield pack
            pack, operations = [], 0
        pack.append(each)
        operations += len(each.operations)
    yield pack


def _has_expired(row: Row, now: datetime) -> bool:
    try:
        return read_key(row).expires_at <= now
    except RowUnreadableError as problem:
        log.error(Line(Name.ROW_UNREADABLE, f"{problem} It is kept."))
        return False
