"""What a callback costs whose run has ended: where the end is remembered, and where the run has to be read for it."""

from benchmarks.beside_plain import CALLERS, Subject, ground, throughput
from benchmarks.case import Bench, Bound, Case, Regime, Result
from benchmarks.rounds import ratio
from benchmarks.small_asks import callbacks, empty, posted

_TARGET = 0.7
_RUNS = 10_000
"""In turn: ten times as many as an instance remembers, and so many that no run uses up its share of looks."""
_REMEMBERED_RUNS = 500
_REMEMBERED, _READ = "a duplicate that is remembered", "a duplicate that is read"
_BARE, _EMPTY = "a function and a bare point read", "an empty function"


def run(bench: Bench) -> Result:
    rounds, seconds = (2, 1.0) if bench.quick else (11, 3.0)
    with ground(bench, _RUNS) as there:
        asks = list(callbacks(there.runs, there.app.signatures))
        subjects = {
            _READ: Subject(there.stack.functions, asks, 204),
            _BARE: Subject(there.plain.base, list(posted(there.runs)), 200),
            _REMEMBERED: Subject(there.stack.functions, asks[:_REMEMBERED_RUNS], 204),
            _EMPTY: Subject(there.plain.base, list(empty(there.runs)), 200),
        }
        figures = throughput(bench, rounds, seconds, subjects)
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=f"{CALLERS} callers who never rest, {seconds:.0f} s a round, each run in its turn: callbacks of {_RUNS:,} runs that have "
        f"ended, of which an instance remembers 1,000, and of {_REMEMBERED_RUNS}, which it remembers all; against functions on the same "
        "host that read the same rows with the same SDK and answer, or just answer.",
        figures=tuple(figures.values()),
        checks=(
            ratio(
                "answers a second, read, over a bare point read's",
                figures[_READ],
                figures[_BARE],
                Bound.AT_LEAST,
                _TARGET,
            ),
            ratio(
                "answers a second, remembered, over a bare point read's",
                figures[_REMEMBERED],
                figures[_BARE],
                Bound.AT_LEAST,
                _TARGET,
            ),
        ),
        notes=(
            "The empty function is shown for comparison: a duplicate that is remembered reads nothing either.",
        ),
    )


CASE = Case("duplicate_callback", "A callback of a run that has ended", run)
