"""A history as a Mermaid sequence diagram: what happened, in the order in which it happened, without what does not matter."""

from collections.abc import Iterator

from shared.storage.table import Refusal
from tests.simulation.matrix.cases import CASES
from tests.simulation.matrix.history import History, Refused, Told, history
from tests.simulation.matrix.modes import Mode
from tests.simulation.matrix.points import ANOTHER_SHARD, ITS_SHARD, OF_ALL_SHARDS
from tests.simulation.matrix.script import Asked, Disturbance
from tests.simulation.matrix.stage import Begun
from tests.simulation.workload import QUEUE

_REQUESTS = {
    "start": "start",
    "cancel": "cancel",
    "outputs": "read outputs",
    "pause": "stop all starts",
    "callback": "callback",
}
_PASSES = {"poll": "a pass of the poller", QUEUE: "a pass over the queue"}
_TELLS = {
    "session recorded",
    "end recorded",
    "claim",
    "cancel recorded",
    "put back",
    "RunDesktopFlow",
    "CancelDesktopFlowRun",
}
"""What makes a pass worth telling. That a run is seen running is no news here."""
_ASIDE = {
    "schema read",
    "permits read",
    "gate read",
    "WhoAmI",
    "report read",
    "queue marked",
    "queue unmarked",
}
"""What an instance asks to get its bearings: told only where it is disturbed."""
_ASIDE_LATER = {*_ASIDE, *(f"{name} {ITS_SHARD}" for name in OF_ALL_SHARDS), "status recorded", "inputs read"}
_REFUSALS = {
    Refusal.EXISTS: "it is there already",
    Refusal.MISSING: "it is not there",
    Refusal.CHANGED: "it has changed",
}

_FELT_AFTER = {
    Disturbance.CRASH_BEFORE: 0.0,
    Disturbance.CRASH_AFTER: 0.015,
    Disturbance.ERROR: 0.015,
    Disturbance.LOST_ANSWER: 0.45,
    Disturbance.TIME_OUT: 9.0,
}
"""Seconds: a little less than on the script's wire, so that it comes before what follows from it."""

type _Event = Begun | Asked | Refused | Told


def diagram_of(mode: Mode) -> Iterator[str]:
    case = CASES[mode.number]
    happened = history(mode.number, mode.point, mode.disturbance)
    who = {"callback": "Dataverse", "pause": "Operator"}.get(case.verb, "Caller")
    yield "sequenceDiagram"
    if who != "Dataverse" and not case.is_timer:
        yield f"    participant C as {who}"
    yield "    participant A as Function (instance 1)"
    yield "    participant S as Table Storage"
    yield "    participant D as Dataverse"
    yield "    participant B as Poller, queue, next requests (instance 2)"
    yield from _without_repetition(_arrows(happened))


def _arrows(happened: History) -> Iterator[str]:
    """What a disturbance leads to follows when it is felt: other requests may be on their way meanwhile."""
    tasks = {each.task for each in happened.begun if _is_told(happened, each)}
    events: list[_Event] = [*happened.begun, *happened.asked, *happened.refused, *happened.told]
    felt_at, sequel = 0.0, list[str]()
    for event in sorted(events, key=_order):
        whole = event.task.partition("/")[0]
        if whole not in tasks:
            continue
        here = "A" if whole == happened.on_trial else "B"
        if event.at > felt_at:
            yield from sequel
            sequel = []
        yield from _arrow(event, here)
        if isinstance(event, Asked) and event.disturbed:
            felt_at, sequel = event.at + _FELT_AFTER[event.disturbed], list(_sequel(event, here))
    yield from sequel


def _order(event: _Event) -> tuple[float, bool]:
    return event.at, isinstance(event, Told)


def _arrow(event: _Event, here: str) -> Iterator[str]:
    match event:
        case Begun(verb=verb) if verb in _PASSES:
            yield f"Note over {here}: {_PASSES[verb]}"
        case Begun(verb=verb):
            yield f"{_side(verb)}->>{here}: {_REQUESTS[verb]}"
        case Asked() if event.disturbed or _matters(event, here):
            yield _request(event, here)
        case Refused(why=why):
            yield f"S-->>{here}: refused, {_REFUSALS[why]}"
        case Told(task=task):
            yield f"{here}-->>{_side(task.partition(' ')[0])}: {_words(event)}"


def _is_told(happened: History, begun: Begun) -> bool:
    if begun.task == happened.on_trial:
        return True
    if begun.verb in _PASSES:
        return any(each.task.startswith(begun.task) and each.name in _TELLS for each in happened.asked)
    return begun.verb in _REQUESTS


def _matters(asked: Asked, here: str) -> bool:
    return ANOTHER_SHARD not in asked.name and asked.name not in (_ASIDE if here == "A" else _ASIDE_LATER)


def _side(verb: str) -> str:
    return "D" if verb == "callback" else "C"


def _request(asked: Asked, here: str) -> str:
    there = "D" if asked.of_dataverse else "S"
    match asked.disturbed:
        case Disturbance.CRASH_BEFORE:
            return f"Note over {here}: crashes before: {asked.name}"
        case Disturbance.TIME_OUT:
            return f"{here}-x{there}: {asked.name}, does not arrive"
        case _:
            return f"{here}->>{there}: {asked.name}"


def _sequel(asked: Asked, here: str) -> Iterator[str]:
    there = "D" if asked.of_dataverse else "S"
    match asked.disturbed:
        case Disturbance.CRASH_AFTER:
            yield f"Note over {here}: crashes"
        case Disturbance.TIME_OUT:
            yield f"Note over {here}: time-out"
        case Disturbance.ERROR:
            yield f"{there}-->>{here}: {'5xx' if asked.of_dataverse else 'not now'}, nothing done"
        case Disturbance.LOST_ANSWER:
            yield f"{there}--x{here}: done, but the answer is lost"


def _words(told: Told) -> str:
    """The status, and what became of the run or is wrong; a run's id says nothing here."""
    word = told.rest.partition(" ")[0] if told.rest and not told.rest.startswith("to the") else ""
    return f"{told.status} {word}".strip()


def _without_repetition(arrows: Iterator[str]) -> Iterator[str]:
    last = ""
    for arrow in arrows:
        if arrow != last:
            yield f"    {arrow}"
        last = arrow
