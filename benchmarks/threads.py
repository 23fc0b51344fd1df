"""Starts from the threads of one process: a few callers who each wait for their answer, or many who come when they come."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

_HEAD_START_SECONDS = 0.1
_MOST_MISHAPS = 32


class MishapError(Exception):
    """A start did not go as starts go, because the machine stood still for seconds.

    As many are forgiven as are under way at most; they are timed like the others. More of them are no accident.
    """


class Threads[T](ABC):
    """To be made in a process of its own. What can be done before a start is done before any of them is timed."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._mishaps: list[T] = []

    def close(self) -> None:
        self._pool.shutdown()

    def in_turn(self, numbers: range, callers: int) -> float:
        """So many callers share these orders, each sending its next one when it has its answer. Seconds until all are done."""
        left = iter([self.prepared(number) for number in numbers])
        begun = time.perf_counter()
        for each in [self._pool.submit(self._starts, left) for _ in range(callers)]:
            each.result()
        return time.perf_counter() - begun

    def as_they_come(self, first: int, offsets: Sequence[float]) -> list[float]:
        """An order at each offset, whatever became of the others. Milliseconds from when it was due to when it was done."""
        prepared = [self.prepared(first + at) for at in range(len(offsets))]
        begin = time.perf_counter() + _HEAD_START_SECONDS
        begun = []
        for start, offset in zip(prepared, offsets, strict=True):
            time.sleep(max(0.0, begin + offset - time.perf_counter()))
            begun.append(self._pool.submit(self._timed, start, begin + offset))
        return [each.result() for each in begun]

    @abstractmethod
    def prepared(self, number: int) -> T: ...

    @abstractmethod
    def start(self, prepared: T) -> None:
        """Until it is known to have been started. Raises MishapError."""

    def _starts(self, left: Iterator[T]) -> None:
        for each in left:
            self._started(each)

    def _timed(self, prepared: T, due: float) -> float:
        self._started(prepared)
        return (time.perf_counter() - due) * 1000

    def _started(self, prepared: T) -> None:
        try:
            self.start(prepared)
        except MishapError:
            self._mishaps.append(prepared)
            if len(self._mishaps) > _MOST_MISHAPS:
                raise
