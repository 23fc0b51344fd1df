"""The gate: what stops starts, and which connections have a queue. A few rows in one partition, read by every instance.

    pause|all    pause|flow|{flowId}    pause|connection|{hash}     by an operator, or by Dataverse's 429
    queue|{hash}                                                    runs wait for this connection's turn
    spent|{instance}                                                what it has asked of Dataverse today

An instance reads it at most every two seconds, beside other I/O, and only where starts are concerned.
"""

import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from copy import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random

import msgspec

from shared.clock import Clock
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import Record
from shared.storage.rows import AFTER, RowUnreadableError, hashed, read_record, record_row
from shared.storage.table import (
    Operation,
    Row,
    StorageUnavailableError,
    Table,
    TransactionRefusedError,
    Verb,
    WriteUnsureError,
)

log = logging.getLogger("deskhand.pace")

_PARTITION = "gate"
_PAUSE, _QUEUE, _SPENT = "pause|", "queue|", "spent|"
FRESH_SECONDS = 2.0
_JITTER_SECONDS = 3.0
_TRIES = 5


class Scope(StrEnum):
    """What a pause stops."""

    ALL = "all"
    FLOW = "flow"
    CONNECTION = "connection"


class PausedBy(StrEnum):
    OPERATOR = "operator"
    DATAVERSE = "dataverse"
    """It answered 429 and said for how long."""


class Pause(Record, frozen=True, kw_only=True):
    """Starts that wait until somebody resumes them, or until `until`."""

    scope: Scope
    target: str | None = None
    """The flow's id, or the connection's."""
    named: str | None = None
    """What the operator called the connection."""
    reason: str
    source: PausedBy
    by: str | None = None
    since: datetime
    until: datetime | None = None

    @property
    def id(self) -> str:
        return pause_id(self.scope, self.target or "")


class QueueMark(Record, frozen=True, kw_only=True):
    """Runs wait for this connection: a newcomer goes behind them. `length` as of the last count, and those marked since."""

    connection_id: str
    length: int
    etag: str = ""
    """Of its row; not in it."""


class Spent(Record, frozen=True, kw_only=True):
    """What an instance has asked of Dataverse on a UTC day."""

    instance: str
    day: date
    operations: int


def pause_id(scope: Scope, target: str = "") -> str:
    """Names a pause, also in a URL."""
    match scope:
        case Scope.ALL:
            return scope.value
        case Scope.FLOW:
            return f"{scope}-{target}"
        case Scope.CONNECTION:
            return f"{scope}-{hashed(target)}"


class View(msgspec.Struct, frozen=True):
    """The gate as it was read."""

    pauses: Mapping[str, Pause]
    """By id."""
    queues: Mapping[str, QueueMark]
    """By connection."""
    spendings: tuple[Spent, ...] = ()
    read_at: float = float("-inf")
    """Monotonic seconds when it was begun to be read."""

    def queue_length(self, connection_id: str) -> int:
        mark = self.queues.get(connection_id)
        return 0 if mark is None else mark.length

    def spent(self, day: date, *, besides: str) -> int:
        """Operations of that day, of all instances but one."""
        return sum(each.operations for each in self.spendings if each.day == day and each.instance != besides)


