"""Virtual time, and whose turn it is.

Work that waits runs as a greenlet of its own in one thread. Nothing runs at the same time as anything else, and who runs next
follows from when things are due and from the seed's dice: the same seed gives the same history.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from greenlet import greenlet

type Action = Callable[[], object]


class KilledError(BaseException):
    """The process ends here. No product code catches it."""


@dataclass(slots=True, eq=False)
class Process:
    """What is killed and what is paused as a whole."""

    name: str
    dead: bool = False
    paused_until: float = 0.0
    tasks: dict["Task", None] = field(default_factory=dict)
    """In the order in which they began: a set would have another order each time."""


@dataclass(slots=True, eq=False)
class Task:
    """One line of work. `turn` counts its waits: a call for an earlier wait comes too late."""

    name: str
    process: Process
    line: greenlet
    turn: int = 0
    done: bool = False
    own: dict[str, Any] = field(default_factory=dict)
    """In the place of what a thread has for itself."""


@dataclass(slots=True, eq=False)
class Alarm:
    """Something that will happen, unless it is called off."""

    action: Action | None

    def cancel(self) -> None:
        self.action = None


@dataclass(frozen=True, slots=True)
class Crash:
    """A task ended with an exception that nobody expected."""

    task: str
    error: BaseException


class Scheduler:
    """Seconds since the simulation began. Actions run between tasks and do not wait; tasks wait."""

    def __init__(self, dice: random.Random) -> None:
        self.now = 0.0
        self.steps = 0
        self.crashes: list[Crash] = []
        self.trace: list[tuple[float, str, str]] = []
        """What happened: when, in which task, and what."""
        self._dice = dice
        self._due: list[tuple[float, float, int, Alarm]] = []
        self._hub = greenlet.getcurrent()
        self._running: Task | None = None

    @property
    def current(self) -> Task:
        """The one at work."""
        assert self._running is not None, "This is for tasks."
        return self._running

    @property
    def running(self) -> str:
        """The name of the task at work; empty between tasks."""
        return "" if self._running is None else self._running.name

    def note(self, what: str) -> None:
        self.trace.append((self.now, self.running, what))

    def later(self, seconds: float, action: Action) -> Alarm:
        """Dice decide between what is due at the same moment."""
        alarm = Alarm(action)
        self.steps += 1
        heapq.heappush(self._due, (self.now + seconds, self._dice.random(), self.steps, alarm))
        return alarm

    def spawn(self, name: str, process: Process, work: Action) -> Task:
        """Begins at once, in its turn."""
        task: Task = Task(name, process, greenlet(lambda: self._live(task, work), self._hub))
        process.tasks[task] = None
        self.later(0, partial(self._resume, task, 0))
        return task

    def run(self, until: float) -> None:
        """Everything that is due by then."""
        while self._due and self._due[0][0] <= until:
            self.now, _, _, alarm = heapq.heappop(self._due)
            if alarm.action is not None:
                alarm.action()
        self.now = until

    def wait(self, seconds: float, signal: "Signal | None" = None) -> bool:
        """The running task waits, at most so long. Whether the signal came in time. Raises KilledError."""
        task = self.current
        if signal is not None and signal.given:
            return True
        alarm = self.later(seconds, partial(self._resume, task, task.turn))
        if signal is not None:
            signal.waiting.append((task, task.turn))
        self.check(task.process)
        self._hub.switch()
        alarm.cancel()
        self.check(task.process)
        return signal is not None and signal.given

    def check(self, process: Process) -> None:
        if process.dead:
            raise KilledError

    def pause(self, process: Process, seconds: float) -> None:
        """Nothing of the process runs for so long; what it has on the wire goes on."""
        process.paused_until = max(process.paused_until, self.now + seconds)

    def kill(self, process: Process) -> None:
        """All its tasks end where they wait. In one of them: to be followed by `check`."""
        process.dead = True
        for task in process.tasks:
            self.later(0, partial(self._end, task))

    def _live(self, task: Task, work: Action) -> None:
        try:
            work()
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is: it is reported
            self.crashes.append(Crash(task.name, error))
        finally:
            task.done = True
            task.process.tasks.pop(task, None)

    def _resume(self, task: Task, turn: int) -> None:
        if task.done or task.turn != turn:
            return
        if task.process.dead:
            self._end(task)
            return
        if task.process.paused_until > self.now:
            self.later(task.process.paused_until - self.now, partial(self._resume, task, turn))
            return
        self._switch(task, task.line.switch)

    def _end(self, task: Task) -> None:
        if task.line:  # it has begun, and has not ended
            self._switch(task, partial(task.line.throw, KilledError()))
        task.done = True
        task.process.tasks.pop(task, None)

    def _switch(self, task: Task, enter: Action) -> None:
        task.turn += 1
        self._running = task
        try:
            enter()
        finally:
            self._running = None


@dataclass(slots=True, eq=False)
class Signal:
    """Something that happens once, and that tasks wait for."""

    scheduler: Scheduler
    given: bool = False
    waiting: list[tuple[Task, int]] = field(default_factory=list)

    def give(self) -> None:
        self.given = True
        for task, turn in self.waiting:
            self.scheduler.later(0, partial(self.scheduler._resume, task, turn))
