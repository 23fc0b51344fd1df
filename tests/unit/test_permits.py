"""What an instance makes of the rows of permits, whatever they say."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.clock import Clock
from shared.pace import permits
from shared.pace.permits import Permits
from shared.storage.clock import StorageClock
from shared.storage.rows import hashed
from shared.storage.table import Operation, Row, Verb
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
