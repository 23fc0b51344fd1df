"""The plots of a result, as SVG: small, readable in light and dark, and the same bytes from the same result."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from benchmarks.case import Result
from benchmarks.plots import breakdown, curves, percentiles


@dataclass(frozen=True, slots=True)
class Plot:
    name: str
    """Of its file."""
    alternative: str
    """What it shows, for whoever cannot see it."""
    svg: str


def of(result: Result) -> Iterator[Plot]:
    """A plot for each quantity that has curves or distributions, and one of the breakdown."""
    head = f"{result.title} ({result.regime})"
    hues = _hues(result)
    for (quantity, unit), curved in grouped(result.curves, lambda each: (each.quantity, each.unit)).items():
        title = f"{head}: {quantity}" + (f", {unit}" if unit else "")
        yield _plot(result, quantity, title, curves.draw(title, curved, hues))
    for quantity, distributed in grouped(result.distributions, lambda each: each.quantity).items():
        title = f"{head}: {quantity}, ms"
        yield _plot(result, f"{quantity} percentiles", title, percentiles.draw(title, distributed, hues))
    if result.breakdown:
        title = f"{head}: where the time goes, ms"
        yield _plot(result, "breakdown", title, breakdown.draw(title, result.breakdown))


def _hues(result: Result) -> dict[str, int]:
    """Whoever is blue in one plot is blue in all."""
    subjects = [curve.subject for curve in result.curves]
    subjects += [distribution.subject for distribution in result.distributions]
    return {subject: hue for hue, subject in enumerate(dict.fromkeys(subjects))}


def _plot(result: Result, what: str, title: str, svg: str) -> Plot:
    words = re.sub(r"[^a-z0-9]+", "-", f"{result.case} {what}".lower()).strip("-")
    return Plot(f"{words}.svg", title, svg)


def grouped[T, K](values: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Those with the same key together, wherever they stand."""
    groups: dict[K, list[T]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups
