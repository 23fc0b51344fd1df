"""Where something is to be told: a row in a shard for each destination that keeps deliveries, so that nobody looks for them.

    work|wake|{destination}    from when on it is to be looked at, and until when somebody does

It is written after deliveries are placed and before their events go, and it changes with each write: whoever has looked before that
meets another ETag, and looks again. So no delivery is without one, and it goes when nothing is kept there any more.
"""

import hashlib
from copy import replace
from datetime import datetime, timedelta

import msgspec

from shared.run.model import Record
from shared.storage.rows import read_record, record_row
from shared.storage.shards import SHARDS
from shared.storage.table import (
    Operation,
    Row,
    StorageUnavailableError,
    Table,
    TransactionRefusedError,
    Verb,
)

WAKE = "work|wake|"
_TIDIED_EVERY = timedelta(days=1)
_RACES = 8


class Wake(Record, frozen=True, kw_only=True):
    """That a destination has deliveries."""

    destination: str
    not_before: datetime
    """When something is due there next."""
    tidy_at: datetime
    """When deliveries that are kept no longer are to be removed."""
    quiet_until: datetime | None = None
    """Nobody answered there: it is left alone, whatever comes for it."""
    failures: int = 0
    """How often in a row nobody answered."""
    held_until: datetime | None = None
    """Somebody looks at it, and nobody else may tell it anything: else an end might overtake its run's start."""

    def is_due(self, now: datetime) -> bool:
        return all(at is None or at <= now for at in (self.not_before, self.quiet_until, self.held_until))

    def tidied(self, now: datetime) -> "Wake":
        return replace(self, tidy_at=now + _TIDIED_EVERY)


class StoredWake(msgspec.Struct, frozen=True):
    wake: Wake
    etag: str


def read_wake(row: Row) -> StoredWake:
    return StoredWake(read_record(row, "wake", Wake), row.etag)


class Wakes:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, destination: str) -> StoredWake | None:
        """Raises RowUnreadableError, StorageError."""
        row = self._table.get(_shard(destination), f"{WAKE}{destination}")
        return None if row is None else read_wake(row)

    def call(
        self, destination: str, now: datetime, known: StoredWake | None = None, *, at_once: bool = False
    ) -> StoredWake:
        """Something is due there. `at_once`: also where nobody answered lately.

        `known`: as it was read before. Raises RowUnreadableError, StorageError.
        """
        for _ in range(_RACES):
            try:
                return self._written(known, _called(known, destination, now, at_once=at_once))
            except TransactionRefusedError:
                known = self.get(destination)
        raise StorageUnavailableError("Others change a wake all the time.")

    def touch(self, destination: str) -> None:
        """One that cannot be read is as it was, but whoever has looked before meets another ETag. Raises StorageError."""
        row = self._table.get(_shard(destination), f"{WAKE}{destination}")
        if row is None:
            raise StorageUnavailableError("A wake has gone meanwhile.")
        self._table.commit(_shard(destination), [Operation(Verb.REPLACE, row)])

    def hold(self, stored: StoredWake, until: datetime) -> StoredWake | None:
        """Look at it alone, for so long. None if somebody else was faster. Raises StorageError."""
        return self.put(stored, replace(stored.wake, held_until=until))

    def put(self, stored: StoredWake, after: Wake) -> StoredWake | None:
        """None if it is not as it was read. Raises StorageError."""
        try:
            return self._written(stored, after)
        except TransactionRefusedError:
            return None

    def remove(self, stored: StoredWake) -> bool:
        """False if it is not as it was read. Raises StorageError."""
        row = replace(_row(stored.wake), etag=stored.etag)
        try:
            self._table.commit(_shard(stored.wake.destination), [Operation(Verb.DELETE, row)])
        except TransactionRefusedError:
            return False
        return True

    def _written(self, known: StoredWake | None, after: Wake) -> StoredWake:
        row = _row(after)
        operation = (
            Operation(Verb.INSERT, row)
            if known is None
            else Operation(Verb.REPLACE, replace(row, etag=known.etag))
        )
        (etag,) = self._table.commit(_shard(after.destination), [operation])
        return StoredWake(after, etag)


def _called(known: StoredWake | None, destination: str, now: datetime, *, at_once: bool) -> Wake:
    if known is None:
        return Wake(destination=destination, not_before=now, tidy_at=now + _TIDIED_EVERY)
    called = replace(known.wake, not_before=min(known.wake.not_before, now))
    return replace(called, quiet_until=None, failures=0) if at_once else called


def _shard(destination: str) -> str:
    return f"{hashlib.sha256(destination.encode()).digest()[0] % SHARDS:02x}"


def _row(wake: Wake) -> Row:
    return record_row(f"{WAKE}{wake.destination}", "wake", wake)
