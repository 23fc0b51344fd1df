"""Values that are fetched again only when they are old."""

import threading
from collections.abc import Callable

from shared.clock import Clock

_LARGEST_CACHE = 1000


class Expiring[K, V]:
    """The last value of each key, for so many seconds. The oldest goes when there are too many."""

    def __init__(self, clock: Clock, seconds: float, largest: int = _LARGEST_CACHE) -> None:
        self._clock = clock
        self._seconds = seconds
        self._largest = largest
        self._lock = threading.Lock()
        self._held: dict[K, tuple[float, V]] = {}

    def get(self, key: K, fetch: Callable[[], V], *, fresh: bool = False) -> V:
        """What `fetch` raises is raised, and nothing is kept of it."""
        held = self.held(key)
        if held is not None and not fresh:
            return held[0]
        value = fetch()
        self.keep(key, value)
        return value

    def held(self, key: K) -> tuple[V] | None:
        """The value, in a tuple of one; None where there is none, or it is old."""
        held = self._held.get(key)
        return None if held is None or held[0] <= self._clock.monotonic() else (held[1],)

    def latest(self, key: K) -> tuple[V] | None:
        """However old it is."""
        held = self._held.get(key)
        return None if held is None else (held[1],)

    def keep(self, key: K, value: V) -> None:
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = (self._clock.monotonic() + self._seconds, value)
            if len(self._held) > self._largest:
                del self._held[next(iter(self._held))]
