"""Permits: as many rows a connection as it may have starts a minute, each good for one start in that time.

A permit is taken by writing its row under its ETag, so two instances never have the same one, and no row is hotter than any
other. The row says until when its start may begin, in Table Storage's time, which all instances share. It may be taken again a
minute after that: starts of one permit are a minute apart, so no sixty seconds see more starts than there are permits.
"""

import logging
import threading
from datetime import datetime, timedelta
from random import Random

import msgspec

from shared.clock import Clock, Deadline
from shared.log.line import Line
from shared.log.names import Name
from shared.storage.clock import StorageClock
from shared.storage.rows import AFTER, LAYOUT, hashed
from shared.storage.table import Operation, Row, Table, TransactionRefusedError, Verb, WriteUnsureError

log = logging.getLogger("deskhand.pace")

PERIOD = timedelta(seconds=60)
SEND_WITHIN = timedelta(seconds=2)
"""How long after it was taken a permit is good."""
_SLACK = timedelta(seconds=1.5)
"""For messages that are not equally long under way, and for storage servers whose clocks differ."""
_TRIES = 3
_MOST_BOOKS = 1000
"""Each is some 8 KB."""
_PREFIX = "permit|"


class Permit(msgspec.Struct, frozen=True):
    """The right to begin one start on a connection before `expires`."""

    expires: Deadline


class _Slot(msgspec.Struct, frozen=True):
    """A permit's row as this instance last saw it; no ETag: there was none."""

    key: str
    etag: str = ""
    free_at: datetime | None = None

    def seconds_until_free(self, now: datetime) -> float:
        return 0.0 if self.free_at is None else (self.free_at - now).total_seconds()


class _Book(msgspec.Struct):
    """What this instance knows of a connection's permits."""

    slots: dict[str, _Slot]
    taking: set[str] = msgspec.field(default_factory=set)
    """Those that threads of this instance are writing."""
    edition: int = 0
    """How often it was read anew."""


class Permits:
    def __init__(
        self, table: Table, storage: StorageClock, clock: Clock, dice: Random, a_minute: int
    ) -> None:
        self._table = table
        self._storage = storage
        self._clock = clock
        self._dice = dice
        self._keys = [f"{_PREFIX}{number:02d}" for number in range(a_minute)]
        self._lock = threading.Lock()
        self._renewing = threading.Lock()
        self._books: dict[str, _Book] = {}

    def take(self, connection_id: str) -> Permit | None:
        """None if none is free. One request, where this instance knows which are and nobody is faster. Raises StorageError."""
        book = self._book(connection_id)
        for _ in range(_TRIES):
            edition, slot = book.edition, self._chosen(book)
            if slot is None:
                return None
            try:
                return self._written(connection_id, book, slot)
            except (TransactionRefusedError, WriteUnsureError):
                # Somebody else has it, or nobody knows: a permit that is lost costs a start of this minute, no more.
                self._renew(connection_id, book, edition)
            finally:
                self._let_go(book, slot)
        return None

    def free(self, connection_id: str) -> int:
        """How many are free, as far as this instance knows. Raises StorageUnavailableError."""
        book = self._book(connection_id)
        with self._lock:
            return len(self._free(book))

    def seconds_until_next(self, connection_id: str) -> float:
        """When the next one will be free, as far as this instance knows; 0 if one is."""
        book, now = self._books.get(connection_id), self._storage.at_least()
        if book is None or now is None:
            return 0.0
        return max(0.0, min(slot.seconds_until_free(now) for slot in book.slots.values()))

    def _book(self, connection_id: str) -> _Book:
        """Those kept are the last of so many: callers may name connections that nobody has ever heard of."""
        if (held := self._books.get(connection_id)) is not None:
            return held
        read = _Book(self._read(connection_id))
        with self._lock:
            book = self._books.setdefault(connection_id, read)
            if len(self._books) > _MOST_BOOKS:
                del self._books[next(iter(self._books))]
        return book

    def _renew(self, connection_id: str, book: _Book, edition: int) -> None:
        """Many threads may find out at once that this edition is old: one of them reads, for all."""
        with self._renewing:
            if book.edition == edition:
                book.slots = self._read(connection_id)
                book.edition += 1

    def _chosen(self, book: _Book) -> _Slot | None:
        """By lot, so that instances seldom want the same one. It is ours to try until it is let go."""
        with self._lock:
            free = self._free(book)
            if not free:
                return None
            slot = self._dice.choice(free)
            book.taking.add(slot.key)
            return slot

    def _free(self, book: _Book) -> list[_Slot]:
        """What we have seen taken is taken for as long as we think, or longer: no need to look again before."""
        now = self._storage.at_least()
        if now is None:
            return []
        return [
            slot
            for slot in book.slots.values()
            if slot.seconds_until_free(now) <= 0 and slot.key not in book.taking
        ]

    def _let_go(self, book: _Book, slot: _Slot) -> None:
        with self._lock:
            book.taking.discard(slot.key)

    def _written(self, connection_id: str, book: _Book, slot: _Slot) -> Permit:
        send_by = self._latest()
        permit = Permit(self._clock.deadline(SEND_WITHIN.total_seconds()))
        (etag,) = self._table.commit(_partition(connection_id), [_taking(slot, send_by)])
        with self._lock:
            book.slots[slot.key] = _Slot(slot.key, etag, _free_at(send_by))
        return permit

    def _latest(self) -> datetime:
        """Until when the start of a permit that is taken now may begin."""
        now = self._storage.at_most()
        assert now is not None  # it has answered
        return now + SEND_WITHIN

    def _read(self, connection_id: str) -> dict[str, _Slot]:
        rows = list(self._table.range(_partition(connection_id), _PREFIX, _PREFIX + AFTER))
        latest = self._latest()
        found = {row.key: _Slot(row.key, row.etag, _free_at(_send_by(row, latest))) for row in rows}
        return {key: found.get(key) or _Slot(key) for key in self._keys}


def _partition(connection_id: str) -> str:
    return f"pace-{hashed(connection_id)}"


def _send_by(row: Row, latest: datetime) -> datetime:
    """Until when its start may begin. `latest`: were it taken now. It was not later, so nothing else is believed of a row."""
    try:
        return min(datetime.fromisoformat(row.properties["sendBy"]), latest)
    except (KeyError, TypeError, ValueError):
        log.error(
            Line(
                Name.PERMIT_UNREADABLE,
                f"The row {row.key} cannot be read: it counts as a permit taken just now.",
            )
        )
        return latest


def _free_at(send_by: datetime) -> datetime:
    return send_by + PERIOD + _SLACK


def _taking(slot: _Slot, send_by: datetime) -> Operation:
    row = Row(slot.key, {"layout": LAYOUT, "sendBy": send_by.isoformat()}, slot.etag)
    return Operation(Verb.REPLACE if slot.etag else Verb.INSERT, row)
