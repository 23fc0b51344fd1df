"""Budgets and counts stay what they are however much is asked of them."""

import json
import logging
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.budget import WINDOW_SECONDS, Budget
from shared.callback_defence import Recent
from shared.clock import SYSTEM_CLOCK, Clock
from shared.log.names import Name
from shared.tally import Tally


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0
        self.clock = Clock(now=SYSTEM_CLOCK.now, monotonic=lambda: self.at, sleep=SYSTEM_CLOCK.sleep)


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from("abc")), max_size=120))
def test_no_window_of_ten_seconds_holds_more_than_was_allowed(steps: list[tuple[float, str]]) -> None:
    """Neither for one run nor for all of them, and whoever has something left gets it."""
    hand = Hand()
    budget = Budget(hand.clock, for_each=2, for_all=4)
    granted: list[tuple[float, str]] = []
    for pause, run in steps:
        hand.at += pause
        window = [spender for at, spender in granted if at > hand.at - WINDOW_SECONDS]
        left = window.count(run) < 2 and len(window) < 4
        assert left == budget.spend(run)
        granted += [(hand.at, run)] if left else []


def test_a_budget_forgets_who_spent_long_ago() -> None:
    """Memory does not grow with the number of runs."""
    hand = Hand()
    budget = Budget(hand.clock, for_each=1, for_all=10)
    for number in range(1000):
        hand.at += 2
        assert budget.spend(str(number))

    assert len(budget._by_run) <= 5


def test_only_the_last_are_remembered() -> None:
    """A thousand replays of different runs push out the oldest, and no more is kept."""
    recent = Recent(3)
    for each in "abcd":
        recent.note(each)

    assert [False, True, True, True] == [each in recent for each in "abcd"]


class Kind(StrEnum):
    GOOD = "good"
    BAD = "bad"


def test_a_tally_tells_the_first_and_then_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Sums since the last line, the most frequent first; nothing is lost in between."""
    caplog.set_level(logging.INFO)
    hand = Hand()
    tally = Tally[Kind](hand.clock, logging.getLogger("t"), Name.CALLBACKS)
    for number in range(130):
        hand.at = float(number)
        tally.count(Kind.GOOD if number % 10 == 0 else Kind.BAD)

    told = [json.loads(message) for message in caplog.messages]
    assert [{"good": 1}, {"bad": 54, "good": 6}, {"bad": 54, "good": 6}] == [each["counts"] for each in told]
    assert ["callbacks"] * 3 == [each["name"] for each in told]
    assert "bad=54 good=6" == told[-1]["message"]
    assert {Kind.GOOD: 13, Kind.BAD: 117} == tally.total
