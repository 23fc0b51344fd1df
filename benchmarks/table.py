"""A result on the terminal."""

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.case import Check, Figure
from benchmarks.numbers import number
from benchmarks.results import Measured


def of(measured: Measured) -> str:
    result = measured.result
    quick = ", QUICK: not to publish" if measured.circumstances.quick else ""
    head = f"{result.title} ({result.case}: {result.regime}, {result.rounds} rounds, {measured.seconds:.0f} s{quick})"
    blocks = [
        aligned(_figures(result.figures)),
        aligned(map(_check, result.checks)),
        [f"note: {note}" for note in result.notes],
    ]
    return "\n".join([head, *(f"  {line}" for block in blocks for line in block)])


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    held = list(rows)
    widths = [max(map(len, column)) for column in zip(*held, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in held
    ]


def _figures(figures: Sequence[Figure]) -> Iterator[list[str]]:
    """A line for each quantity, a column for each subject: the median, and the least and the most of the rounds."""
    subjects = list(dict.fromkeys(each.subject for each in figures))
    told = {(each.quantity, each.unit, each.subject): spread(each) for each in figures}
    if figures:
        yield ["", *subjects]
    for quantity, unit in dict.fromkeys((each.quantity, each.unit) for each in figures):
        name = f"{quantity}, {unit}" if unit else quantity
        yield [name, *(told.get((quantity, unit, subject), "-") for subject in subjects)]


def spread(figure: Figure) -> str:
    least, most = min(figure.samples), max(figure.samples)
    middle = number(figure.median)
    return middle if least == most else f"{middle} ({number(least)} .. {number(most)})"


def _check(check: Check) -> list[str]:
    return [
        "holds" if check.holds else "FAILS",
        check.claim,
        number(check.value, check.unit),
        f"{check.bound} {number(check.limit, check.unit)}",
    ]
