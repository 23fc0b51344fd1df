"""What befalls the poller in every second history: clocks that differ, changes that nobody tells of, its place lost.

With dice of its own: the other histories are what they would be without it.
"""

import random
from typing import Any

from shared.storage.poll_state import KEY, PARTITION
from shared.storage.table import Operation, Row, Verb
from tests.simulation.dataverse import Environment
from tests.simulation.tables import TableStorage
from tests.simulation.weather import Fault, Weather

_FURTHEST_AHEAD = 50.0
"""Seconds. The product allows for a minute, and instances are five seconds wrong themselves."""
_LONGEST_JUMP = 20.0
_LATER = (240.0, 300.0)
"""Nothing is under way any more that faults have delayed, and passes are still frequent."""
_PLACE_LOST, _CLOCK_JUMPS = 0.05, 0.03


class Accidents:
    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"the accidents of {seed}")
        self._happen = seed % 2 == 1
        self.ahead = self._dice.choice((0.0, -40.0, 25.0)) if self._happen else 0.0
        """Seconds by which Dataverse's clock is wrong from the beginning."""
        moves = not self._happen or self._dice.choice((True, True, False))
        self.switches: dict[str, Any] = {"modifiedonMoves": moves}
        self.silent = self._happen and self._dice.choice((True, True, False))
        """Whether Dataverse sends no callbacks."""

    @property
    def later(self) -> float:
        """Seconds by which an end that comes when it is quiet comes later still: then all depends on the poller."""
        return self._dice.uniform(*_LATER) if self._happen else 0.0

    def befall(self, storage: TableStorage, environment: Environment, weather: Weather) -> None:
        """Now and then, while things happen."""
        if not self._happen:
            return
        if self._dice.random() < _PLACE_LOST:
            self._lose_place(storage, weather)
        jump = self._dice.uniform(1, _LONGEST_JUMP)
        if self._dice.random() < _CLOCK_JUMPS and environment.ahead + jump < _FURTHEST_AHEAD:
            weather.count(Fault.CLOCK_JUMPS)
            environment.clock_jumps(jump)

    def _lose_place(self, storage: TableStorage, weather: Weather) -> None:
        """The row that says how far the poller has come is deleted, or cannot be read."""
        if storage.twin.get(PARTITION, KEY) is None:
            return
        weather.count(Fault.PLACE_LOST)
        damaged = Row(KEY, {"layout": self._dice.choice((1, 99)), "state": "{"})
        accident = self._dice.choice(
            (Operation(Verb.DELETE, Row(KEY, {})), Operation(Verb.PUT, damaged)),
        )
        storage.scheduler.note("the poller's place is lost")
        storage.commit("an accident", PARTITION, [accident])
