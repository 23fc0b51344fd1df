"""Time, as the code is given it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec


class Clock(msgspec.Struct, frozen=True):
    """Wall time for what is stored, a monotonic count of seconds for what is waited for, and the waiting itself."""

    now: Callable[[], datetime]
    """UTC, whole milliseconds."""
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]

    def deadline(self, seconds: float) -> "Deadline":
        return Deadline(self, self.monotonic() + seconds)


class Deadline(msgspec.Struct, frozen=True):
    """A point in monotonic time by which something has to be over."""

    clock: Clock
    at: float

    @property
    def remaining(self) -> float:
        """Seconds left; negative once it has passed."""
        return self.at - self.clock.monotonic()

    def sooner(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and one so many seconds from now."""
        return Deadline(self.clock, min(self.at, self.clock.monotonic() + seconds))


def _utc_now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


SYSTEM_CLOCK = Clock(now=_utc_now, monotonic=time.monotonic, sleep=time.sleep)
