"""Results made by hand."""

import random

from benchmarks.case import Bound, Check, Curve, Figure, Part, Regime, Result
from benchmarks.results import Circumstances, Machine, Measured, Results
from benchmarks.rounds import distribution, ratio

MACHINE = Machine(
    cpu="Example CPU",
    cores=2,
    memory_gb=23.1,
    system="Linux 6.1",
    python="3.13.0",
    packages={"msgspec": "0.22.0"},
)
CIRCUMSTANCES = Circumstances(
    at="2026-11-20T10:00:00Z", commit="0123456789abcdef", dirty=False, quick=False, load=0.2, machine=MACHINE
)
OURS = Figure(subject="deskhand", quantity="p50", unit="ms", samples=(84.0, 85.5, 84.5))
FLOOR = Figure(subject="floor", quantity="p50", unit="ms", samples=(80.0, 81.0, 80.5))
OPERATIONS = Figure(subject="deskhand", quantity="Dataverse operations", samples=(1.0, 1.0, 1.0))


def _latencies(least: float, mean: float) -> list[float]:
    dice = random.Random(4711)
    return [least + dice.expovariate(1 / mean) for _ in range(3000)]


LATENCY = Result(
    case="trigger_latency",
    title="Trigger latency",
    regime=Regime.WAN,
    rounds=3,
    method="1,000 starts a round at half the capacity, beside the same requests, bare.",
    figures=(OURS, FLOOR, OPERATIONS),
    checks=(
        ratio("p50 over the floor's", OURS, FLOOR, Bound.AT_MOST, 1.10),
        Check(claim="p99 above the floor's", value=17.2, bound=Bound.AT_MOST, limit=15, unit="ms"),
    ),
    distributions=(
        distribution("deskhand", "latency", _latencies(80, 6)),
        distribution("floor", "latency", _latencies(78, 3)),
    ),
    breakdown=(
        Part(name="reading and checking the request", milliseconds=0.9),
        Part(name="intent and permit, in Table Storage", milliseconds=10.8),
        Part(name="RunDesktopFlow", milliseconds=61.2),
        Part(name="session recorded", milliseconds=10.7),
        Part(name="answer", milliseconds=0.4),
    ),
    notes=("Both were asked from the same process.",),
)
GROWTH = Result(
    case="poll_between",
    title="A pass between sweeps",
    regime=Regime.LOOPBACK,
    rounds=3,
    method="A pass over N open runs of which one percent ended.",
    figures=(Figure(subject="deskhand", quantity="time", unit="s", samples=(1.0, 1.1, 0.9)),),
    checks=(Check(claim="operations with nothing open", value=0, bound=Bound.AT_MOST, limit=0),),
    curves=(
        Curve(
            subject="deskhand",
            quantity="Dataverse operations",
            points=((0, 0), (100, 1), (1e3, 1), (1e4, 1), (1e5, 1)),
        ),
        Curve(
            subject="deskhand",
            quantity="time",
            unit="s",
            points=((0, 0.03), (100, 0.04), (1e3, 0.06), (1e4, 0.21), (1e5, 1.4)),
        ),
        Curve(
            subject="In() with 200 ids",
            quantity="Dataverse operations",
            points=((0, 0), (100, 1), (1e3, 5), (1e4, 50), (1e5, 500)),
        ),
        Curve(
            subject="In() with 200 ids",
            quantity="time",
            unit="s",
            points=((0, 0.03), (100, 0.05), (1e3, 0.12), (1e4, 0.9), (1e5, 9.4)),
        ),
        Curve(
            subject="one GET per run",
            quantity="Dataverse operations",
            points=((100, 100), (1e3, 1000), (2e3, 2000)),
        ),
    ),
)


def measured(result: Result, circumstances: Circumstances = CIRCUMSTANCES) -> Measured:
    return Measured(circumstances=circumstances, seconds=63.2, result=result)


RESULTS = Results(cases=(measured(LATENCY), measured(GROWTH)))
