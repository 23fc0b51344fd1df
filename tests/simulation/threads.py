"""What product code expects of threads, made of tasks: a lock that is held while its holder waits, and what each has for itself."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tests.simulation.scheduler import Scheduler, Signal


@dataclass(slots=True, eq=False)
class Turnstile:
    """A lock for tasks, in the place of a `threading.Lock` that is held while its holder waits."""

    scheduler: Scheduler
    held: bool = False
    released: Signal | None = None

    def acquire(self, timeout: float = 1e9) -> bool:
        until = self.scheduler.now + timeout
        while self.held:
            if self.scheduler.now >= until:
                return False
            self.released = self.released or Signal(self.scheduler)
            self.scheduler.wait(until - self.scheduler.now, self.released)
        self.held = True
        return True

    def release(self) -> None:
        self.held = False
        if self.released is not None:
            self.released.give()
            self.released = None

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class TaskLocal:
    """In the place of a `threading.local`: what each task sets is seen by itself alone."""

    def __init__(self, scheduler: Scheduler) -> None:
        object.__setattr__(self, "_scheduler", scheduler)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._scheduler.current.own[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._scheduler.current.own[name] = value
