"""From values to places along an axis."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, log10

_STEPS = ((1.0,), (1.0, 2.0, 5.0), (1.0, 1.5, *map(float, range(2, 10))))
"""Where ticks may stand within a decade: the first that gives enough of them."""
_ENOUGH = 4
_ZERO_GAP = 40.0
"""How far from the rest of a log axis zero stands, which has no place on it."""
_NINES_END = 3.5
_MOST = 100


@dataclass(frozen=True, slots=True)
class LogScale:
    """Equal distances are equal ratios. Zero stands apart, at the beginning, where some value is zero."""

    ticks: tuple[float, ...]
    """The first and the last are the ends of the axis."""
    begin: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], begin: float, end: float) -> "LogScale":
        held = list(values)
        above = [value for value in held if value > 0] or [1.0]
        ticks = _ticks(min(above), max(above))
        return cls((0.0, *ticks) if min(held) <= 0 else ticks, begin, end)

    def place(self, value: float) -> float:
        if value <= 0:
            return self.begin
        above = [tick for tick in self.ticks if tick > 0]
        sign = 1 if self.end > self.begin else -1
        begin = self.begin + (sign * _ZERO_GAP if self.ticks[0] == 0 else 0)
        share = (log10(value) - log10(above[0])) / (log10(above[-1]) - log10(above[0]))
        return begin + share * (self.end - begin)


def _ticks(least: float, most: float) -> tuple[float, ...]:
    """From the last that is not above the least to the first that is not below the most; two or more."""
    found: tuple[float, ...] = ()
    for steps in _STEPS:
        found = _within(steps, least, most)
        if len(found) >= _ENOUGH:
            break
    return found


def _within(steps: tuple[float, ...], least: float, most: float) -> tuple[float, ...]:
    decades = range(floor(log10(least)), ceil(log10(most)) + 2)
    marks = [step * 10.0**decade for decade in decades for step in steps]
    first = max(number for number, mark in enumerate(marks) if mark <= least * (1 + 1e-9))
    last = next(number for number in count(first + 1) if marks[number] >= most * (1 - 1e-9))
    return tuple(marks[first : last + 1])


@dataclass(frozen=True, slots=True)
class NinesScale:
    """Percentiles, so that 90, 99 and 99.9 are equally far apart: what is rare has room. 100 stands at the end."""

    begin: float
    end: float

    def place(self, percent: float) -> float:
        nines = _NINES_END if percent >= _MOST else log10(_MOST / (_MOST - percent))
        return self.begin + (self.end - self.begin) * nines / _NINES_END
