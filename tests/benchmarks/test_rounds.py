import pytest

from benchmarks.case import Bound, Check, Figure
from benchmarks.console import Console
from benchmarks.numbers import number
from benchmarks.rounds import PERCENTS, alternated, distribution, percentile, ratio


def test_each_round_turns_the_order() -> None:
    """A B, B A, A B: what drifts meets both alike."""
    order: list[str] = []
    told = alternated(
        Console("toy", quick=True), 3, {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    )

    assert list("abbaab") == order
    assert {"a": 3, "b": 3} == {name: len(samples) for name, samples in told.items()}


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1), (1, 1), (50, 50), (50.1, 51), (99, 99), (99.9, 100), (100, 100)]
)
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    """The smallest that so many percent of all do not exceed; the values come in any order."""
    assert value == percentile(list(range(100, 0, -1)), percent)


def test_a_distribution_holds_a_value_for_each_percentile() -> None:
    """From the least to the most."""
    told = distribution("deskhand", "latency", [3, 1, 2]).milliseconds

    assert (len(PERCENTS), 1, 3) == (len(told), told[0], told[-1])
    assert sorted(told) == list(told)


def test_a_ratio_is_of_the_medians_and_keeps_those_of_the_rounds() -> None:
    """So a later comparison knows how far it swings by itself."""
    ours, theirs = (
        Figure(subject=name, quantity="p50", samples=samples)
        for name, samples in (("a", (10, 20, 60)), ("b", (10, 10, 20)))
    )
    check = ratio("p50", ours, theirs, Bound.AT_MOST, 2)

    assert (2, (1, 2, 3), True) == (check.value, check.samples, check.holds)


@pytest.mark.parametrize(
    ("bound", "value", "holds"),
    [
        (Bound.AT_MOST, 5, True),
        (Bound.AT_MOST, 5.1, False),
        (Bound.AT_LEAST, 5, True),
        (Bound.AT_LEAST, 4.9, False),
    ],
)
def test_a_check_holds_up_to_its_limit(bound: Bound, value: float, holds: bool) -> None:
    """The limit itself is allowed."""
    assert holds is Check(claim="c", value=value, bound=bound, limit=5).holds


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (45678, "", "45,678"),
        (1.0496, "x", "1.05x"),
        (1.1, "x", "1.10x"),
        (12.345, "ms", "12.3 ms"),
        (0.012345, "s", "0.0123 s"),
        (0.00001234, "s", "0.0000123 s"),
        (123.45, "ms", "123 ms"),
        (9999.5, "1/s", "10,000 1/s"),
        (-0.5, "ms", "-0.5 ms"),
    ],
)
def test_numbers_are_written_with_what_means_something(value: float, unit: str, text: str) -> None:
    """Three digits, all of a whole number, never an exponent."""
    assert text == number(value, unit)
