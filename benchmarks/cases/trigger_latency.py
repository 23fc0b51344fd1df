"""How long a start takes while others come as they come, against the same requests bare; and where its time goes."""

from collections.abc import Callable
from itertools import chain

from benchmarks.case import Bench, Bound, Case, Check, Figure, Part, Regime, Result
from benchmarks.dissection import parts_of_a_start
from benchmarks.rounds import alternated, distribution, percentile, ratio
from benchmarks.sides import DESKHAND, FLOOR, warm
from benchmarks.starts import CALLERS, NO_TIMERS, arrivals

_MEDIAN_TARGET = 1.10
_TAIL_TARGET = 15.0

type Latencies = list[float]
"""Milliseconds, of one round."""


def run(bench: Bench) -> Result:
    rounds, starts, connections = (2, 100, 50) if bench.quick else (6, 600, 1000)
    with warm(bench, Regime.WAN, connections) as (stack, orders, sides):
        capacity = sides[DESKHAND].a_second(starts)

        def coming(name: str) -> Callable[[], Latencies]:
            """Each round another schedule, the same for both sides."""
            seeds = iter(range(rounds))
            return lambda: sides[name].as_they_come(arrivals(capacity / 2, starts, next(seeds)))

        told = alternated(bench, rounds, {name: coming(name) for name in sides})
        bench.say("where the time goes")
        parts = parts_of_a_start(stack, orders, sides[DESKHAND], starts // 4)
    return _result(told, capacity, starts, connections, parts)


def _result(
    told: dict[str, list[Latencies]],
    capacity: float,
    starts: int,
    connections: int,
    parts: tuple[Part, ...],
) -> Result:
    median, tail = (
        {name: _figure(name, percent, latencies) for name, latencies in told.items()} for percent in (50, 99)
    )
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.WAN,
        rounds=len(told[DESKHAND]),
        method=f"{starts} starts a round at random moments, on {connections} connections, with a key, a reference and inputs; timed from when "
        f"each was due. {capacity / 2:.0f} a second, half of what {CALLERS} callers of Deskhand reached. The floor: the same table "
        "transactions and RunDesktopFlow, prepared before and sent from the threads of one process, without the HTTP request that "
        "Deskhand's callers need.",
        figures=(*median.values(), *tail.values()),
        checks=(
            ratio("p50 over the floor's", median[DESKHAND], median[FLOOR], Bound.AT_MOST, _MEDIAN_TARGET),
            Check(
                claim="p99 above the floor's",
                value=tail[DESKHAND].median - tail[FLOOR].median,
                bound=Bound.AT_MOST,
                limit=_TAIL_TARGET,
                unit="ms",
            ),
        ),
        distributions=tuple(
            distribution(name, "latency of a start", list(chain.from_iterable(latencies)))
            for name, latencies in told.items()
        ),
        breakdown=parts,
        notes=(
            "The parts are medians of starts one at a time, in a process that runs the use case. The first is what a start over HTTP takes longer.",
            NO_TIMERS,
        ),
    )


def _figure(subject: str, percent: int, rounds: list[Latencies]) -> Figure:
    samples = tuple(percentile(each, percent) for each in rounds)
    return Figure(subject=subject, quantity=f"p{percent}", unit="ms", samples=samples)


CASE = Case("trigger_latency", "A start, as callers come", run)