class Gate:
    def __init__(self, table: Table, clock: Clock, dice: Random) -> None:
        self._table = table
        self._clock = clock
        self._jitter = timedelta(seconds=dice.uniform(0, _JITTER_SECONDS))
        """Instances resume one after another, not all in the second that Dataverse named."""
        self._lock = threading.Lock()
        self.view = View({}, {})
        """As this instance last read it, or changed it."""

    @property
    def is_fresh(self) -> bool:
        return self._clock.monotonic() - self.view.read_at <= FRESH_SECONDS

    def read(self) -> View:
        """One request. Raises StorageUnavailableError."""
        begun = self._clock.monotonic()
        pauses, queues, spendings = list[Pause](), list[QueueMark](), list[Spent]()
        for row in self._table.range(_PARTITION, "", AFTER):
            try:
                if row.key.startswith(_PAUSE):
                    pauses.append(read_record(row, "pause", Pause))
                elif row.key.startswith(_QUEUE):
                    queues.append(replace(read_record(row, "queue", QueueMark), etag=row.etag))
                elif row.key.startswith(_SPENT):
                    spendings.append(read_record(row, "spent", Spent))
            except RowUnreadableError as problem:
                log.error(Line(Name.ROW_UNREADABLE, f"{problem} It is skipped."))
        view = View(
            {each.id: each for each in pauses},
            {each.connection_id: each for each in queues},
            tuple(spendings),
            begun,
        )
        with self._lock:
            if begun >= self.view.read_at:  # else it took long, and somebody has looked since
                self.view = view
            return self.view

    def pause_over(self, flow_id: str, connection_id: str) -> Pause | None:
        """What stops a start of this flow on this connection, as far as this instance knows. No I/O."""
        ids = (
            pause_id(Scope.ALL),
            pause_id(Scope.FLOW, flow_id),
            pause_id(Scope.CONNECTION, connection_id),
        )
        held = (self.view.pauses.get(each) for each in ids)
        return next((pause for pause in held if pause is not None and self._in_force(pause)), None)

    def pauses(self) -> list[Pause]:
        """Those in force, as this instance last read them."""
        return [each for each in self.view.pauses.values() if self._in_force(each)]

    def _in_force(self, pause: Pause) -> bool:
        jitter = self._jitter if pause.source is PausedBy.DATAVERSE else timedelta()
        return pause.until is None or self._clock.now() < pause.until + jitter

    def pause(self, pause: Pause) -> Pause:
        """The pause that is then in force. Raises StorageError.

        An operator's outranks Dataverse's, and stays until it is lifted or over; of Dataverse's the longer one stays.
        """
        for _ in range(_TRIES):
            row = self._table.get(_PARTITION, f"{_PAUSE}{pause.id}")
            held = None if row is None else read_record(row, "pause", Pause)
            if held is not None and self._in_force(held) and _outranks(held, pause):
                return self._known(held)
            try:
                self._table.commit(_PARTITION, [_writing(pause, row)])
            except (TransactionRefusedError, WriteUnsureError):
                continue  # somebody else was faster, or we were: the next look tells
            return self._known(pause)
        raise StorageUnavailableError("Table Storage did not confirm a pause.")

    def resume(self, pause_id: str) -> bool:
        """False if there was no such pause, or its time was over. Raises StorageError."""
        lifted = False
        for _ in range(_TRIES):
            row = self._table.get(_PARTITION, f"{_PAUSE}{pause_id}")
            try:
                if row is not None:
                    lifted = self._in_force(read_record(row, "pause", Pause))
                    self._table.commit(_PARTITION, [Operation(Verb.DELETE, row)])
            except (TransactionRefusedError, WriteUnsureError):
                continue  # it was changed, or the next look tells that it is gone
            self.read()
            return lifted
        raise StorageUnavailableError("Table Storage did not confirm that starts are resumed.")

    def mark_queue(self, connection_id: str, length: int | None = None) -> None:
        """Runs wait for this connection. Without a length: one more than was known. Raises StorageError."""
        if length is None:
            length = self.view.queue_length(connection_id) + 1
        mark = QueueMark(connection_id=connection_id, length=length)
        row = record_row(_queue_key(connection_id), "queue", mark)
        (etag,) = self._table.commit(_PARTITION, [Operation(Verb.PUT, row)])
        mark = replace(mark, etag=etag)
        with self._lock:
            self.view = replace(self.view, queues={**self.view.queues, connection_id: mark})

    def unmark_queue(self, mark: QueueMark) -> None:
        """No run waits any more, unless one has come since the mark was read. Raises StorageError."""
        row = Row(_queue_key(mark.connection_id), {}, mark.etag)
        with suppress(TransactionRefusedError):
            self._table.commit(_PARTITION, [Operation(Verb.DELETE, row)])
            self._view_without(mark)

    def report_spent(self, day: date, instance: str, operations: int) -> None:
        """The rows of days that are over go with it. Raises StorageError."""
        spent = Spent(instance=instance, day=day, operations=operations)
        over = [each for each in self.view.spendings if each.day < day and each.instance != instance]
        put = Operation(Verb.PUT, record_row(f"{_SPENT}{instance}", "spent", spent))
        deletes = [Operation(Verb.DELETE, Row(f"{_SPENT}{each.instance}", {})) for each in over[:50]]
        try:
            self._table.commit(_PARTITION, [put, *deletes])
        except TransactionRefusedError:  # somebody else has cleared up
            self._table.commit(_PARTITION, [put])

    def _view_without(self, mark: QueueMark) -> None:
        with self._lock:
            queues = {key: each for key, each in self.view.queues.items() if each != mark}
            self.view = replace(self.view, queues=queues)

    def _known(self, pause: Pause) -> Pause:
        with self._lock:
            self.view = replace(self.view, pauses={**self.view.pauses, pause.id: pause})
        return pause


def _queue_key(connection_id: str) -> str:
    return f"{_QUEUE}{hashed(connection_id)}"


def _outranks(held: Pause, new: Pause) -> bool:
    if held.source is not new.source:
        return held.source is PausedBy.OPERATOR
    longer = held.until is None or (new.until is not None and held.until >= new.until)
    return held.source is PausedBy.OPERATOR or longer


def _writing(pause: Pause, before: Row | None) -> Operation:
    row = record_row(f"{_PAUSE}{pause.id}", "pause", pause)
    if before is None:
        return Operation(Verb.INSERT, row)
    return Operation(Verb.REPLACE, replace(row, etag=before.etag))
