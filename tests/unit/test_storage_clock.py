"""Table Storage's time is known between two bounds, whatever our own clocks say."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Clock
from shared.storage.clock import StorageClock

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = st.floats(0, 3, allow_nan=False)


class Hands:
    """A count of seconds that tests move, a wall clock that is wrong, and storage's true time."""

    def __init__(self, wrong_by: float = 0) -> None:
        self.seconds = 1000.0
        self.wrong_by = wrong_by
        self.clock = Clock(
            now=lambda: self.truth + timedelta(seconds=self.wrong_by),
            monotonic=lambda: self.seconds,
            sleep=lambda _: None,
        )

    @property
    def truth(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds)

    def ask(self, storage: StorageClock, there: float, back: float) -> None:
        """An answer that bears storage's time, cut to the second, as it was between the way there and the way back."""
        begun = self.seconds
        self.seconds += there
        date = self.truth.replace(microsecond=0)
        self.seconds += back
        storage.told(date, begun)


@given(st.lists(st.tuples(SECONDS, SECONDS, SECONDS), min_size=1, max_size=30), st.floats(-500, 500))
def test_the_truth_lies_between_the_bounds(asked: list[tuple[float, float, float]], wrong_by: float) -> None:
    """However long requests take and however wrong our wall clock is."""
    hands = Hands(wrong_by)
    storage = StorageClock(hands.clock)
    for there, back, pause in asked:
        hands.ask(storage, there, back)
        hands.seconds += pause
        least, most = storage.at_least(), storage.at_most()

        assert least is not None
        assert most is not None
        assert least <= hands.truth + timedelta(microseconds=10)
        assert most >= hands.truth - timedelta(microseconds=10)


def test_many_answers_narrow_it_down_to_a_round_trip() -> None:
    """The header's whole seconds stand in the way of the first answer only."""
    hands = Hands()
    storage = StorageClock(hands.clock)
    for _ in range(50):
        hands.ask(storage, 0.01, 0.01)
        hands.seconds += 0.17
    least, most = storage.at_least(), storage.at_most()

    assert least is not None
    assert most is not None
    assert (most - least).total_seconds() < 0.1


def test_a_clock_that_was_put_right_is_followed() -> None:
    """Bounds that exclude each other are given up for the newest answer."""
    hands = Hands()
    storage = StorageClock(hands.clock)
    hands.ask(storage, 0.01, 0.01)
    storage.told(hands.truth + timedelta(seconds=300), hands.seconds)
    least = storage.at_least()

    assert least is not None
    assert least >= hands.truth + timedelta(seconds=299)


def test_nothing_is_known_before_the_first_answer() -> None:
    """No guess from our own clock."""
    storage = StorageClock(Hands().clock)

    assert (None, None, None) == (storage.at_least(), storage.at_most(), storage.ahead_seconds)
