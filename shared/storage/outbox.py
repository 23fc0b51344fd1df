"""What is to be told, and to whom it was told.

    in a run's shard    work|went|{runId}|{0|1}        an event, written with the transition that it tells of
    to-{destination}    sent|{newest run first}|{0|1}  a delivery, as it stands: kept, and shown
                        due|{when, in ms}|{the same}   the same while it is to be tried

An event becomes one delivery for each destination that wants it, inserted once whatever crashes in between: its key follows from its
run. Which destinations have deliveries tell the wakes (shared.storage.wakes).
"""

import logging
from collections.abc import Iterator, Sequence
from copy import replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import batched, islice

import msgspec

from shared.log.line import Line
from shared.log.names import Name
from shared.run.events import Event
from shared.run.ids import newest_first, newest_first_bound, shard_of, unix_milliseconds
from shared.run.model import Record
from shared.storage.rows import AFTER, WAITING, RowUnreadableError, read_record, record_row
from shared.storage.table import (
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

WENT = "work|went|"
_SENT, _DUE = "sent|", "due|"
_TRIES = 3
_RACES = 8
_LOOKED_AT = 20_000
"""Deliveries of old runs, for those that are kept no longer."""
_IN_ONE = 45
"""Deliveries of one transaction: two rows each."""


class State(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up. It can be sent again by hand."""
    SUPERSEDED = "superseded"
    """The start of a run that had not got through when the end was to be told."""


class Delivery(Record, frozen=True, kw_only=True):
    """One event on its way to one destination."""

    event: Event
    state: State = State.PENDING
    attempts: int = 0
    next_at: datetime | None = None
    last_at: datetime | None = None
    last_status: int | None = None
    last_told: str | None = None

    @property
    def news_at(self) -> datetime:
        """The event, or the last try to tell it."""
        return self.last_at or self.event.at

    @property
    def key(self) -> str:
        return f"{newest_first(self.event.run_id)}|{int(self.event.type.ends)}"


class Standing(msgspec.Struct, frozen=True):
    """What there is at a destination."""

    kept: bool
    """Whether there is anything."""
    next_due: datetime | None = None


class Stored[R: Record](msgspec.Struct, frozen=True):
    """A record as it was read, with its row's key and ETag."""

    record: R
    key: str
    etag: str


def event_row(event: Event) -> Row:
    return record_row(f"{WENT}{event.run_id}|{int(event.type.ends)}", "event", event)


def read_event(row: Row) -> Stored[Event]:
    return Stored(read_record(row, "event", Event), row.key, row.etag)


def start_key(run_id: str) -> str:
    """Of the delivery that tells of a run's start."""
    return f"{newest_first(run_id)}|0"


class Outbox:
    def __init__(self, table: Table) -> None:
        self._table = table

    def place(self, destination: str, deliveries: Sequence[Delivery]) -> None:
        """Each once: one that is there already stays as it is. Raises StorageError."""
        for part in batched(deliveries, _IN_ONE, strict=False):
            self._place(_partition(destination), list(part))

    def _place(self, partition: str, deliveries: list[Delivery]) -> None:
        while deliveries:
            operations = [
                Operation(Verb.INSERT, row)
                for each in deliveries
                for row in (_sent_row(each), _due_row(each))
            ]
            try:
                self._table.commit(partition, operations)
            except TransactionRefusedError as refused:
                if refused.index is None:
                    raise
                del deliveries[refused.index // 2]
            else:
                return

    def remove_events(self, events: Sequence[Stored[Event]]) -> None:
        """What was placed everywhere. Raises StorageError; what is left is placed again, which changes nothing."""
        shards: dict[str, list[Operation]] = {}
        for each in events:
            row = Row(each.key, {}, each.etag)
            shards.setdefault(shard_of(each.record.run_id), []).append(Operation(Verb.DELETE, row))
        for shard, operations in shards.items():
            for part in batched(operations, 100, strict=False):
                self._delete(shard, list(part))

    def due(self, destination: str, now: datetime, most: int) -> list[Stored[Delivery]]:
        """The oldest first. Rows that cannot be read are reported and passed over. Raises StorageError."""
        rows = self._table.range(
            _partition(destination), _DUE, f"{_DUE}{unix_milliseconds(now):013d}|{AFTER}", page_size=most
        )
        found: list[Stored[Delivery]] = []
        for row in rows:
            found += _readable(row)
            if len(found) == most:
                break
        return found

    def standing(self, destination: str) -> Standing:
        """Raises StorageError."""
        for row in self._table.range(_partition(destination), "", AFTER, page_size=1):
            return Standing(kept=True, next_due=_due_at(row.key) if row.key.startswith(_DUE) else None)
        return Standing(kept=False)

    def pending(self, destination: str, key: str) -> Stored[Delivery] | None:
        """A delivery that is still to be tried. Raises RowUnreadableError, StorageError."""
        delivery = self.get(destination, key)
        if delivery is None or delivery.state is not State.PENDING:
            return None
        row = self._table.get(_partition(destination), _due_row(delivery).key)
        return None if row is None else _read(row)

    def record(self, destination: str, stored: Stored[Delivery], after: Delivery) -> bool:
        """What became of a try. False if somebody else has recorded one meanwhile. Raises StorageError."""
        operations = [
            Operation(Verb.DELETE, Row(stored.key, {}, stored.etag)),
            Operation(Verb.PUT, _sent_row(after)),
            *([Operation(Verb.PUT, _due_row(after))] if after.state is State.PENDING else ()),
        ]
        if operations[-1].row.key == stored.key:  # within the same millisecond
            operations[0] = Operation(Verb.REPLACE, replace(operations.pop().row, etag=stored.etag))
        for number in range(_TRIES):
            try:
                self._table.commit(_partition(destination), operations)
            except TransactionRefusedError:
                return number > 0 and self.get(destination, after.key) == after
            except WriteUnsureError:
                continue
            else:
                return True
        return False

    def get(self, destination: str, key: str) -> Delivery | None:
        row = self._table.get(_partition(destination), f"{_SENT}{key}")
        return None if row is None else read_record(row, "delivery", Delivery)

    def page(self, destination: str, after: str | None, size: int) -> Iterator[Delivery]:
        """From the newest run on, behind the key `after`. Read as it is consumed."""
        low = _SENT if after is None else f"{_SENT}{after}"
        for row in self._table.range(_partition(destination), low, _SENT + AFTER, page_size=size):
            for stored in _readable(row):
                yield stored.record

    def of_run(self, destination: str, run_id: str) -> list[Delivery]:
        """That of its start before that of its end. Raises StorageError."""
        low = f"{_SENT}{newest_first(run_id)}|"
        rows = self._table.range(_partition(destination), low, low + AFTER)
        return [stored.record for row in rows for stored in _readable(row)]

    def again(self, destination: str, key: str, now: datetime) -> Delivery | None:
        """Whatever became of it, it is to be tried anew; None if it is not there. To be called for afterwards.
        Raises RowUnreadableError, StorageError.
        """
        for _ in range(_RACES):
            delivery = self.get(destination, key)
            if delivery is None:
                return None
            anew = replace(delivery, state=State.PENDING, attempts=0, next_at=now)
            if delivery.state is not State.PENDING:
                self._put(destination, anew)
                return anew
            waiting = self.pending(destination, key)
            if waiting is not None and self.record(destination, waiting, anew):
                return anew
        raise StorageUnavailableError("Others change a delivery all the time.")

    def _put(self, destination: str, delivery: Delivery) -> None:
        rows = (_sent_row(delivery), _due_row(delivery))
        self._table.commit(_partition(destination), [Operation(Verb.PUT, row) for row in rows])

    def drop(self, destination: str, unwanted: Sequence[Stored[Delivery]]) -> None:
        """Deliveries that are still to be tried, as if they had never been placed. Raises StorageError."""
        for part in batched(unwanted, _IN_ONE, strict=False):
            rows = [
                row
                for each in part
                for row in (Row(each.key, {}, each.etag), Row(f"{_SENT}{each.record.key}", {}))
            ]
            self._delete(_partition(destination), [Operation(Verb.DELETE, row) for row in rows])

    def clear(self, destination: str, most: int) -> bool:
        """Remove so many rows of a destination that is gone. Whether that was all. Raises StorageError."""
        partition = _partition(destination)
        rows = self._table.range(partition, "", AFTER, page_size=most)
        operations = [Operation(Verb.DELETE, Row(row.key, {})) for row in islice(rows, most)]
        for part in batched(operations, 100, strict=False):
            self._delete(partition, list(part))
        return len(operations) < most

    def forget(self, destination: str, before: datetime, most: int, *, pending: bool) -> bool:
        """Deliveries of which nothing is new since then; those that are to be tried only if they are told never (`pending`).

        Only runs that are as old are looked at. Whether there may be others behind the so many that went. Raises StorageError.
        """
        partition, low = _partition(destination), f"{_SENT}{newest_first_bound(before)}"
        rows = islice(self._table.range(partition, low, _SENT + AFTER, page_size=most), _LOOKED_AT)
        old = (
            each
            for row in rows
            for each in _readable(row)
            if each.record.news_at <= before and (pending or each.record.state is not State.PENDING)
        )
        going = list(islice(old, most))
        for part in batched(going, _IN_ONE, strict=False):
            self._delete(partition, [operation for each in part for operation in _removing(each)])
        return len(going) == most

    def _delete(self, partition: str, operations: list[Operation]) -> None:
        """What is gone, or changed, stays as it is."""
        while operations:
            try:
                self._table.commit(partition, operations)
            except TransactionRefusedError as refused:
                if refused.index is None or refused.refusal is Refusal.EXISTS:
                    raise
                del operations[refused.index]
            else:
                return


def _partition(destination: str) -> str:
    return f"to-{destination}"


def _sent_row(delivery: Delivery) -> Row:
    return record_row(f"{_SENT}{delivery.key}", "delivery", delivery)


def _due_row(delivery: Delivery) -> Row:
    assert delivery.next_at is not None
    return record_row(
        f"{_DUE}{unix_milliseconds(delivery.next_at):013d}|{delivery.key}", "delivery", delivery
    )


def _due_at(key: str) -> datetime:
    return datetime.fromtimestamp(int(key.split("|")[1]) / 1000, UTC)


def _removing(stored: Stored[Delivery]) -> Iterator[Operation]:
    yield Operation(Verb.DELETE, Row(stored.key, {}, stored.etag))
    if stored.record.state is State.PENDING:
        yield Operation(Verb.DELETE, Row(_due_row(stored.record).key, {}))


def _read(row: Row) -> Stored[Delivery]:
    return Stored(read_record(row, "delivery", Delivery), row.key, row.etag)


def _readable(row: Row) -> Iterator[Stored[Delivery]]:
    try:
        yield _read(row)
    except RowUnreadableError as problem:
        log.error(Line(Name.ROW_UNREADABLE, f"{problem} It is skipped."))


def outstanding_range() -> tuple[str, str]:
    """The rows that the queue's timer looks for, in one range: runs that wait, destinations to be woken, events."""
    return WAITING, WENT + AFTER
