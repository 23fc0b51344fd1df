"""Table Storage's time, as far as an instance can know it: the one clock that all instances share."""

from datetime import UTC, datetime, timedelta

import msgspec

from shared.clock import Clock
from shared.pulse import Pulse

_DRIFT = 1e-4
"""Seconds a second by which our count of seconds may go wrong; hardware clocks are ten times better."""
MOST_SKEW_SECONDS = 10.0
"""By which an instance's clock may be off: starts and their look-ups rely on clocks that agree."""
_RESOLUTION = 1.0
"""A Date header is cut to whole seconds."""


class _Bound(msgspec.Struct, frozen=True):
    """Storage's time less our count of seconds, on one side, when it was learnt."""

    offset: float
    learnt: float

    def age(self, monotonic: float) -> float:
        return (monotonic - self.learnt) * _DRIFT


class StorageClock:
    """Between when a request was begun and when its answer was here, storage's time was within a second of the Date it bore.

    Many answers narrow that down to about a round trip. Our own wall clock plays no part: it may be wrong.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._least: _Bound | None = None
        self._most: _Bound | None = None
        self.ahead_seconds: float | None = None
        """By how much our wall clock is ahead of storage's, exact to about a second. None before the first answer."""
        self.pulse = Pulse()

    def now(self) -> datetime:
        """Our own wall clock."""
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def told(self, date: datetime, begun: float) -> None:
        """An answer bore this Date; its request was begun at this monotonic time."""
        here = self._clock.monotonic()
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        self.ahead_seconds = (self._clock.now() - date).total_seconds()
        least = _Bound(date.timestamp() - here, here)
        most = _Bound(date.timestamp() + _RESOLUTION - begun, here)
        held_least, held_most = self._least, self._most
        if held_least is None or held_most is None:
            self._least, self._most = least, most
            return
        least = max(least, held_least, key=lambda each: each.offset - each.age(here))
        most = min(most, held_most, key=lambda each: each.offset + each.age(here))
        if least.offset - least.age(here) > most.offset + most.age(here):
            # Storage's own clock was put right, or another of its servers answered: the newest word counts.
            least = _Bound(date.timestamp() - here, here)
            most = _Bound(date.timestamp() + _RESOLUTION - begun, here)
        self._least, self._most = least, most

    def at_least(self) -> datetime | None:
        """It is not earlier than this in Table Storage. None before the first answer."""
        bound, here = self._least, self._clock.monotonic()
        return None if bound is None else _moment(here + bound.offset - bound.age(here))

    def at_most(self) -> datetime | None:
        """It is not later than this in Table Storage. None before the first answer."""
        bound, here = self._most, self._clock.monotonic()
        return None if bound is None else _moment(here + bound.offset + bound.age(here))


def _moment(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
