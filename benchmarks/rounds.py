"""Rounds, and what is reckoned from them."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil

from benchmarks.case import Bench, Bound, Check, Distribution, Figure

PERCENTS = (*map(float, range(100)), 99.9, 100.0)
"""Whose values a distribution holds."""


def alternated[T](bench: Bench, rounds: int, subjects: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Each subject once a round, in turn and in turned order: A B, B A, A B. What drifts meets all of them alike."""
    told: dict[str, list[T]] = {name: [] for name in subjects}
    for number in range(rounds):
        order = list(subjects)[:: 1 if number % 2 == 0 else -1]
        for name in order:
            bench.say(f"round {number + 1} of {rounds}: {name}")
            told[name].append(subjects[name]())
    return told


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * percent / 100) - 1, 0)]


def distribution(subject: str, quantity: str, milliseconds: Sequence[float]) -> Distribution:
    return Distribution(
        subject=subject,
        quantity=quantity,
        milliseconds=tuple(percentile(milliseconds, percent) for percent in PERCENTS),
    )


def ratio(claim: str, ours: Figure, theirs: Figure, bound: Bound, limit: float) -> Check:
    """Of the medians; its samples are the ratios within each round."""
    paired = len(ours.samples) == len(theirs.samples)
    return Check(
        claim=claim,
        value=ours.median / theirs.median,
        bound=bound,
        limit=limit,
        unit="x",
        samples=tuple(a / b for a, b in zip(ours.samples, theirs.samples, strict=True)) if paired else (),
    )
