"""The script that a history follows in the place of the weather: no fault but one, at one request of one task."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import override

from shared.run.model import Run
from shared.storage.table import Operation
from tests.simulation.matrix.points import (
    ANOTHER_SHARD,
    ITS_SHARD,
    OF_ALL_SHARDS,
    is_next_page,
    name_of,
    name_of_write,
    written_run,
)
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import CALLBACK, TABLE_READ, TABLE_WRITE, Fault, Weather
from tests.simulation.wire import Fate, Wire

_THERE_SECONDS = _BACK_SECONDS = 0.01
_BROKEN_SECONDS = 0.5


class Disturbance(StrEnum):
    """What may befall one request."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    ERROR = "error"
    TIME_OUT = "time-out"
    LOST_ANSWER = "lost answer"

    def fault(self, candidates: Sequence[Fault]) -> Fault:
        refused = Fault.UNAVAILABLE if candidates in {TABLE_READ, TABLE_WRITE} else Fault.SERVER_ERROR
        return {
            Disturbance.CRASH_BEFORE: Fault.DIES_BEFORE,
            Disturbance.CRASH_AFTER: Fault.DIES_AFTER,
            Disturbance.ERROR: refused,
            Disturbance.TIME_OUT: Fault.LOST,
            Disturbance.LOST_ANSWER: Fault.ANSWER_LOST,
        }[self]


@dataclass(frozen=True, slots=True)
class Point:
    """A request of the use case. `turn`: the how manieth of its name."""

    name: str
    turn: int = 1

    def __str__(self) -> str:
        return self.name if self.turn == 1 else f"{self.name} ({self.turn})"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it went out."""

    at: float
    task: str
    name: str
    of_dataverse: bool
    writes: bool
    disturbed: Disturbance | None


class Script(Weather):
    def __init__(self, scheduler: Scheduler) -> None:
        self.injected: Counter[str] = Counter()
        self.calm = False
        self.asked: list[Asked] = []
        self.points: list[Point] = []
        """Of the task on trial, in the order in which they were reached."""
        self.on_trial = ""
        self.plan: tuple[Point, Disturbance] | None = None
        self.shard = ""
        """Of the run that all is about: what is asked of all shards matters for this one."""
        self.lost_once = ""
        """The next request of this name is carried out, and its answer lost. To set the stage with."""
        self.dropped_once = ""
        """The next request of this name does not arrive. To set the stage with."""
        self.callbacks_are_lost = False
        self.run_now: Callable[[str], Run | None] = lambda _: None
        """A run as it stands in the table."""
        self._scheduler = scheduler

    @override
    def strike(
        self, candidates: Sequence[Fault], asked: str = "", operations: Sequence[Operation] = ()
    ) -> Fault | None:
        if not asked or is_next_page(asked):
            return Fault.CALLBACK_LOST if candidates is CALLBACK and self.callbacks_are_lost else None
        name = self._name(asked, operations)
        disturbed = self._disturbed(name)
        of_dataverse = candidates not in {TABLE_READ, TABLE_WRITE}
        writes = bool(operations) or (of_dataverse and asked.startswith("POST"))
        task = self._scheduler.running
        self.asked.append(Asked(self._scheduler.now, task, name, of_dataverse, writes, disturbed))
        return self._prepared(name) if disturbed is None else self.count(disturbed.fault(candidates))

    def _name(self, asked: str, operations: Sequence[Operation]) -> str:
        if (written := written_run(operations)) is not None:
            verb, run = written
            return name_of_write(verb, run, self.run_now(run.id))
        name = name_of(asked)
        if name in OF_ALL_SHARDS:
            return f"{name} {ITS_SHARD if asked.split()[1] == self.shard else ANOTHER_SHARD}"
        return name

    def _disturbed(self, name: str) -> Disturbance | None:
        task = self._scheduler.running
        if not self.on_trial or not f"{task}/".startswith(f"{self.on_trial}/"):
            return None
        point = Point(name, 1 + sum(each.name == name for each in self.points))
        if ANOTHER_SHARD in name and point.turn > 1:
            return None  # they are all alike
        self.points.append(point)
        return self.plan[1] if self.plan is not None and self.plan[0] == point else None

    def _prepared(self, name: str) -> Fault | None:
        if name == self.lost_once:
            self.lost_once = ""
            return Fault.ANSWER_LOST
        if name == self.dropped_once:
            self.dropped_once = ""
            return Fault.LOST
        return None


class SteadyWire(Wire):
    """The same time for each request, and a fault is what it is called."""

    @override
    def fate(self, fault: Fault | None) -> Fate:
        match fault:
            case Fault.LOST:
                return Fate(None, None, fault)
            case Fault.ANSWER_LOST:
                return Fate(_THERE_SECONDS, None, fault)
            case _:
                return Fate(_THERE_SECONDS, _BACK_SECONDS, fault)

    @override
    def _breaks_after(self, fate: Fate) -> float | None:
        return _BROKEN_SECONDS if fate.fault is Fault.ANSWER_LOST else None
