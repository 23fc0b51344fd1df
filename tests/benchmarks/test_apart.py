"""Work in a process of its own is called as if it were here."""

import os

import pytest

from benchmarks.apart import ApartError, apart


class Counter:
    def __init__(self, begin: int) -> None:
        self._count = begin

    def add(self, number: int) -> tuple[int, int]:
        if number < 0:
            raise ValueError("Only forward.")
        self._count += number
        return self._count, os.getpid()

    def break_down(self) -> None:
        raise RuntimeError(os.getpid, lambda: None)

    def stop(self) -> None:
        os._exit(1)

    def close(self) -> None: ...


def test_an_object_keeps_its_state_over_there() -> None:
    """In one process, which is another than this."""
    with apart(Counter, 5) as counter:
        (first, there), (second, still_there) = counter(Counter.add, 1), counter(Counter.add, number=2)

    assert (6, 8) == (first, second)
    assert there == still_there != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(there, 0)


def test_what_is_raised_there_is_raised_here() -> None:
    """And it goes on."""
    with apart(Counter, 0) as counter:
        with pytest.raises(ValueError, match="Only forward"):
            counter(Counter.add, -1)
        assert 1 == counter(Counter.add, 1)[0]


def test_an_error_that_cannot_travel_is_told_in_words() -> None:
    """And that process goes on, too."""
    with apart(Counter, 0) as counter:
        with pytest.raises(ApartError, match="RuntimeError"):
            counter(Counter.break_down)
        assert 1 == counter(Counter.add, 1)[0]


def test_a_process_that_ends_is_no_answer() -> None:
    """It is told at once, not waited for."""
    with apart(Counter, 0) as counter, pytest.raises(EOFError):
        counter(Counter.stop)
