"""Starts a second of 32 callers who each wait for their answer, against the same requests bare from as many threads."""

from benchmarks import wires
from benchmarks.apart import apart
from benchmarks.callers import Callers
from benchmarks.case import Bench, Bound, Case, Figure, Regime, Result
from benchmarks.floor import Floor
from benchmarks.rounds import alternated, ratio
from benchmarks.starts import CALLERS, POLL_SECONDS, SETTINGS, Numbers, defined

_TARGET = 0.75


def run(bench: Bench) -> Result:
    rounds, starts, connections = (2, 100, 50) if bench.quick else (7, 600, 1000)
    numbers = {name: Numbers() for name in ("deskhand", "the floor")}
    with wires.running(bench.log, Regime.LOOPBACK, poll_seconds=POLL_SECONDS, settings=SETTINGS) as stack:
        orders = defined(stack, connections)
        with (
            apart(Callers, stack.functions, stack.key, orders) as callers,
            apart(Floor, dict(stack.settings), orders) as floor,
        ):

            def deskhand(count: int) -> float:
                return count / callers(Callers.in_turn, numbers["deskhand"].next(count), CALLERS)

            def bare(count: int) -> float:
                return count / floor(Floor.in_turn, numbers["the floor"].next(count), CALLERS)

            bench.say(f"warm-up: a start on each of {connections} connections")
            deskhand(connections)
            bare(connections)
            told = alternated(
                bench, rounds, {"deskhand": lambda: deskhand(starts), "the floor": lambda: bare(starts)}
            )
    ours, theirs = (
        Figure(subject=name, quantity="starts", unit="1/s", samples=tuple(samples))
        for name, samples in told.items()
    )
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=f"{starts} starts a round by {CALLERS} callers over HTTP, on {connections} connections, with a key, a reference and "
        f"inputs; against the same table transactions and RunDesktopFlow, prepared before, from {CALLERS} threads of one process.",
        figures=(ours, theirs),
        checks=(ratio("starts a second over the floor's", ours, theirs, Bound.AT_LEAST, _TARGET),),
    )


CASE = Case("trigger_throughput", "Starts a second, 32 callers", run)
