"""Bulkheads: how many starts an instance has under way, in all and on one connection.

A start may hold a thread for as long as Dataverse takes to answer. So that callbacks, cancels and reads always find one, and one
connection that hangs does not take them all, what is over waits for its turn instead.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from shared.clock import Clock

_FREE_THREADS = 2
_WIDEN_SECONDS = 1.0
"""After too many requests at once, one seat more each time this has passed."""


class Seats:
    def __init__(self, threads: int, clock: Clock) -> None:
        """`threads`: of the worker."""
        self._most = max(1, threads - _FREE_THREADS)
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        self._narrowed_to = self._most
        self._narrowed_at = float("-inf")

    @contextmanager
    def seat(self, connection: str) -> Iterator[bool]:
        """Whether there was one; it is given back at the end. Nobody waits here."""
        seated = self._sit(connection)
        try:
            yield seated
        finally:
            if seated:
                self._stand_up(connection)

    def narrow(self) -> None:
        """Dataverse sees too many requests at once: half as many as there are now, then slowly more again."""
        with self._lock:
            self._narrowed_to = max(1, min(self._limit(), self._taken.total()) // 2)
            self._narrowed_at = self._clock.monotonic()

    def _sit(self, connection: str) -> bool:
        with self._lock:
            limit = self._limit()
            of_one = max(1, limit // 2)
            if self._taken.total() >= limit or self._taken[connection] >= of_one:
                return False
            self._taken[connection] += 1
            return True

    def _stand_up(self, connection: str) -> None:
        with self._lock:
            self._taken[connection] -= 1
            if not self._taken[connection]:
                del self._taken[connection]

    def _limit(self) -> int:
        widened = (self._clock.monotonic() - self._narrowed_at) / _WIDEN_SECONDS
        return self._most if widened >= self._most else min(self._most, self._narrowed_to + int(widened))
