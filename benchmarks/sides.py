"""The sides of the trigger's cases: Deskhand behind HTTP, and the same requests bare, each in a process of its own."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import wires
from benchmarks.apart import Apart, apart
from benchmarks.callers import Callers
from benchmarks.case import Bench, Regime
from benchmarks.floor import Floor
from benchmarks.starts import CALLERS, POLL_SECONDS, SETTINGS, Numbers, Orders, defined
from benchmarks.threads import Threads
from local.stack import Stack

DESKHAND = "deskhand"
FLOOR = "the floor"
_FEW = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One subject, ready to start runs."""

    load: Apart[Threads[Any]]
    numbers: Numbers

    def a_second(self, count: int) -> float:
        """Starts a second of callers who wait for their answers."""
        return count / self.load(Threads.in_turn, self.numbers.next(count), CALLERS)

    def as_they_come(self, offsets: Sequence[float]) -> list[float]:
        """Milliseconds from when each was due."""
        return self.load(Threads.as_they_come, self.numbers.next(len(offsets)).start, offsets)

    def warm_up(self, count: int) -> None:
        """A few first, one after the other: a cold worker has other things to do than to start runs in time."""
        self.load(Threads.in_turn, self.numbers.next(_FEW), 1)
        self.load(Threads.in_turn, self.numbers.next(count), CALLERS // 2)


@contextmanager
def warm(bench: Bench, regime: Regime, connections: int) -> Iterator[tuple[Stack, Orders, dict[str, Side]]]:
    """The stack, and Deskhand and the floor by name, each having started a run on every connection."""
    with ExitStack() as parts:
        stack = parts.enter_context(
            wires.running(bench.log, regime, poll_seconds=POLL_SECONDS, settings=SETTINGS)
        )
        orders, settings = defined(stack, connections), dict(stack.settings)
        loads: dict[str, AbstractContextManager[Apart[Threads[Any]]]] = {
            DESKHAND: apart(Callers, stack.functions, stack.key, orders),
            FLOOR: apart(Floor, settings, orders),
        }
        sides = {name: Side(parts.enter_context(load), Numbers()) for name, load in loads.items()}
        for name, side in sides.items():
            bench.say(f"warm-up of {name}: a start on each of {connections} connections")
            side.warm_up(connections)
        yield stack, orders, sides
