"""Values that are fetched again only when they are old."""

import threading
from collections.abc import Callable

from shared.clock import Clock

_LARGEST_CACHE = 1000


class Expiring[K, V]:
    """The last value of each key, for so many seconds. The oldest goes when there are too many."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._held: dict[K, tuple[float, V]] = {}

    def get(self, key: K, fetch: Callable[[], V], *, fresh: bool = False) -> V:
        """What `fetch` raises is raised, and nothing is kept of it."""
        held = self._held.get(key)
        if held is not None and not fresh and held[0] > self._clock.monotonic():
            return held[1]
        value = fetch()
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = (self._clock.monotonic() + self._seconds, value)
            if len(self._held) > _LARGEST_CACHE:
                del self._held[next(iter(self._held))]
        return value
