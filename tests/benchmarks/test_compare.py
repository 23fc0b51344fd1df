import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from benchmarks import results
from benchmarks.case import Bound, Check, Figure, Result
from benchmarks.compare import Quantity, Verdict, cautions, changes
from benchmarks.results import Measured, Results
from tests.benchmarks import samples
from tests.benchmarks.conftest import Command

replace = msgspec.structs.replace


def check(value: float, bound: Bound = Bound.AT_MOST, samples: tuple[float, ...] = ()) -> Check:
    return Check(claim="p50 over the floor's", value=value, bound=bound, limit=1.1, unit="x", samples=samples)


def holding(*checks: Check, figures: tuple[Figure, ...] = (), quick: bool = False) -> Results:
    result = replace(samples.LATENCY, checks=checks, figures=figures)
    return Results(cases=(samples.measured(result, replace(samples.CIRCUMSTANCES, quick=quick)),))


def verdicts(old: Results, new: Results) -> list[Verdict]:
    return [each.verdict for each in changes(old, new, tolerance=0.1)]


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (check(1.0), check(1.09), Verdict.SAME),
        (check(1.0), check(1.11), Verdict.WORSE),
        (check(1.0), check(0.89), Verdict.BETTER),
        (check(1.0, samples=(0.8, 1.3)), check(1.2), Verdict.SAME),
        (check(1.0, samples=(0.8, 1.3)), check(1.31), Verdict.WORSE),
        (check(1.0, Bound.AT_LEAST), check(0.89, Bound.AT_LEAST), Verdict.WORSE),
        (check(1.0, Bound.AT_LEAST), check(1.2, Bound.AT_LEAST), Verdict.BETTER),
        (check(0.0), check(1.0), Verdict.WORSE),
    ],
)
def test_worse_is_beyond_the_spread_and_beyond_the_tolerance(
    old: Check, new: Check, verdict: Verdict
) -> None:
    """In the direction that the check's bound says. What was nothing at all has no tolerance."""
    assert [verdict] == verdicts(holding(old), holding(new))


def test_counts_are_compared_and_times_are_not() -> None:
    """One request more is worse on any machine; a millisecond more may be the machine's."""
    counted = Figure(subject="deskhand", quantity="operations", samples=(1, 1))
    timed = Figure(subject="deskhand", quantity="p50", unit="ms", samples=(1, 1))
    old = holding(figures=(counted, timed))
    new = holding(figures=(replace(counted, samples=(2, 2)), replace(timed, samples=(2, 2))))

    assert [Verdict.WORSE] == verdicts(old, new)


def test_counts_of_a_quick_run_are_not_compared_with_those_of_a_full_one() -> None:
    """They count other sizes. The ratios are compared, and it is told."""
    counted = (Figure(subject="deskhand", quantity="operations", samples=(1,)),)
    old, new = holding(check(1), figures=counted), holding(check(1), figures=counted, quick=True)

    assert [Verdict.SAME] == verdicts(old, new)
    assert ["trigger_latency: only the new one is a quick one; counts are not compared"] == list(
        cautions(old, new)
    )


def first(found: Results, change: Callable[[Measured], Measured]) -> Results:
    return Results(cases=(change(found.cases[0]), *found.cases[1:]))


def elsewhere(measured: Measured) -> Measured:
    machine = replace(samples.MACHINE, cores=64)
    return replace(measured, circumstances=replace(measured.circumstances, machine=machine))


def with_checks(change: Callable[[Result], tuple[Check, ...]]) -> Callable[[Measured], Measured]:
    return lambda each: replace(each, result=replace(each.result, checks=change(each.result)))


@pytest.mark.parametrize(
    ("new", "caution"),
    [
        (Results(cases=samples.RESULTS.cases[:1]), "poll_between: only the old file has it"),
        (first(samples.RESULTS, elsewhere), "trigger_latency: another machine, or other versions"),
        (
            first(samples.RESULTS, with_checks(lambda each: each.checks[1:])),
            'trigger_latency: no check any more of "p50 over the floor\'s"',
        ),
        (
            first(
                samples.RESULTS,
                with_checks(lambda each: (replace(each.checks[0], limit=1.2), each.checks[1])),
            ),
            "trigger_latency: p50 over the floor's: the target was at most 1.10x, and is at most 1.20x",
        ),
        (
            first(
                samples.RESULTS,
                with_checks(lambda each: (each.checks[0], replace(each.checks[1], value=14.9))),
            ),
            "trigger_latency: p99 above the floor's: holds now",
        ),
    ],
)
def test_what_a_comparison_must_not_hide_is_told(new: Results, caution: str) -> None:
    """Missing cases and checks, another machine, a target that moved, a check that turned."""
    assert [caution] == list(cautions(samples.RESULTS, new))


def test_a_case_that_is_new_is_told() -> None:
    """There is nothing to compare it with."""
    assert ["poll_between: only the new file has it"] == list(
        cautions(Results(cases=samples.RESULTS.cases[:1]), samples.RESULTS)
    )


def test_the_command_fails_where_something_got_worse(command: Command, tmp_path: Path) -> None:
    """Exit code 1 and what it was; 0 with a tolerance that allows it."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    results.write(old, holding(check(1.0)))
    results.write(new, holding(check(1.3)))
    run = command("compare", str(old), str(new))

    assert 1 == run.returncode, run.stderr
    assert re.search(
        r"WORSE +trigger_latency +p50 over the floor's +1\.00x -> 1\.30x +at most 1\.10x", run.stdout
    )
    assert "note: trigger_latency: p50 over the floor's: does not hold any more" in run.stdout
    assert 0 == command("compare", str(old), str(new), "--tolerance", "40").returncode
    assert 0 == command("compare", str(new), str(old)).returncode


def test_nothing_to_compare_is_no_success(command: Command, tmp_path: Path) -> None:
    """Files that share no case, or that are none."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    results.write(old, Results(cases=samples.RESULTS.cases[:1]))
    results.write(new, Results(cases=samples.RESULTS.cases[1:]))

    assert 1 == command("compare", str(old), str(new)).returncode
    assert 1 == command("compare", str(old), str(tmp_path / "none.json")).returncode


def test_a_negative_value_has_a_tolerance_too() -> None:
    """Such as a p99 below the floor's: ten percent of two milliseconds either way."""
    old, near, far = (Quantity("p99", "ms", value, (), less_is_better=True) for value in (-2.0, -1.9, -1.5))

    assert (Verdict.SAME, Verdict.WORSE) == (old.verdict(near, 0.1), old.verdict(far, 0.1))
