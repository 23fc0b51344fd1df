"""What is bounded in size or number stays so."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from shared.http.members import Body, read_members
from shared.http.problems import MOST_DETAILS, ProblemError
from shared.turns import Turns

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_body_full_of_faults_is_not_answered_with_a_larger_one() -> None:
    """A bounded number of unknown members is named."""
    with pytest.raises(ProblemError) as refused:
        read_members({str(number): 1 for number in range(10_000)}, Body)

    assert MOST_DETAILS == len(refused.value.details)


@pytest.mark.parametrize(
    "schedule", [timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)]
)
def test_every_key_has_its_turns_whatever_the_schedule(schedule: timedelta) -> None:
    """At once, then about once in half an hour; never left out, never at every pass of a quick poller."""
    turns = Turns(timedelta(minutes=30))
    passes = [T0 + schedule * number for number in range(int(timedelta(hours=24) / schedule))]
    taken = [at for at in passes if turns.due("run", at)]

    assert T0 == taken[0]
    assert {max(timedelta(minutes=30), schedule)} == {later - one for one, later in itertools.pairwise(taken)}
