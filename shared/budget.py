"""How many callbacks an instance verifies with Dataverse: a leaked callback URL must not eat the request quota."""

import threading
from collections import deque

from shared.clock import Clock

WINDOW_SECONDS = 10.0
PER_RUN = 4
"""A genuine sender tries four times, a second apart."""


class VerificationBudget:
    """Sliding windows of ten seconds: one for each run, one for all of them."""

    def __init__(self, clock: Clock, for_all: int) -> None:
        self._clock = clock
        self._for_all = for_all
        self._lock = threading.Lock()
        self._spent: deque[tuple[float, str]] = deque()

    def spend(self, run_id: str) -> bool:
        """False where nothing is left; no I/O."""
        now = self._clock.monotonic()
        with self._lock:
            while self._spent and self._spent[0][0] <= now - WINDOW_SECONDS:
                self._spent.popleft()
            own = sum(1 for _, spender in self._spent if spender == run_id)
            if own >= PER_RUN or len(self._spent) >= self._for_all:
                return False
            self._spent.append((now, run_id))
            return True
