"""Starts a second of 32 callers who each wait for their answer, against the same requests bare from as many threads."""

from functools import partial

from benchmarks.case import Bench, Bound, Case, Figure, Regime, Result
from benchmarks.rounds import alternated, ratio
from benchmarks.sides import DESKHAND, FLOOR, warm
from benchmarks.starts import CALLERS

_TARGET = 0.75


def run(bench: Bench) -> Result:
    rounds, starts, connections = (2, 100, 50) if bench.quick else (7, 600, 1000)
    with warm(bench, Regime.LOOPBACK, connections) as (_, _, sides):
        told = alternated(
            bench, rounds, {name: partial(side.a_second, starts) for name, side in sides.items()}
        )
    figures = {
        name: Figure(subject=name, quantity="starts", unit="1/s", samples=tuple(samples))
        for name, samples in told.items()
    }
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=f"{starts} starts a round by {CALLERS} callers over HTTP, on {connections} connections, with a key, a reference and "
        f"inputs. The floor: the same table transactions and RunDesktopFlow, prepared before, from {CALLERS} threads of one process.",
        figures=tuple(figures.values()),
        checks=(
            ratio(
                "starts a second over the floor's", figures[DESKHAND], figures[FLOOR], Bound.AT_LEAST, _TARGET
            ),
        ),
        notes=(
            "All share two cores with the store and Dataverse, and Azurite serves one request at a time.",
        ),
    )


CASE = Case("trigger_throughput", "Starts a second, 32 callers", run)
