"""The crash matrix: what docs/crash-matrix.md says is what happens, and nothing that happens breaks a promise."""

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.matrix.cases import CASES
from tests.simulation.matrix.cell import healing_of
from tests.simulation.matrix.diagram import diagram_of
from tests.simulation.matrix.history import History, history
from tests.simulation.matrix.modes import MODES, Mode
from tests.simulation.matrix.page import PAGE, mode_of, page
from tests.simulation.matrix.script import Disturbance, Point
from tests.simulation.mutations import (
    Mutation,
    a_lost_write_counts_as_done,
    the_key_row_is_not_written,
    the_post_is_repeated,
    unsure_is_taken_as_refused,
)

START = 0
EACH_CASE = pytest.mark.parametrize("number", range(len(CASES)), ids=[case.title for case in CASES])


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The faults are on purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def disturbed(number: int) -> Iterator[tuple[Point, Disturbance, History]]:
    """Every history of a use case that the matrix has."""
    for point in history(number).points:
        for disturbance in Disturbance:
            yield point, disturbance, history(number, point, disturbance)


def test_the_page_says_what_happens() -> None:
    """Where it does not: python -m tests.simulation.matrix --write."""
    assert PAGE.read_text(encoding="utf-8") == page()


@EACH_CASE
def test_every_promise_is_kept(number: int) -> None:
    """Undisturbed, and disturbed at each point in each way; and never is there a session more than undisturbed."""
    usual = history(number)

    assert not usual.broken
    assert not [(point, how, each.broken) for point, how, each in disturbed(number) if each.broken]
    assert not [each for _, _, each in disturbed(number) if each.outcome.sessions > usual.outcome.sessions]


@EACH_CASE
def test_each_history_is_disturbed_once_and_where_it_was_meant_to_be(number: int) -> None:
    """One request, of that name, on the first instance, in that way."""
    for point, how, each in disturbed(number):
        struck = [asked for asked in each.asked if asked.disturbed is not None]

        assert [(point.name, how)] == [(asked.name, asked.disturbed) for asked in struck]
        assert all(asked.task.startswith(each.on_trial) for asked in struck)


@EACH_CASE
def test_each_way_of_healing_is_shown(number: int) -> None:
    """Wherever something had to heal, the cell names the failure mode that shows how."""
    usual = history(number).outcome

    for point, how, each in disturbed(number):
        if healing_of(each.outcome, usual):
            assert mode_of(CASES[number], number, point, how) is not None, (point, how)


def test_each_failure_mode_is_a_cell_of_the_matrix() -> None:
    """And no two are the same."""
    assert len(MODES) == len({(mode.case, mode.point, mode.disturbance) for mode in MODES})
    assert all(mode.point in history(mode.number).points for mode in MODES)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.title)
def test_a_diagram_is_short(mode: Mode) -> None:
    """Whoever looks at it sees at once what happens: twenty arrows at the most."""
    arrows = [line for line in diagram_of(mode) if ">>" in line or "-x" in line]

    assert 4 <= len(arrows) <= 20


@pytest.mark.parametrize(
    ("mutation", "point", "disturbance"),
    [
        (the_post_is_repeated, Point("RunDesktopFlow"), Disturbance.LOST_ANSWER),
        (unsure_is_taken_as_refused, Point("RunDesktopFlow"), Disturbance.LOST_ANSWER),
        (the_key_row_is_not_written, Point("RunDesktopFlow"), Disturbance.CRASH_AFTER),
        (a_lost_write_counts_as_done, Point("session recorded"), Disturbance.TIME_OUT),
    ],
)
def test_a_broken_rule_shows(
    mutation: Mutation, point: Point, disturbance: Disturbance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cell says something else where the product has one rule broken."""
    right = history(START, point, disturbance)
    mutation(monkeypatch)
    wrong = history.__wrapped__(START, point, disturbance)

    assert right.outcome != wrong.outcome


@pytest.mark.parametrize("disturbance", [Disturbance.ERROR, Disturbance.TIME_OUT])
def test_a_start_that_gets_no_permit_in_time_waits_for_its_turn(disturbance: Disturbance) -> None:
    """Nothing was sent, so it is neither unsure nor failed: its caller is told 202, and the queue starts it."""
    outcome = history(START, Point("permit taken"), disturbance).outcome

    assert (("202",), ("Succeeded",), "queue") == (outcome.answers, outcome.ends, outcome.session_by)


def test_a_start_whose_intent_is_written_late_waits_for_its_turn() -> None:
    """Storage was slow, Dataverse is not to blame: it is not told as unreachable."""
    outcome = history(START, Point("intent"), Disturbance.TIME_OUT).outcome

    assert (("202",), ("Succeeded",), "queue") == (outcome.answers, outcome.ends, outcome.session_by)
