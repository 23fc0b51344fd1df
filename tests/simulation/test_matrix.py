"""The crash matrix: what docs/crash-matrix.md says is what happens, and nothing that happens breaks a promise."""

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.matrix.history import history
from tests.simulation.matrix.script import Disturbance, Point

START = 0


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The faults are on purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("disturbance", [Disturbance.ERROR, Disturbance.TIME_OUT])
def test_a_start_that_gets_no_permit_in_time_waits_for_its_turn(disturbance: Disturbance) -> None:
    """Nothing was sent, so it is neither unsure nor failed: its caller is told 202, and the queue starts it."""
    outcome = history(START, Point("permit taken"), disturbance).outcome

    assert (("202",), ("Succeeded",), "queue") == (outcome.answers, outcome.ends, outcome.session_by)


def test_a_start_whose_intent_is_written_late_waits_for_its_turn() -> None:
    """Storage was slow, Dataverse is not to blame: it is not told as unreachable."""
    outcome = history(START, Point("intent"), Disturbance.TIME_OUT).outcome

    assert (("202",), ("Succeeded",), "queue") == (outcome.answers, outcome.ends, outcome.session_by)
