"""What a look at all open runs costs as they become more: in time, in requests and in memory. And a look that is killed."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count, pairwise
from statistics import median

from benchmarks.case import Bench, Bound, Case, Check, Curve, Figure, Regime, Result
from benchmarks.scale import apart, following, plain
from benchmarks.scale.apart import Order, Passes
from benchmarks.scale.counting import CountedTransport
from benchmarks.scale.following import Cost, cost
from benchmarks.scale.ground import PLAIN_TABLE, RUNS_TABLE, Ground, ground
from benchmarks.scale.killed import Killed, killed
from benchmarks.scale.plain import plain_poller
from benchmarks.scale.population import populate
from benchmarks.scale.stage import figures

_TITLE = "The poller as more runs are open"
_SWEEP = f"{following.SUBJECT}, a look at every run"
_BETWEEN = f"{following.SUBJECT}, a pass between"
_SWEEP_EVERY = timedelta(minutes=10)
_MEMORY_MB = 48
_MEMORY_GROWTH = 1.5
_LINEAR = 1.2
"""What counts as no more than linear: the rounds scatter."""
_WENT_ON = 0.9
_CUT, _REST = f"{following.SUBJECT}, a look that is killed", f"{following.SUBJECT}, the look that goes on"

type _Costs = Mapping[int, list[Cost]]
"""By how many runs were open."""


class _Turns:
    """Orders for one process after another: for each a sweep is due."""

    def __init__(self, found: Ground) -> None:
        self._ground = found
        self._numbers = count()

    def next(self) -> Order:
        return Order(self._ground, next(self._numbers) * _SWEEP_EVERY)


def run(bench: Bench) -> Result:
    sizes, rounds = ((0, 100, 5_000, 20_000), 1) if bench.quick else ((0, 100, 1_000, 10_000, 100_000), 3)
    sweeps, between, plainly = (dict[int, list[Cost]]() for _ in range(3))
    memory = dict[int, list[float]]()
    with ground(bench.log) as found, CountedTransport() as storage, plain_poller(found, storage) as poller:
        turns = _Turns(found)
        for before, size in pairwise((0, *sizes)):
            population = populate(bench, found, size - before, RUNS_TABLE, PLAIN_TABLE)
            bench.say(f"{size:,} runs")
            passes, plainly[size] = list[Passes](), list[Cost]()
            for _ in range(rounds):
                passes.append(apart.passes(turns.next()))
                plainly[size].append(cost(found, storage, poller.poll))
            sweeps[size] = [each.sweep for each in passes]
            between[size] = [each.between for each in passes]
            memory[size] = [each.above_idle_mb for each in passes]
        cut = killed(bench, found, population, population.batch(0, population.size // 100), turns.next())
    largest, smaller = sizes[-1], sizes[-2]
    return Result(
        case="poll_growth",
        title=_TITLE,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=(
            f"{', '.join(f'{size:,}' for size in sizes)} runs are open, none has ended. At each size {rounds} fresh processes each make "
            "a pass that looks at every run, and one after it, in turn with the baseline. Memory is the most that the process "
            "held during the look, above what it held when it was warm. At the last size, after one run in a hundred has ended without "
            "a list of changes telling of it, a process is killed in the middle of its look and another goes on."
        ),
        figures=(
            *figures(_SWEEP, sweeps[largest]),
            *figures(_BETWEEN, between[largest]),
            *figures(plain.SUBJECT, plainly[largest]),
            *(
                Figure(
                    subject=_SWEEP,
                    quantity=f"memory above idle, {size:,} runs",
                    unit="MB",
                    samples=tuple(memory[size]),
                )
                for size in sizes
            ),
            *_killed_figures(cut),
        ),
        checks=(*_checks(sweeps, memory, smaller, largest), *_killed_checks(cut, largest)),
        curves=(*_curves(_SWEEP, sweeps), *_curves(_BETWEEN, between), *_curves(plain.SUBJECT, plainly)),
        notes=("Of runs that do not end only the rows that the poller reads are in the table.",),
    )


def _checks(
    sweeps: _Costs, memory: Mapping[int, list[float]], smaller: int, largest: int
) -> tuple[Check, ...]:
    def a_run(size: int) -> float:
        return median(each.seconds for each in sweeps[size]) / size

    return (
        Check(
            claim=f"time for each open run, {largest:,} over {smaller:,}",
            value=a_run(largest) / a_run(smaller),
            bound=Bound.AT_MOST,
            limit=_LINEAR,
            unit="x",
        ),
        Check(
            claim=f"memory above idle with {largest:,} runs",
            value=median(memory[largest]),
            bound=Bound.AT_MOST,
            limit=_MEMORY_MB,
            unit="MB",
        ),
        Check(
            claim=f"memory above idle, {largest:,} runs over {smaller:,}",
            value=median(memory[largest]) / median(memory[smaller]),
            bound=Bound.AT_MOST,
            limit=_MEMORY_GROWTH,
            unit="x",
        ),
    )


def _killed_checks(cut: Killed, size: int) -> tuple[Check, ...]:
    return (
        Check(
            claim="runs that had ended and are open still, after a look was killed and another went on",
            value=cut.open_still,
            bound=Bound.AT_MOST,
            limit=0,
        ),
        Check(
            claim="runs looked at by the look that went on, of those that were left",
            value=(size - cut.looked_at) / max(cut.rest_looked_at, 1),
            bound=Bound.AT_LEAST,
            limit=_WENT_ON,
            unit="x",
        ),
    )


def _killed_figures(cut: Killed) -> tuple[Figure, ...]:
    return (
        Figure(subject=_CUT, quantity="runs it had looked at", samples=(cut.looked_at,)),
        Figure(subject=_CUT, quantity="Dataverse operations", samples=(cut.asked.operations,)),
        Figure(subject=_REST, quantity="runs it looked at", samples=(cut.rest_looked_at,)),
        *figures(_REST, [cut.rest]),
    )


def _curves(subject: str, costs: _Costs) -> tuple[Curve, ...]:
    def curve(quantity: str, unit: str, read: Callable[[Cost], float]) -> Curve:
        points = tuple((size, median(map(read, each))) for size, each in costs.items())
        return Curve(subject=subject, quantity=quantity, unit=unit, points=points)

    return (
        curve("time of a pass", "s", lambda each: each.seconds),
        curve("Dataverse operations of a pass", "", lambda each: each.operations),
        curve("storage requests of a pass", "", lambda each: each.storage_requests),
    )


CASE = Case("poll_growth", _TITLE, run)
