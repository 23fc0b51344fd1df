"""The app in this process: its table counted, its time moved by hand. And what a piece of work costs."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.scale.counting import CountedTransport
from benchmarks.scale.ground import Ground
from shared.clock import SYSTEM_CLOCK, Clock
from shared.storage.azure_table import open_table
from shared.wiring import Deskhand, wire
from status_poller.poll import poll

SUBJECT = "Deskhand"


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    operations: int
    http_requests: int
    storage_requests: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.seconds + other.seconds,
            self.operations + other.operations,
            self.http_requests + other.http_requests,
            self.storage_requests + other.storage_requests,
        )


def cost(ground: Ground, storage: CountedTransport, work: Callable[[], object]) -> Cost:
    ground.forget()
    storage.requests.clear()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    asked = ground.asked()
    return Cost(seconds, asked.operations, asked.http_requests, len(storage.requests))


class Watch:
    """The system's clock, moved ahead by hand. Dataverse's own time goes on as it is."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead
        self.clock = Clock(
            now=lambda: SYSTEM_CLOCK.now() + self.ahead,
            monotonic=lambda: SYSTEM_CLOCK.monotonic() + self.ahead.total_seconds(),
            sleep=SYSTEM_CLOCK.sleep,
        )

    def advance(self, step: timedelta) -> None:
        self.ahead += step


@dataclass(frozen=True, slots=True)
class Follower:
    app: Deskhand
    ground: Ground
    storage: CountedTransport
    watch: Watch

    def measured(self) -> Cost:
        """One pass of the poller."""
        return cost(self.ground, self.storage, lambda: poll(self.app))

    def swept(self) -> tuple[Cost, int]:
        """A sweep, which must be due, from its beginning to its end; and over how many passes."""
        costs = [self.measured()]
        while self._sweep_is_under_way():
            costs.append(self.measured())
        return sum(costs[1:], costs[0]), len(costs)

    def sweep_is_due(self) -> None:
        """The next pass begins a sweep."""
        self.watch.advance(self.app.settings.sweep_every)

    def _sweep_is_under_way(self) -> bool:
        sweep = self.app.poll_memory.read().state.sweep
        return sweep is not None and sweep.ended_at is None


@contextmanager
def follower(
    ground: Ground, settings: Mapping[str, str] | None = None, ahead: timedelta = timedelta()
) -> Iterator[Follower]:
    """`ahead`: of the system's clock, from the first on."""
    storage, watch = CountedTransport(), Watch(ahead)
    app = wire(
        {**ground.settings, **(settings or {})},
        clock=watch.clock,
        table=lambda settings, clock: open_table(settings, clock, storage),
    )
    try:
        yield Follower(app, ground, storage, watch)
    finally:
        app.close()
        storage.close()
