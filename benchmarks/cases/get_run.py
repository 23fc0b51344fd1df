"""What it costs to read a run, against reading its row and saying nothing of it."""

from benchmarks.beside_plain import CALLERS, Subject, ground, throughput
from benchmarks.case import Bench, Bound, Case, Regime, Result
from benchmarks.rounds import ratio
from benchmarks.small_asks import bare_reads, reads

_TARGET = 0.8
_RUNS = 2000
_OURS, _BARE = "GET run", "a function and a bare point read"


def run(bench: Bench) -> Result:
    rounds, seconds = (2, 1.0) if bench.quick else (11, 3.0)
    with ground(bench, _RUNS) as there:
        subjects = {
            _OURS: Subject(there.stack.functions, list(reads(there.runs, there.stack.key)), 200),
            _BARE: Subject(there.plain.base, list(bare_reads(there.runs, there.plain.key)), 200),
        }
        figures = throughput(bench, rounds, seconds, subjects)
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=f"{CALLERS} callers who never rest, {seconds:.0f} s a round: {_RUNS:,} runs in turn, with a function key, against a function "
        "on the same host that reads the same rows with the same SDK, for a function key too, and answers nothing.",
        figures=tuple(figures.values()),
        checks=(
            ratio(
                "answers a second over a bare point read's",
                figures[_OURS],
                figures[_BARE],
                Bound.AT_LEAST,
                _TARGET,
            ),
        ),
    )


CASE = Case("get_run", "Reading a run", run)
