"""An executor whose workers are tasks of the simulation: what it runs at once really interleaves, and always in the same way."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, override

from tests.simulation.scheduler import KilledError, Process, Scheduler, Signal


class TaskFuture(Future[Any]):
    """Waiting for it is waiting in virtual time."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler
        self.over = Signal(scheduler)

    @override
    def result(self, timeout: float | None = None) -> Any:
        self._scheduler.wait(1e9 if timeout is None else timeout, self.over)
        return super().result(0)


class TaskPool(Executor):
    def __init__(self, scheduler: Scheduler, process: Process, workers: int, name: str) -> None:
        self._scheduler = scheduler
        self._process = process
        self._idle = workers
        self._name = name
        self._queue: deque[tuple[str, TaskFuture, Callable[[], Any]]] = deque()
        self._futures: list[TaskFuture] = []
        self._submitted = 0

    @override
    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future = TaskFuture(self._scheduler)
        self._futures.append(future)
        self._submitted += 1
        name = f"{self._scheduler.running}/{self._name} {self._submitted}"
        self._queue.append((name, future, lambda: fn(*args, **kwargs)))
        self._serve()
        return future

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for future in self._futures if wait and self._scheduler.running else ():
            self._scheduler.wait(1e9, future.over)
        self._futures.clear()

    def _serve(self) -> None:
        while self._idle and self._queue:
            self._idle -= 1
            self._begin(*self._queue.popleft())

    def _begin(self, name: str, future: TaskFuture, work: Callable[[], Any]) -> None:
        self._scheduler.spawn(name, self._process, lambda: self._work(future, work))

    def _work(self, future: TaskFuture, work: Callable[[], Any]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                future.set_result(work())
        except KilledError:
            raise
        except Exception as error:  # noqa: BLE001  # it is raised where the result is asked for
            future.set_exception(error)
        future.over.give()
        self._idle += 1
        self._serve()
