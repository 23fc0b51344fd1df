"""What is outstanding, as the timers read it: what is due, and then what is only open, in the order in which it was sent."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import datetime
from heapq import merge

import msgspec

from shared.log.line import Line
from shared.log.names import Name
from shared.run.events import Event
from shared.storage.outbox import Stored as Kept
from shared.storage.outbox import outstanding_range, read_event
from shared.storage.rows import (
    AFTER,
    DUE,
    OPEN,
    WAITING,
    WORK,
    RowUnreadableError,
    Turn,
    Work,
    open_key,
    read_turn,
    read_work,
)
from shared.storage.shards import shard_names
from shared.storage.table import Row, Table
from shared.storage.wakes import WAKE, StoredWake, read_wake

log = logging.getLogger("deskhand.storage")

_HEAD = 100
"""Rows of a request: what is due, and enough of what is only open to tell whether that is much."""
_STREAM = 600
_EVENTS = 100
"""Of a shard, in one pass."""


class Heads(msgspec.Struct, frozen=True):
    """What a pass begins with."""

    due: Sequence[Work]
    """All of it."""
    quiet: Sequence[Work]
    """The first of each shard."""
    more: bool
    """Whether there are more quiet ones than these."""


class ToDo(msgspec.Struct, frozen=True):
    """What the queue's timer begins with."""

    turns: Sequence[Turn]
    """Every run that waits, in the order in which they are to be started."""
    wakes: Sequence[StoredWake]
    events: Sequence[Kept[Event]]
    """The first of each shard."""


class Outstanding:
    def __init__(self, table: Table, readers: Executor) -> None:
        """`readers` ask the shards at the same time."""
        self._table = table
        self._readers = readers

    def heads(self) -> Heads:
        """One request a shard, a further one for each hundred that is due. Unreadable rows are reported and skipped."""
        heads = list(self._readers.map(self._head, shard_names()))
        return Heads(
            due=[work for head in heads for work in head.due],
            quiet=[work for head in heads for work in head.quiet],
            more=any(head.more for head in heads),
        )

    def quiet(self, since: datetime | None, before: datetime) -> Iterator[Work]:
        """Quiet runs whose start was sent in [since, before), in that order. Read as they are consumed."""
        low, high = OPEN if since is None else open_key(since), open_key(before)
        streams = [self._table.range(shard, low, high, page_size=_STREAM) for shard in shard_names()]
        for row in merge(*streams, key=lambda row: row.key):
            yield from _readable(row, read_work)

    def waiting(self) -> list[Turn]:
        """Every run that waits for its turn, in the order in which they are to be started. One request a shard, a further
        one for each 1,000.
        """
        shards = self._readers.map(self._waiting, shard_names())
        turns = (turn for rows in shards for row in rows for turn in _readable(row, read_turn))
        return sorted(turns, key=lambda turn: turn.order)

    def to_do(self) -> ToDo:
        """Runs that wait, destinations to be woken, and events: one request a shard, a further one for each 1,000."""
        shards = list(self._readers.map(self._to_do, shard_names()))
        return ToDo(
            turns=sorted((turn for shard in shards for turn in shard.turns), key=lambda turn: turn.order),
            wakes=[wake for shard in shards for wake in shard.wakes],
            events=[event for shard in shards for event in shard.events],
        )

    def _to_do(self, shard: str) -> ToDo:
        """However many events there are, some of them: they are the last of the range."""
        turns, wakes, events = list[Turn](), list[StoredWake](), list[Kept[Event]]()
        for row in self._table.range(shard, *outstanding_range()):
            if row.key.startswith(WAITING):
                turns += _readable(row, read_turn)
            elif row.key.startswith(WAKE):
                wakes += _readable(row, read_wake)
            else:
                events += _readable(row, read_event)
            if len(events) == _EVENTS:
                break
        return ToDo(turns, wakes, events)

    def _head(self, shard: str) -> Heads:
        due, quiet = list[Work](), list[Work]()
        for number, row in enumerate(self._table.range(shard, WORK, WAITING, page_size=_HEAD), start=1):
            (due if row.key.startswith(DUE) else quiet).extend(_readable(row, read_work))
            if number % _HEAD == 0 and not row.key.startswith(DUE):
                return Heads(due, quiet, more=True)
        return Heads(due, quiet, more=False)

    def _waiting(self, shard: str) -> Sequence[Row]:
        return list(self._table.range(shard, WAITING, WAITING + AFTER))


def _readable[T](row: Row, read: Callable[[Row], T]) -> Iterator[T]:
    try:
        yield read(row)
    except RowUnreadableError as problem:
        log.error(Line(Name.ROW_UNREADABLE, f"{problem} It is skipped."))
