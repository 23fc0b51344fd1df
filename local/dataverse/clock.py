"""Time inside the simulator: real time that can be moved ahead, and what is due when."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Alarm(Protocol):
    def cancel(self) -> None: ...


class RealTime(Protocol):
    """What the clock is made of: what time it really is, and being called when some of it has passed."""

    def now(self) -> datetime: ...

    def call_later(self, seconds: float, action: Callable[[], None]) -> Alarm: ...


class LoopTime:
    """The machine's time, which never goes back, and the running event loop's alarms."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._monotonic = time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._monotonic)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        return asyncio.get_running_loop().call_later(seconds, action)


@dataclass(order=True, slots=True)
class Timer:
    """Something that will happen at a moment of simulated time, unless it is called off."""

    due: datetime
    number: int
    action: Callable[[], None] | None = field(compare=False)

    def call_off(self) -> None:
        self.action = None


class Clock:
    """Whatever is due happens in order, and sees as now the moment at which it was due, however late its alarm is."""

    def __init__(self, real: RealTime) -> None:
        self._real = real
        self._ahead = timedelta()
        self._acting_at: datetime | None = None
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._wake_up: Alarm | None = None

    @property
    def ahead(self) -> timedelta:
        """By how much simulated time was moved ahead of real time."""
        return self._ahead

    def now(self) -> datetime:
        return self._acting_at or self._elapsed()

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self.at(self.now() + timedelta(seconds=seconds), action)

    def at(self, due: datetime, action: Callable[[], None]) -> Timer:
        timer = Timer(due, next(self._numbers), action)
        heapq.heappush(self._timers, timer)
        if self._acting_at is None and self._timers[0] is timer:
            self._set_alarm()
        return timer

    def advance(self, by: timedelta) -> None:
        self._ahead += by
        self.catch_up()

    def catch_up(self) -> None:
        """Let everything happen that is due by now. Called before each request, so that no answer is older than its time."""
        until = self._elapsed()
        while self._timers and self._timers[0].due <= until:
            timer = heapq.heappop(self._timers)
            if timer.action is not None:
                self._act(timer.due, timer.action)
        self._set_alarm()

    def _act(self, due: datetime, action: Callable[[], None]) -> None:
        self._acting_at = due
        try:
            action()
        finally:
            self._acting_at = None

    def _elapsed(self) -> datetime:
        return self._real.now() + self._ahead

    def _set_alarm(self) -> None:
        if self._wake_up is not None:
            self._wake_up.cancel()
            self._wake_up = None
        if self._timers:
            delay = (self._timers[0].due - self._elapsed()).total_seconds()
            self._wake_up = self._real.call_later(max(delay, 0), self.catch_up)
