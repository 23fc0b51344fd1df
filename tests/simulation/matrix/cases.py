"""The use cases of the matrix: how the stage is set, what is done on trial, and who asks again where nothing was heard.

A new use case is a function that sets the stage and a member of `CASES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.simulation.matrix.stage import ENDLESS, LONG, QUICK, Stage
from tests.simulation.workload import QUEUE, TIMERS


class Again(Enum):
    """When whoever heard nothing, or a 5xx, asks again."""

    AT_ONCE = auto()
    IN_THE_END = auto()
    """Only what has not come about by itself: so the table shows how much does."""
    BY_ITSELF = auto()
    """Dataverse sends its callbacks again; passes come anyway."""


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    about: str
    verb: str
    """How the tasks of its requests begin."""
    prepare: Callable[[Stage], None]
    act: Callable[[Stage], None]
    again: Again
    has_callbacks: bool = True

    @property
    def is_timer(self) -> bool:
        """Nobody waits for an answer."""
        return self.verb in TIMERS

    def stage(self) -> Stage:
        """Set for it."""
        stage = Stage(has_callbacks=self.has_callbacks)
        stage.warm()
        self.prepare(stage)
        return stage


def _nothing(_stage: Stage) -> None:
    pass


def _started(flow_id: str) -> Callable[[Stage], None]:
    """A run that was started, and is seen running."""

    def prepare(stage: Stage) -> None:
        stage.start(flow_id)
        stage.pass_time(10)
        stage.run_timers()
        stage.look_at_its_shard()

    return prepare


def _waiting(flow_id: str, seconds: float) -> Callable[[Stage], None]:
    """A run that came while all starts were stopped, as they will be for so long."""

    def prepare(stage: Stage) -> None:
        stage.callers.pause(seconds)
        stage.pass_time(5)
        stage.start(flow_id)
        stage.pass_time(5)
        stage.look_at_its_shard()

    return prepare


def _stopped(stage: Stage) -> None:
    stage.callers.pause(60)
    stage.pass_time(5)


def _has_its_turn(stage: Stage) -> None:
    _waiting(LONG, 20)(stage)
    stage.pass_time(20)


def _ended_unheard(stage: Stage) -> None:
    stage.script.callbacks_are_lost = True
    _ends_soon(stage)
    stage.pass_time(30)


def _ends_soon(stage: Stage) -> None:
    _started(LONG)(stage)
    stage.pass_time(225)


def _answer_lost(stage: Stage) -> None:
    stage.script.lost_once = "RunDesktopFlow"
    stage.start(LONG)
    stage.pass_time(40)
    stage.look_at_its_shard()


def _never_arrived(stage: Stage) -> None:
    stage.script.dropped_once = "RunDesktopFlow"
    stage.start(LONG)
    stage.pass_time(220)
    stage.look_at_its_shard()


def _wanted_until_the_end(stage: Stage) -> None:
    stage.callers.pause(1e6)


CASES = (
    Case(
        "A start",
        "With an Idempotency-Key and a callback URL, on an instance that has started runs before.",
        "start",
        _nothing,
        lambda stage: stage.start(LONG),
        Again.AT_ONCE,
    ),
    Case(
        "A start without a callback URL",
        "No PUBLIC_BASE_URL: the session is claimed before it is recorded, and polling tells of the end.",
        "start",
        _nothing,
        lambda stage: stage.start(LONG),
        Again.AT_ONCE,
        has_callbacks=False,
    ),
    Case(
        "A start that waits",
        "All starts are stopped for a minute; the start is accepted and sent when its turn comes.",
        "start",
        _stopped,
        lambda stage: stage.start(LONG),
        Again.AT_ONCE,
    ),
    Case(
        "The turn of a waiting run",
        "A pass over the queue on the first instance. Its caller was answered long ago.",
        QUEUE,
        _has_its_turn,
        lambda stage: stage.run_timer(QUEUE),
        Again.BY_ITSELF,
    ),
    Case(
        "A cancel of a running run",
        "The flow runs until it is cancelled.",
        "cancel",
        _started(ENDLESS),
        lambda stage: stage.callers.cancel(stage.run_id),
        Again.IN_THE_END,
    ),
    Case(
        "A cancel of a waiting run",
        "All starts are stopped for an hour. Dataverse has nothing to do with it.",
        "cancel",
        _waiting(ENDLESS, 3600),
        lambda stage: stage.callers.cancel(stage.run_id),
        Again.IN_THE_END,
    ),
    Case(
        "A callback",
        "The first genuine one: a flow that was seen running has ended. Dataverse sends it up to four times.",
        "callback",
        _ends_soon,
        _nothing,
        Again.BY_ITSELF,
    ),
    Case(
        "A pass of the poller over an ended session",
        "The run was seen running, and its callback never came.",
        "poll",
        _ended_unheard,
        lambda stage: stage.run_timer("poll"),
        Again.BY_ITSELF,
    ),
    Case(
        "The look-up of a lost start that happened",
        "The answer to RunDesktopFlow was lost, the session exists, its flow is running.",
        "poll",
        _answer_lost,
        lambda stage: stage.run_timer("poll"),
        Again.BY_ITSELF,
    ),
    Case(
        "The look-up of a lost start that did not happen",
        "RunDesktopFlow never arrived, and the waiting time is over.",
        "poll",
        _never_arrived,
        lambda stage: stage.run_timer("poll"),
        Again.BY_ITSELF,
    ),
    Case(
        "Reading outputs",
        "Of a run that has succeeded.",
        "outputs",
        _started(QUICK),
        lambda stage: stage.callers.read_outputs(stage.run_id),
        Again.AT_ONCE,
    ),
    Case(
        "An operator stops all starts",
        "And tells so again where nothing was heard.",
        "pause",
        _nothing,
        _wanted_until_the_end,
        Again.AT_ONCE,
    ),
)
