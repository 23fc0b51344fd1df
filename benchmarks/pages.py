"""The results as Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from benchmarks import plots, table
from benchmarks.case import Check, Figure, Result
from benchmarks.numbers import number
from benchmarks.plots import Plot, grouped
from benchmarks.results import Circumstances, Machine, Measured, Results

_README_PLOTS = ("trigger_latency", "poll_between")
NOTHING = "Nothing has been measured yet: `python3 -m benchmarks`, then `python3 -m benchmarks report`."


def summary(results: Results, folder: str) -> Iterator[str]:
    """For the README: the first check of each case, all that do not hold, and some of the plots."""
    if not results.cases:
        yield NOTHING
        return
    yield from _machines(results)
    yield ""
    rows = (row for each in results.cases for row in _summary_rows(each))
    yield from _table(("What", "Check", "Measured", "Target", ""), rows)
    yield ""
    yield f"{_score(results)} {_hint(results)}".strip()
    for plot in _shown_in_readme(results):
        yield from ("", _image(plot, folder))


def results(found: Results, folder: str) -> Iterator[str]:
    """For the page about performance: all there is."""
    if not found.cases:
        yield NOTHING
        return
    yield from _machines(found)
    yield ""
    yield f"{_score(found)} {_hint(found)}".strip()
    for each in found.cases:
        yield ""
        yield from _case(each, folder)


def _case(measured: Measured, folder: str) -> Iterator[str]:
    result = measured.result
    yield f"### {result.title}"
    yield ""
    yield result.method
    yield f"`{result.case}`, {result.regime}, {result.rounds} rounds, {_when(measured)}."
    if result.checks:
        yield ""
        yield from _table(("Check", "Measured", "Target", ""), map(_check_row, result.checks))
    if result.figures:
        yield ""
        yield from _figures(result)
    if result.notes:
        yield ""
        yield from (f"* {note}" for note in result.notes)
    for plot in plots.of(result):
        yield from ("", _image(plot, folder))


def _figures(result: Result) -> Iterator[str]:
    """A row for each quantity, a column for each subject: the median, and the least and the most of the rounds."""
    subjects = list(grouped(result.figures, lambda each: each.subject))
    rows = [
        (_named(figures[0]), *(_cell(figures, subject) for subject in subjects))
        for figures in grouped(result.figures, lambda each: (each.quantity, each.unit)).values()
    ]
    yield from _table(("Median (least .. most)", *subjects), rows)


def _named(figure: Figure) -> str:
    return f"{figure.quantity}, {figure.unit}" if figure.unit else figure.quantity


def _cell(figures: Iterable[Figure], subject: str) -> str:
    return next((table.spread(each) for each in figures if each.subject == subject), "")


def _check_row(check: Check) -> tuple[str, ...]:
    return (check.claim, number(check.value, check.unit), _target(check), _verdict(check))


def _summary_rows(measured: Measured) -> Iterator[tuple[str, ...]]:
    """The case's first check, and those that do not hold; the case is named once."""
    result = measured.result
    for place, check in enumerate(result.checks):
        if place == 0 or not check.holds:
            yield (f"**{result.title}**, {result.regime}" if place == 0 else "", *_check_row(check))


def _target(check: Check) -> str:
    return f"{check.bound} {number(check.limit, check.unit)}"


def _verdict(check: Check) -> str:
    return "holds" if check.holds else "**does not hold**"


def _score(results: Results) -> str:
    checks = [check for each in results.cases for check in each.result.checks]
    return f"{sum(check.holds for check in checks)} of {len(checks)} checks hold."


def _hint(results: Results) -> str:
    quick = [f"`{each.result.case}`" for each in results.cases if each.circumstances.quick]
    return (
        f"**Measured quickly, with small sizes, not to be relied on: {', '.join(quick)}.**" if quick else ""
    )


def _when(measured: Measured) -> str:
    circumstances = measured.circumstances
    return (
        f"{measured.seconds:.0f} s on {circumstances.at[:10]}, {_commit(circumstances)}"
        f"{', **quick**' if circumstances.quick else ''}; load before it {circumstances.load:.1f}"
    )


def _commit(circumstances: Circumstances) -> str:
    if not circumstances.commit:
        return "no commit"
    return f"commit {circumstances.commit[:10]}{' **with changes**' if circumstances.dirty else ''}"


def _machines(results: Results) -> Iterator[str]:
    """A sentence for each machine; which cases, only where there are several."""
    measured_on = grouped(results.cases, lambda each: _machine(each.circumstances.machine))
    for machine, cases in measured_on.items():
        names = ", ".join(f"`{each.result.case}`" for each in cases)
        yield f"Measured on {machine}{f': {names}' if len(measured_on) > 1 else ''}."


def _machine(machine: Machine) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    return (
        f"{machine.cores} cores of {machine.cpu}, {machine.memory_gb:g} GB, {machine.system}, "
        f"Python {machine.python} ({packages})"
    )


def _shown_in_readme(results: Results) -> Iterator[Plot]:
    for name in _README_PLOTS:
        each = results.of(name)
        if each is not None:
            yield from plots.of(each.result)


def _image(plot: Plot, folder: str) -> str:
    return f"![{plot.alternative}]({folder}/{plot.name})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield "|".join(["", *("---" for _ in head), ""])
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"
