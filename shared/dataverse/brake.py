"""Dataverse's service protection: while it asks us to wait, nothing is sent, for each further request makes the wait longer.

Source: Dataverse, "Service protection API limits": Retry-After holds for the whole user; pressing on lengthens it.
"""

from collections.abc import Callable

from shared.clock import Clock
from shared.dataverse.errors import ThrottledError, Told

UNTOLD_SECONDS = 30.0
"""Where a 429 says nothing of how long."""


class Brake:
    """Held for the whole identity, on this instance; `noticed` passes a 429 on to the others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = float("-inf")
        self._held_at = float("-inf")
        self._told = Told(429, "", "")
        self.noticed: Callable[[ThrottledError], None] = lambda _: None

    def check(self) -> None:
        """Raises ThrottledError, with what is left of the wait, while it lasts."""
        left = self._until - self._clock.monotonic()
        if left > 0:
            raise ThrottledError(Told(self._told.status, self._told.code, self._told.message, left))

    def hit(self, error: ThrottledError) -> None:
        """Dataverse answered 429. Too many requests at once is no reason to stop, only to ask less at a time."""
        if error.service_protection and not error.too_many_at_once:
            asked = error.told.retry_after
            self.hold(UNTOLD_SECONDS if asked is None else asked, error.told)
        self.noticed(error)

    def hold(self, seconds: float, told: Told) -> None:
        self._told = told
        self._held_at = self._clock.monotonic()
        self._until = max(self._until, self._held_at + seconds)

    def keep(self) -> None:
        """Nobody else was told: that others know of no wait lifts nothing, until it is held anew."""
        self._held_at = float("inf")

    def release(self, known_at: float) -> None:
        """Nobody is to wait any more, as was known at this monotonic time."""
        if self._held_at < known_at:
            self._until = float("-inf")
