"""Several starts at a time, and within the time that senders wait."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus

from shared.clock import Deadline
from shared.http.problems import Code, ProblemError, retry_after
from shared.http.serve import EXPECTED, told
from shared.log.line import Line
from shared.log.names import Name
from shared.starting.request import StartRequest
from shared.starting.start import Started, start
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")

_WITHIN_SECONDS = 25.0
"""Event Grid waits for thirty."""
_SIDE_BY_SIDE = 8
_AGAIN_SECONDS = 30

type Outcome = Started | ProblemError
"""A run that is recorded; or why there is none, for good."""


def start_all(app: Deskhand, requests: Sequence[StartRequest]) -> list[Outcome]:
    """Raises ProblemError if one of them is not known to be recorded: all are to be sent again, and those that were started stay as they are.

    A start that is under way when the time is up goes on; whoever sends it again meets its key.
    """
    if not requests:
        return []
    deadline = app.clock.deadline(_WITHIN_SECONDS)
    pool = app.new_pool(min(_SIDE_BY_SIDE, len(requests)), "events")
    try:
        under_way = [pool.submit(partial(_start, app, request)) for request in requests]
        outcomes = [_outcome(each, deadline) for each in under_way]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    unrecorded = [each for each in outcomes if isinstance(each, ProblemError) and _may_pass(each)]
    if unrecorded:
        raise ProblemError(
            Code.EVENTS_NOT_RECORDED,
            f"{len(unrecorded)} of these events could not be recorded at this moment ({unrecorded[0].code}). "
            "Send all of them again: nothing is started twice.",
            headers=retry_after(_AGAIN_SECONDS),
        )
    return outcomes


def _start(app: Deskhand, request: StartRequest) -> Outcome:
    try:
        return start(app, request)
    except EXPECTED as error:
        problem = told(error)
        log.info(Line(Name.EVENT_REFUSED, str(problem), code=problem.code))
        return problem


def _outcome(under_way: Future[Outcome], deadline: Deadline) -> Outcome:
    try:
        return under_way.result(max(0.0, deadline.remaining))
    except TimeoutError:
        return ProblemError(Code.NOT_TRIED, "There was no time left for this one.")


def _may_pass(problem: ProblemError) -> bool:
    """Whether trying again helps: a throttled or broken Dataverse, a full queue, a storage that is down. Any other refusal is one."""
    status = problem.code.status
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
