"""python3 -m benchmarks compare: what got worse between two files of results.

Checks are compared, most of them ratios, and counts of requests and operations. Times are not: they are the machine's.
Worse is what is beyond the spread of the old rounds and beyond the tolerance as well.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from benchmarks import results, table
from benchmarks.case import Bound, Check, Result
from benchmarks.numbers import number
from benchmarks.results import Measured, Results, UnreadableResultsError
from local.progress import say


class Verdict(StrEnum):
    WORSE = "WORSE"
    BETTER = "better"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that is better when it is less, or when it is more."""

    name: str
    unit: str
    value: float
    samples: tuple[float, ...]
    less_is_better: bool
    target: str = ""

    def verdict(self, new: "Quantity", tolerance: float) -> Verdict:
        """Of the new one, beside this one. The tolerance is a share of the old value: 0.1 for ten percent."""
        seen = (*self.samples, self.value)
        margin = abs(self.value) * tolerance
        if new.value > max(*seen, self.value + margin):
            return Verdict.WORSE if self.less_is_better else Verdict.BETTER
        if new.value < min(*seen, self.value - margin):
            return Verdict.BETTER if self.less_is_better else Verdict.WORSE
        return Verdict.SAME


@dataclass(frozen=True, slots=True)
class Change:
    case: str
    old: Quantity
    new: Quantity
    verdict: Verdict

    @property
    def row(self) -> tuple[str, ...]:
        old, new = (number(each.value, each.unit) for each in (self.old, self.new))
        return (self.verdict, self.case, self.new.name, f"{old} -> {new}", self.new.target)


def main(options: argparse.Namespace) -> int:
    """1 if something got worse, or nothing could be compared."""
    try:
        old, new = results.read(options.old), results.read(options.new)
    except UnreadableResultsError as error:
        say(str(error))
        return 1
    found = list(changes(old, new, options.tolerance / 100))
    for caution in cautions(old, new):
        print(f"note: {caution}")
    for line in table.aligned(each.row for each in found if each.verdict is not Verdict.SAME):
        print(line)
    worse, better = (
        sum(each.verdict is verdict for each in found) for verdict in Verdict if verdict != "same"
    )
    print(f"{len(found)} compared: {worse} worse, {better} better.")
    return 1 if worse or not found else 0


def changes(old: Results, new: Results, tolerance: float) -> Iterator[Change]:
    for before, after in _pairs(old, new):
        now = _quantities(after.result, counts=_same_size(before, after))
        for key, quantity in _quantities(before.result, counts=_same_size(before, after)).items():
            if key in now:
                verdict = quantity.verdict(now[key], tolerance)
                yield Change(after.result.case, quantity, now[key], verdict)


def cautions(old: Results, new: Results) -> Iterator[str]:
    """What a reader must know before believing the comparison."""
    names = [{each.result.case for each in those.cases} for those in (old, new)]
    yield from (f"{name}: only the old file has it" for name in sorted(names[0] - names[1]))
    yield from (f"{name}: only the new file has it" for name in sorted(names[1] - names[0]))
    for before, after in _pairs(old, new):
        yield from (f"{after.result.case}: {caution}" for caution in _cautions(before, after))


def _cautions(before: Measured, after: Measured) -> Iterator[str]:
    if not _same_size(before, after):
        yield f"only the {'old' if before.circumstances.quick else 'new'} one is a quick one; counts are not compared"
    if before.circumstances.machine != after.circumstances.machine:
        yield "another machine, or other versions"
    was, now = _checks(before.result), _checks(after.result)
    yield from (f"no check any more of {claim!r}" for claim in was.keys() - now.keys())
    for claim in was.keys() & now.keys():
        if _target(was[claim]) != _target(now[claim]):
            yield f"{claim}: the target was {_target(was[claim])}, and is {_target(now[claim])}"
        if was[claim].holds != now[claim].holds:
            yield f"{claim}: {'holds now' if now[claim].holds else 'does not hold any more'}"


def _pairs(old: Results, new: Results) -> Iterator[tuple[Measured, Measured]]:
    for before in old.cases:
        after = new.of(before.result.case)
        if after is not None:
            yield before, after


def _same_size(before: Measured, after: Measured) -> bool:
    return before.circumstances.quick == after.circumstances.quick


def _quantities(result: Result, *, counts: bool) -> dict[str, Quantity]:
    found = [
        Quantity(
            check.claim,
            check.unit,
            check.value,
            check.samples,
            less_is_better=check.bound is Bound.AT_MOST,
            target=_target(check),
        )
        for check in result.checks
    ]
    if counts:
        found += [
            Quantity(
                f"{figure.quantity}, {figure.subject}", "", figure.median, figure.samples, less_is_better=True
            )
            for figure in result.figures
            if not figure.unit
        ]
    return {each.name: each for each in found}


def _checks(result: Result) -> dict[str, Check]:
    return {check.claim: check for check in result.checks}


def _target(check: Check) -> str:
    return f"{check.bound} {number(check.limit, check.unit)}"
