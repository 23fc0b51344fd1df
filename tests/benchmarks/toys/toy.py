"""A case that takes no time: what a pass over a list costs, beside two of them."""

from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.rounds import alternated, ratio


def run(bench: Bench) -> Result:
    bench.log("a line of the stack")
    counts = alternated(bench, 3, {"deskhand": lambda: 10.0, "two passes": lambda: 20.0})
    ours, theirs = (
        Figure(subject=name, quantity="steps", samples=tuple(samples)) for name, samples in counts.items()
    )
    return Result(
        case="toy",
        title="A toy",
        regime=Regime.NONE,
        rounds=3,
        method="Steps are counted." + (" Few of them." if bench.quick else ""),
        figures=(ours, theirs),
        checks=(
            ratio("steps over two passes'", ours, theirs, Bound.AT_MOST, 0.5),
            Check(claim="steps", value=ours.median, bound=Bound.AT_MOST, limit=9),
        ),
    )


CASE = Case("toy", "A toy", run)
