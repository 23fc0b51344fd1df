"""How much an instance does for callbacks: a leaked URL must eat neither the request quota nor another run's share."""

import threading
from collections import Counter, deque

from shared.clock import Clock

WINDOW_SECONDS = 10.0


class Budget:
    """Sliding windows of ten seconds: so much for each run, so much for all of them. One run's flood spends its own share only."""

    def __init__(self, clock: Clock, for_each: int, for_all: int) -> None:
        self._clock = clock
        self._for_each = for_each
        self._for_all = for_all
        self._lock = threading.Lock()
        self._spent: deque[tuple[float, str]] = deque()
        self._by_run: Counter[str] = Counter()

    def spend(self, run_id: str) -> bool:
        """False where nothing is left; no I/O, and no more work under a flood than without."""
        now = self._clock.monotonic()
        with self._lock:
            while self._spent and self._spent[0][0] <= now - WINDOW_SECONDS:
                self._give_back(self._spent.popleft()[1])
            if self._by_run[run_id] >= self._for_each or len(self._spent) >= self._for_all:
                return False
            self._spent.append((now, run_id))
            self._by_run[run_id] += 1
            return True

    def _give_back(self, run_id: str) -> None:
        self._by_run[run_id] -= 1
        if not self._by_run[run_id]:
            del self._by_run[run_id]
