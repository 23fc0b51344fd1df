"""What an instance makes of the rows of permits, whatever they say."""

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.clock import Clock
from shared.pace import permits
from shared.pace.permits import Permits
from shared.storage.clock import StorageClock
from shared.storage.rows import hashed
from shared.storage.table import LARGEST_ANSWER, Operation, Row, Verb
from tests.support.table_twin import TableTwin

LINE = "the-line"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Desk:
    """Two permits a minute for each connection, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.table = TableTwin()
        clock = Clock(now=lambda: BEGIN, monotonic=lambda: self.seconds, sleep=lambda _: None)
        storage = StorageClock(clock)
        storage.told(BEGIN, 0.0)
        self.permits = Permits(self.table, storage, clock, random.Random(1), 2)

    def write(self, **properties: Any) -> None:
        row = Row("permit|01", properties)
        self.table.commit(f"pace-{hashed(LINE)}", [Operation(Verb.PUT, row)])


@pytest.mark.parametrize(
    "sent_by",
    [
        None,
        7,
        "soon",
        "2026-01-01T00:00:00",
        "9999-12-31T23:59:59+00:00",
        "2026-01-01T03:00:00+00:00",
    ],
)
def test_a_row_that_makes_no_sense_is_a_permit_taken_just_now(sent_by: Any) -> None:
    """It is missing, no time, without a zone, or later than it can have been written: free again after a minute, not before."""
    desk = Desk()
    desk.write(layout=1, **({} if sent_by is None else {"sendBy": sent_by}))

    assert 1 == desk.permits.free(LINE)
    assert desk.permits.take(LINE) is not None
    assert desk.permits.take(LINE) is None
    desk.seconds = 62
    assert desk.permits.take(LINE) is None
    desk.seconds = 66
    assert desk.permits.take(LINE) is not None
    assert desk.permits.take(LINE) is not None


def test_a_permit_taken_long_ago_is_free() -> None:
    """However long ago it was."""
    desk = Desk()
    desk.write(layout=1, sendBy="0001-01-01T00:00:00+00:00")

    assert 2 == desk.permits.free(LINE)


def test_connections_that_nobody_knows_take_no_room_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller may name a new one each time: the permits of the last ones are remembered, the others' read again."""
    monkeypatch.setattr(permits, "_MOST_BOOKS", 3)
    desk = Desk()
    assert desk.permits.take(LINE) is not None
    for number in range(10):
        assert desk.permits.take(f"invented-{number}") is not None

    assert 3 == len(desk.permits._books)
    assert 1 == desk.permits.free(LINE)


def test_many_that_find_their_permits_taken_look_once() -> None:
    """Two instances know the same free permits; the one that is slower reads them anew once, whatever number of threads met it."""
    table, threads = Slow(), 8
    clock = Clock(now=lambda: BEGIN, monotonic=lambda: 0.0, sleep=lambda _: None)
    storage = StorageClock(clock)
    storage.told(BEGIN, 0.0)
    first, second = (Permits(table, storage, clock, random.Random(1), threads) for _ in range(2))
    assert threads == first.free(LINE) == second.free(LINE)
    assert all(first.take(LINE) for _ in range(threads))
    table.reads, table.late = 0, threading.Barrier(threads, timeout=10)

    with ThreadPoolExecutor(threads) as pool:
        taken = list(pool.map(lambda _: second.take(LINE), range(threads)))

    assert [None] * threads == taken
    assert 1 == table.reads


class Slow(TableTwin):
    """A table whose writes, once `late` is there, are all under way before one is answered."""

    late: threading.Barrier | None = None
    reads = 0

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        if self.late is not None:
            self.late.wait()
        return super().commit(partition, operations)

    def range(self, partition: str, low: str, high: str, *, page_size: int = LARGEST_ANSWER) -> Iterator[Row]:
        self.reads += 1
        return super().range(partition, low, high, page_size=page_size)
