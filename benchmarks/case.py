"""What a benchmark is, and what it tells. The values are msgspec Structs: their JSON is the results file's.

A figure is a quantity of one subject, one sample a round. A check compares figures with a target. A curve or a distribution
is what a plot is drawn from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Protocol

import msgspec


class Regime(StrEnum):
    """Over what wire it is measured."""

    LOOPBACK = "loopback"
    """As fast as this machine is: what the code itself costs."""
    WAN = "wan"
    """Each round trip takes 10 ms to storage and 60 ms to Dataverse."""
    NONE = "none"
    """Nothing is asked of anybody."""


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value of the results file."""


class Figure(Value, frozen=True, kw_only=True):
    subject: str
    """Whose it is: deskhand, or the baseline's name."""
    quantity: str
    """Such as "p50" or "Dataverse operations"."""
    unit: str = ""
    """ms, s, MB, µs/run or 1/s; empty for a count."""
    samples: tuple[float, ...]
    """One a round."""

    @property
    def median(self) -> float:
        return median(self.samples)


class Bound(StrEnum):
    AT_MOST = "at most"
    AT_LEAST = "at least"


class Check(Value, frozen=True, kw_only=True):
    """A target, and what came of it."""

    claim: str
    """What is compared, in words: "p50 over the floor's"."""
    value: float
    bound: Bound
    limit: float
    unit: str = ""
    """As a figure's; "x" for a ratio."""
    samples: tuple[float, ...] = ()
    """One a round, where each round tells one: how far the value swings by itself."""

    @property
    def holds(self) -> bool:
        return self.value <= self.limit if self.bound is Bound.AT_MOST else self.value >= self.limit


class Curve(Value, frozen=True, kw_only=True):
    """A quantity against the number of runs, for a plot with two log axes. Curves of one plot share quantity and unit."""

    subject: str
    quantity: str
    unit: str = ""
    points: tuple[tuple[float, float], ...]


class Distribution(Value, frozen=True, kw_only=True):
    """Latencies of all rounds, in ms: a value for each of the percentiles 0, 1, .. 99, and 99.9 and 100 at the end."""

    subject: str
    quantity: str
    milliseconds: tuple[float, ...]


class Part(Value, frozen=True, kw_only=True):
    """A share of where time goes, in the order in which it is spent."""

    name: str
    milliseconds: float


class Result(Value, frozen=True, kw_only=True):
    """What one case measured."""

    case: str
    title: str
    regime: Regime
    rounds: int
    method: str
    """One or two sentences: what was done, how often, against what."""
    figures: tuple[Figure, ...] = ()
    checks: tuple[Check, ...] = ()
    curves: tuple[Curve, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    breakdown: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know to read the figures right."""


class Bench(Protocol):
    """What a case is given."""

    @property
    def quick(self) -> bool:
        """Small sizes and few rounds: to see that it works, not to publish."""
        ...

    def say(self, text: str) -> None:
        """Progress, for whoever waits."""
        ...

    def log(self, line: str) -> None:
        """What the parts of a stack print: kept, and shown if the case fails. Fits `local.stack.running`."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    """As on the command line."""
    title: str
    run: Callable[[Bench], Result]
