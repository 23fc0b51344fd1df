"""Many open runs, and two who follow them: Deskhand's poller, and the one that is written today, each in a table of its own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from benchmarks.case import Bench, Figure
from benchmarks.scale.counting import CountedTransport
from benchmarks.scale.following import Cost, Follower, cost, follower
from benchmarks.scale.ground import PLAIN_TABLE, RUNS_TABLE, Ground, ground
from benchmarks.scale.plain import PlainPoller, plain_poller
from benchmarks.scale.population import Population, populate


@dataclass(slots=True)
class Stage:
    ground: Ground
    population: Population
    ours: Follower
    plain: PlainPoller
    plain_storage: CountedTransport
    ended: int = field(default=0, init=False)
    """Batches of runs that have ended."""

    def plain_pass(self) -> Cost:
        return cost(self.ground, self.plain_storage, self.plain.poll)

    def after_ends(self, size: int, measured: Callable[[], Cost]) -> Callable[[], Cost]:
        """Before each round so many runs end: whoever comes first in a round lets them, and all find the same ones."""
        rounds = count()

        def after() -> Cost:
            self.end(size, next(rounds))
            return measured()

        return after

    def end(self, size: int, number: int) -> None:
        if number == self.ended:
            self.ground.end(self.population.batch(number, size))
            self.ended += 1


@contextmanager
def stage(bench: Bench, size: int, settings: Mapping[str, str]) -> Iterator[Stage]:
    """So many open runs. Deskhand's poller has looked at all of them, and has its watermark."""
    with ground(bench.log) as found, CountedTransport() as storage:
        population = populate(bench, found, size, RUNS_TABLE, PLAIN_TABLE)
        with follower(found, settings) as ours, plain_poller(found, storage) as plain:
            bench.say("the first pass")
            ours.swept()
            yield Stage(found, population, ours, plain, storage)


def figures(subject: str, costs: list[Cost]) -> tuple[Figure, ...]:
    def figure(quantity: str, samples: list[float], unit: str = "") -> Figure:
        return Figure(subject=subject, quantity=quantity, unit=unit, samples=tuple(samples))

    return (
        figure("time", [each.seconds for each in costs], "s"),
        figure("Dataverse operations", [each.operations for each in costs]),
        figure("HTTP requests to Dataverse", [each.http_requests for each in costs]),
        figure("storage requests", [each.storage_requests for each in costs]),
    )
