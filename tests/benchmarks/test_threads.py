"""An open loop hides no waiting, and a closed one starts each order once."""

import threading
import time
from collections.abc import Iterator

import pytest

from benchmarks.starts import Numbers, arrivals
from benchmarks.threads import MishapError, Threads

SECONDS = 0.05


class Slow(Threads[int]):
    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.done: list[int] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def prepared(self, number: int) -> int:
        return number

    def start(self, prepared: int) -> None:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(SECONDS)
        with self._lock:
            self._at_once -= 1
        self.done.append(prepared)


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow(4)
    yield slow
    slow.close()


def test_waiting_for_a_thread_counts() -> None:
    """Three that are due at once, on one thread: the third has waited for two."""
    slow = Slow(1)
    told = slow.as_they_come(7, [0.0, 0.0, 0.0])
    slow.close()

    assert [7, 8, 9] == slow.done
    assert all(took >= SECONDS * (number + 1) * 1000 for number, took in enumerate(told))


def test_nobody_waits_for_another_answer(slow: Slow) -> None:
    """What is due is sent, whatever is still under way."""
    slow.as_they_come(0, [0.0, 0.0, 0.0])

    assert 3 == slow.most_at_once


def test_callers_take_turns(slow: Slow) -> None:
    """Each has one order under way, and each order is started once."""
    seconds = slow.in_turn(range(6), 2)

    assert list(range(6)) == sorted(slow.done)
    assert 2 == slow.most_at_once
    assert seconds >= 3 * SECONDS


class Standing(Slow):
    def start(self, prepared: int) -> None:
        super().start(prepared)
        raise MishapError(prepared)


def test_a_standstill_is_forgiven_once() -> None:
    """As many starts as may be under way at most; they are timed like the others."""
    standing = Standing(32)

    assert all(took >= SECONDS * 1000 for took in standing.as_they_come(0, [0.0] * 32))
    with pytest.raises(MishapError):
        standing.in_turn(range(1), 1)
    standing.close()


def test_arrivals_are_the_same_for_every_side() -> None:
    """In order, at random, as many a second as was said."""
    told = arrivals(100, 5000, seed=1)

    assert told == arrivals(100, 5000, seed=1) != arrivals(100, 5000, seed=2)
    assert list(told) == sorted(told)
    assert told[-1] == pytest.approx(50, rel=0.1)


def test_no_number_is_given_twice() -> None:
    """Two orders of one number would be the same start."""
    numbers = Numbers()

    assert [range(3), range(3, 5)] == [numbers.next(3), numbers.next(2)]
