"""One history: a use case, disturbed once or not at all, and what became of it."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from shared.run.model import Run
from shared.storage.table import Refusal
from tests.simulation.evidence import Evidence, error_of, request_of
from tests.simulation.judges import JUDGES
from tests.simulation.matrix.cases import CASES, Again, Case
from tests.simulation.matrix.script import Asked, Disturbance, Point
from tests.simulation.matrix.stage import Begun, Stage
from tests.simulation.workload import QUEUE

ANSWERED_SECONDS = 45.0
"""By then a start is answered, or never will be."""
_MOST_PASSES = 12
NEXT_PASS = "next pass"
REFUSES = "table refuses: "
"""How the simulation's trace tells it."""
_NAMES = {"poll": "poller", QUEUE: "queue"}


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was answered, when, and by which task."""

    at: float
    task: str
    status: int
    rest: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A transaction that Table Storage did not do."""

    at: float
    task: str
    why: Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the matrix shows of a history: compared with the undisturbed one."""

    answers: tuple[str, ...]
    ends: tuple[str, ...]
    """Of the runs; and whether starts are stopped."""
    session_by: str
    """Who recorded the session."""
    cancel_by: str
    """Who had Dataverse cancel it."""
    end_by: str
    """Who recorded the end."""
    sessions: int
    """How many Dataverse has for all of it."""


@dataclass(frozen=True, slots=True)
class History:
    points: tuple[Point, ...]
    outcome: Outcome
    broken: tuple[str, ...]
    """Promises that were not kept."""
    begun: tuple[Begun, ...]
    """From the trial on, as all that follows."""
    asked: tuple[Asked, ...]
    told: tuple[Told, ...]
    refused: tuple[Refused, ...]
    on_trial: str


@functools.cache
def history(number: int, point: Point | None = None, disturbance: Disturbance | None = None) -> History:
    """Of the use case with this number. It is the same each time."""
    case = CASES[number]
    stage = case.stage()
    if point is not None and disturbance is not None:
        stage.script.plan = (point, disturbance)
    since = stage.scheduler.now
    stage.fleet.try_next()
    case.act(stage)
    stage.pass_time(ANSWERED_SECONDS)
    if case.again is Again.AT_ONCE and not _heard(stage, case, since):
        _ask_again(stage, case)
    _heal(stage)
    if case.again is Again.IN_THE_END and not _heard(stage, case, since) and not stage.settled:
        _ask_again(stage, case)
        _heal(stage)
    stage.fleet.close()
    return _told(stage, case, since)


def _ask_again(stage: Stage, case: Case) -> None:
    if case.verb == "start":
        stage.start_again()
    else:
        case.act(stage)
    stage.pass_time(ANSWERED_SECONDS)


def _heal(stage: Stage) -> None:
    """Nothing but passes, on the second instance, until nothing is open."""
    for _ in range(_MOST_PASSES):
        if stage.settled:
            return
        stage.run_timers()


def _heard(stage: Stage, case: Case, since: float) -> bool:
    """Whether whoever asked was told what became of it."""
    return any(each.status < 500 for each in _answers(stage, case, since))


def _told(stage: Stage, case: Case, since: float) -> History:
    evidence = stage.evidence
    broken = [f"{each.claim} {each.subject}: {each.sentence}" for judge in JUDGES for each in judge(evidence)]
    begun = [each for each in stage.fleet.begun if each.at >= since]
    return History(
        points=tuple(stage.script.points),
        outcome=_outcome(stage, case, evidence, since),
        broken=tuple(broken),
        begun=tuple(begun),
        asked=tuple(each for each in stage.script.asked if each.at >= since),
        told=tuple(_answers(stage, None, since)),
        refused=tuple(_refused(stage, since)),
        on_trial=stage.script.on_trial,
    )


def _answers(stage: Stage, case: Case | None, since: float) -> Iterator[Told]:
    for at, task, what in stage.scheduler.trace:
        if at >= since and what.startswith("answers ") and (case is None or task.startswith(case.verb)):
            _, status, *rest = what.split(" ", 2)
            yield Told(at, task, int(status), rest[0] if rest else "")


def _refused(stage: Stage, since: float) -> Iterator[Refused]:
    for at, task, what in stage.scheduler.trace:
        if at >= since and what.startswith(REFUSES):
            yield Refused(at, task, Refusal(what.removeprefix(REFUSES)))


def _outcome(stage: Stage, case: Case, evidence: Evidence, since: float) -> Outcome:
    runs = [run for run_id, run in evidence.runs.items() if run_id not in stage.known]
    versions = [each for run in runs for each in evidence.versions[run.id]]
    sessions = [each for run in runs for each in evidence.accepted_for.get(run.id, ())]
    return Outcome(
        answers=tuple(_asks(stage, case, evidence, since)),
        ends=tuple(_end(run) for run in runs)
        + (("stopped",) if case.verb == "pause" and stage.starts_are_stopped else ()),
        session_by=_by(stage, case, (each.by for each in versions if each.run and each.run.session_id)),
        cancel_by=_by(stage, case, (each.task for each in stage.script.asked if _cancels(each))),
        end_by=_by(stage, case, (each.by for each in versions if each.run and each.run.ended)),
        sessions=len(sessions),
    )


def _end(run: Run) -> str:
    return error_of(run) or str(run.status)


def _cancels(asked: Asked) -> bool:
    undone = {Disturbance.CRASH_BEFORE, Disturbance.ERROR, Disturbance.TIME_OUT}
    return asked.name == "CancelDesktopFlowRun" and asked.disturbed not in undone


def _asks(stage: Stage, case: Case, evidence: Evidence, since: float) -> Iterator[str]:
    """Each time that somebody asked, and how that was answered."""
    if case.is_timer:
        return
    answers = {each.task: each for each in _answers(stage, case, since)}
    for begun in stage.fleet.begun:
        if begun.at >= since and begun.verb == case.verb:
            yield _answer(answers.get(begun.task), evidence)


def _answer(told: Told | None, evidence: Evidence) -> str:
    """`same`: the run is one that an earlier request had written."""
    if told is None:
        return "no answer"
    versions = evidence.versions.get(told.rest.rpartition(" ")[2], [])
    by_another = bool(versions) and request_of(versions[0].by) != request_of(told.task)
    return f"{told.status} same" if told.task.startswith("start") and by_another else str(told.status)


def _by(stage: Stage, case: Case, tasks: Iterator[str]) -> str:
    """Who was the first of these. A request that was sent again is told as such; another pass is told here."""
    first = next(tasks, "").partition("/")[0]
    verb = first.partition(" ")[0]
    if case.is_timer and verb == case.verb and first != stage.script.on_trial:
        return NEXT_PASS
    return _NAMES.get(verb, verb)
