"""Table Storage as an instance of the simulation meets it: the one twin, behind a wire that loses things."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.storage.clock import StorageClock
from shared.storage.table import (
    Operation,
    Row,
    StorageUnavailableError,
    TransactionRefusedError,
    WriteUnsureError,
)
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.weather import TABLE_READ, TABLE_WRITE, Fault, Weather
from tests.simulation.wire import Fate, LostError, TimedOutError, Wire
from tests.support.table_twin import Commit, TableTwin, ranged

_PATIENCE_SECONDS = 10.0
"""The client's time-out."""
LATEST_COMMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """A transaction that was done: when, and in which task it had been asked for."""

    at: float
    by: str
    commit: Commit


class TableStorage:
    """The service: its rows, its clock, and the log of what was committed."""

    def __init__(self, scheduler: Scheduler, wire: Wire, weather: Weather, page_size: int) -> None:
        self.log: list[LoggedCommit] = []
        self.twin = TableTwin(lambda commit: self.log.append(LoggedCommit(scheduler.now, self._by, commit)))
        self.scheduler, self.wire, self.weather = scheduler, wire, weather
        self.page_size = page_size
        self._by = ""

    def commit(self, by: str, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        self._by = by
        return self.twin.commit(partition, operations)


@dataclass(frozen=True, slots=True)
class TableClient:
    """One instance's way to it. A `Table`."""

    storage: TableStorage
    process: Process
    clock: StorageClock
    now: Callable[[], datetime]
    """Table Storage's own time."""

    def get(self, partition: str, key: str) -> Row | None:
        return self._read(f"get {partition} {key}", lambda: self.storage.twin.get(partition, key))

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
        size = min(page_size, self.storage.page_size)
        return ranged(self._page, partition, low, high, size)

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        storage = self.storage
        what = f"commit {partition} {' '.join(f'{each.verb}:{each.row.key}' for each in operations)}"
        fault = storage.weather.strike(TABLE_WRITE, what, operations)
        by, fate = storage.scheduler.running, storage.wire.fate(fault)
        self._note(what, fault)
        try:
            return self._asked(fate, lambda: storage.commit(by, partition, operations))
        except (LostError, TimedOutError) as lost:
            raise WriteUnsureError("The answer was lost.") from lost
        except TransactionRefusedError as refused:
            storage.scheduler.note(f"table refuses: {refused.refusal}")
            raise

    def _page(self, partition: str, low: str, high: str, size: int) -> list[Row]:
        return self._read(
            f"range {partition} {low}", lambda: self.storage.twin.page(partition, low, high, size)
        )

    def _read[A](self, what: str, work: Callable[[], A]) -> A:
        fault = self.storage.weather.strike(TABLE_READ, what)
        self._note(what, fault)
        try:
            return self._asked(self.storage.wire.fate(fault), work)
        except (LostError, TimedOutError) as lost:
            raise StorageUnavailableError("The answer was lost.") from lost

    def _asked[A](self, fate: Fate, work: Callable[[], A]) -> A:
        """Refusals bear a Date as well; what is lost bears none."""
        begun, dates = self.clock.monotonic(), list[datetime]()

        def dated() -> A:
            dates.append(self.now().replace(microsecond=0))
            if fate.fault is Fault.UNAVAILABLE:
                raise StorageUnavailableError("Table Storage is not to be had.")
            return work()

        try:
            return self.storage.wire.ask(self.process, fate, dated, _PATIENCE_SECONDS)
        finally:
            if dates and fate.back is not None and not self.process.dead:
                self.clock.told(dates[0], begun)

    def _note(self, what: str, fault: Fault | None) -> None:
        self.storage.scheduler.note(f"table {what}{f' [{fault}]' if fault else ''}")
