"""Events, from a request to runs and dead letters.

Whoever is answered 200 may forget all of them: each that can start something has a run, and each that cannot is a dead letter. Where
that cannot be said, the answer is 503, and the same request sent again starts nothing twice. What is nothing but its sender's
mistakes is 400 and kept nowhere: the sender knows.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus

import azure.functions as func
from msgspec import UNSET

from events_in.contract import EventAnswer, EventAnswers
from events_in.formats import events_of
from events_in.judging import Fault, Judged, Nobodys, Order, judged
from events_in.starting import Outcome, start_all
from shared.events.received import Became
from shared.http.answers import answer, error_view
from shared.http.call import Call
from shared.http.problems import MOST_DETAILS, Code, ProblemError
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import ErrorDetail
from shared.signatures import Purpose, canonical
from shared.starting.start import Started
from shared.storage.dead_events import DeadEvent
from shared.wiring import Deskhand

_MOST_KEPT = 10
_LONGEST_KEPT = 300
"""Faults of one event, in its dead letter, and the characters of each text."""
_NOT_KEPT = "Its own words are not kept here: they may repeat inputs."

log = logging.getLogger("deskhand.events")


def receive_events(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    events = [judged(each, call.caller, app.settings) for each in events_of(call)]
    _refuse_if_useless(events)
    orders = [each for each in events if isinstance(each, Order)]
    outcomes = iter(start_all(app, [each.request for each in orders]))
    settled = [_settled(each, outcomes) for each in events]
    now = app.clock.now()
    app.dead_events.add([_dead(app, call, each, now) for each in settled if isinstance(each, Fault)])
    answers = [_told(each) for each in settled]
    for each in answers:
        app.received.count(each.became)
    _log_ignored(events)
    return answer(HTTPStatus.OK, EventAnswers(value=answers))


type Settled = tuple[Order, Started] | Nobodys | Fault


def _settled(event: Judged, outcomes: Iterator[Outcome]) -> Settled:
    if not isinstance(event, Order):
        return event
    outcome = next(outcomes)
    if isinstance(outcome, Started):
        return event, outcome
    return Fault(event.identity, event.data, outcome)


def _refuse_if_useless(events: Sequence[Judged]) -> None:
    faults = [each for each in events if isinstance(each, Fault) and each.by_sender]
    if not faults or len(faults) < len(events):
        return
    details = [detail for number, fault in enumerate(faults) for detail in _details(number, fault.problem)]
    raise ProblemError(
        Code.NO_USABLE_EVENT,
        "Nothing in the request can be used; what is wrong with each event is named in the details.",
        details=tuple(details[:MOST_DETAILS]),
    )


def _details(number: int, problem: ProblemError) -> Iterator[ErrorDetail]:
    """Of the event at this place."""
    place = f"[{number}]"
    if not problem.details:
        yield ErrorDetail(code=problem.code, target=place, message=problem.message)
    for each in problem.details:
        yield ErrorDetail(code=each.code, target=f"{place}.{each.target}", message=each.message)


def _dead(app: Deskhand, call: Call, fault: Fault, now: datetime) -> DeadEvent:
    identity, problem = fault.identity, fault.problem
    return DeadEvent(
        at=now,
        type=identity.type,
        source=identity.source,
        id=identity.id,
        code=problem.code,
        message=problem.message,
        target=problem.target,
        details=tuple(map(_kept, problem.details[:_MOST_KEPT])),
        run_id=problem.run_id,
        digest=app.signatures.sign(Purpose.EVENT, canonical(fault.data)),
        sender=call.caller_name,
    )


def _kept(detail: ErrorDetail) -> ErrorDetail:
    """Our own sentences name members, never their values."""
    target = detail.target or ""
    message = _NOT_KEPT if target == "dataverse" else detail.message
    return ErrorDetail(code=detail.code, target=target[:_LONGEST_KEPT], message=message[:_LONGEST_KEPT])


def _told(settled: Settled) -> EventAnswer:
    match settled:
        case Nobodys(identity):
            return EventAnswer(id=identity.id, source=identity.source, became=Became.IGNORED)
        case Fault(identity, _, problem):
            return EventAnswer(
                id=identity.id,
                source=identity.source,
                became=Became.DEAD,
                run_id=problem.run_id or UNSET,
                error=error_view(problem),
            )
        case Order(identity), Started(stored, replayed):
            return EventAnswer(
                id=identity.id,
                source=identity.source,
                became=Became.REPEATED if replayed else Became.STARTED,
                run_id=stored.run.id,
            )


def _log_ignored(events: Sequence[Judged]) -> None:
    """One line for a request: a type that nobody wanted may be one that somebody has misspelt."""
    types = sorted({each.identity.type or "" for each in events if isinstance(each, Nobodys)})
    if types:
        log.info(
            Line(
                Name.EVENT_UNWANTED,
                "No rule is for events of these types",
                types=[each[:100] for each in types[:5]],
            )
        )
