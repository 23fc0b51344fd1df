"""A pass between sweeps: very many runs are open, one in a hundred has ended."""

from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.rounds import alternated, ratio
from benchmarks.scale import following, plain
from benchmarks.scale.following import cost
from benchmarks.scale.stage import figures, stage

_TITLE = "A pass of the poller between sweeps"
_ASKED_EACH = 2000
_EACH = "one GET for each run"
_NO_SWEEP = {"SWEEP_MINUTES": "1440"}
_ROWS_A_PAGE = 4000
"""Of changes, at the least: pages of Dataverse hold 5,000, and some rows come twice."""


def run(bench: Bench) -> Result:
    size, rounds = (5_000, 2) if bench.quick else (100_000, 5)
    ended = size // 100
    with stage(bench, size, _NO_SWEEP) as scene:
        costs = alternated(
            bench,
            rounds,
            {
                following.SUBJECT: scene.after_ends(ended, scene.ours.measured),
                plain.SUBJECT: scene.after_ends(ended, scene.plain_pass),
            },
        )
        bench.say("each run by itself")
        some = scene.population.sessions[:_ASKED_EACH]
        each = cost(scene.ground, scene.plain_storage, lambda: scene.plain.ask_each(some))
    ours, theirs = (figures(subject, costs[subject]) for subject in (following.SUBJECT, plain.SUBJECT))
    time, operations, _, storage = ours
    return Result(
        case="poll_between",
        title=_TITLE,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=(
            f"{size:,} runs are open. In each round {ended:,} of them end; then a pass of Deskhand's poller and one of the "
            f"baseline, each over its own table, find and close the same runs. Both have eight threads."
        ),
        figures=(
            *ours,
            *theirs,
            Figure(subject=_EACH, quantity="time", unit="µs/run", samples=(each.seconds / len(some) * 1e6,)),
            Figure(
                subject=_EACH, quantity="Dataverse operations", samples=(each.operations / len(some) * size,)
            ),
        ),
        checks=(
            Check(
                claim=f"Dataverse operations, where ended / {_ROWS_A_PAGE:,} + 2 are allowed",
                value=operations.median,
                bound=Bound.AT_MOST,
                limit=ended / _ROWS_A_PAGE + 2,
            ),
            ratio(
                "Dataverse operations of the baseline over ours",
                theirs[1],
                operations,
                Bound.AT_LEAST,
                10,
            ),
            ratio("time of the baseline over ours", theirs[0], time, Bound.AT_LEAST, 5),
            Check(
                claim="storage requests for each run that ended",
                value=storage.median / ended,
                bound=Bound.AT_MOST,
                limit=2,
            ),
        ),
        notes=(
            f"One GET for each run was measured with {len(some):,} runs; its operations are reckoned for {size:,}.",
            "Of runs that do not end only the rows that the poller reads are in the table.",
        ),
    )


CASE = Case("poll_between", _TITLE, run)
