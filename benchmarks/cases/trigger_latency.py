"""How long a start takes while others come as they come, against the same requests bare."""

from collections.abc import Callable, Sequence
from itertools import chain

from benchmarks import wires
from benchmarks.apart import apart
from benchmarks.callers import Callers
from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.floor import Floor
from benchmarks.rounds import alternated, distribution, percentile, ratio
from benchmarks.starts import CALLERS, POLL_SECONDS, SETTINGS, Numbers, arrivals, defined

_OURS, _FLOOR = "deskhand", "the floor"
_MEDIAN_TARGET = 1.10
_TAIL_TARGET = 15.0

type Latencies = list[float]
"""Milliseconds, of one round."""


def run(bench: Bench) -> Result:
    rounds, starts, connections = (2, 100, 50) if bench.quick else (6, 600, 1000)
    with wires.running(bench.log, Regime.WAN, poll_seconds=POLL_SECONDS, settings=SETTINGS) as stack:
        orders = defined(stack, connections)
        with (
            apart(Callers, stack.functions, stack.key, orders) as callers,
            apart(Floor, dict(stack.settings), orders) as floor,
        ):
            ours, theirs = Numbers(), Numbers()
            bench.say(f"warm-up: a start on each of {connections} connections")
            callers(Callers.in_turn, ours.next(connections), CALLERS)
            floor(Floor.in_turn, theirs.next(connections), CALLERS)
            capacity = starts / callers(Callers.in_turn, ours.next(starts), CALLERS)
            bench.say(f"capacity: {capacity:.1f} starts a second")

            def deskhand(offsets: Sequence[float]) -> Latencies:
                return callers(Callers.as_they_come, ours.next(starts).start, offsets)

            def bare(offsets: Sequence[float]) -> Latencies:
                return floor(Floor.as_they_come, theirs.next(starts).start, offsets)

            def coming(load: Callable[[Sequence[float]], Latencies]) -> Callable[[], Latencies]:
                """Each round another schedule, the same for both."""
                seeds = iter(range(rounds))
                return lambda: load(arrivals(capacity / 2, starts, next(seeds)))

            told = alternated(bench, rounds, {_OURS: coming(deskhand), _FLOOR: coming(bare)})
    return _result(told, capacity, starts, connections)


def _result(told: dict[str, list[Latencies]], capacity: float, starts: int, connections: int) -> Result:
    median, tail = (
        {name: _figure(name, percent, latencies) for name, latencies in told.items()} for percent in (50, 99)
    )
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.WAN,
        rounds=len(told[_OURS]),
        method=f"{starts} starts a round, {capacity / 2:.0f} a second at random moments (half of what {CALLERS} callers reached), on "
        f"{connections} connections, with a key, a reference and inputs; timed from when each was due. Against the same table "
        "transactions and RunDesktopFlow at the same moments, prepared before and sent from the threads of one process: without an "
        "HTTP request of its own, which Deskhand's callers need.",
        figures=(*median.values(), *tail.values()),
        checks=(
            ratio("p50 over the floor's", median[_OURS], median[_FLOOR], Bound.AT_MOST, _MEDIAN_TARGET),
            Check(
                claim="p99 above the floor's",
                value=tail[_OURS].median - tail[_FLOOR].median,
                bound=Bound.AT_MOST,
                limit=_TAIL_TARGET,
                unit="ms",
            ),
        ),
        distributions=tuple(
            distribution(name, "latency of a start", list(chain.from_iterable(latencies)))
            for name, latencies in told.items()
        ),
    )


def _figure(subject: str, percent: int, rounds: list[Latencies]) -> Figure:
    samples = tuple(percentile(each, percent) for each in rounds)
    return Figure(subject=subject, quantity=f"p{percent}", unit="ms", samples=samples)


CASE = Case("trigger_latency", "A start, as callers come", run)
