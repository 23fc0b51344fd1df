"""Whether a start may be sent at once, waits for its turn, or is refused; and the start that waits."""

import logging

from shared.http.problems import Code, ProblemError, retry_after
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.gate import Pause, PausedBy
from shared.run.model import Run
from shared.starting.intent import written
from shared.storage.runs import Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.start")

_PAUSED_SECONDS = 60
_LONGEST_WAIT_SECONDS = 3600


def must_wait(app: Deskhand, flow_id: str, connection_id: str) -> bool:
    """As far as this instance knows; what would hold it back is looked at anew if it is old: it may be over.

    Raises ProblemError where a start is not even queued, StorageError.
    """
    if _is_held_back(app, flow_id, connection_id) and not app.gate.is_fresh:
        app.throttling.heed(app.gate.read())
    waits = _is_stopped(app, flow_id, connection_id) or app.gate.view.queue_length(connection_id) > 0
    if waits:
        _refuse_if_full(app, connection_id)
    return waits


def queued(app: Deskhand, run: Run, inputs: bytes) -> Stored:
    """The run is stored, to be started when its turn comes. Raises KeyTakenError, StorageError."""
    stored = written(app, run, inputs)
    mark(app, run)
    return stored


def mark(app: Deskhand, run: Run) -> None:
    """Newcomers go behind it. After its row was written: so no count of the queue misses the run and takes the mark away."""
    try:
        app.gate.mark_queue(run.connection_id)
    except StorageError as problem:  # the next count marks it
        log.warning(Line(Name.QUEUE_UNMARKED, f"Its queue was not marked: {problem}", run_id=run.id))


def _is_held_back(app: Deskhand, flow_id: str, connection_id: str) -> bool:
    """No I/O."""
    paused = app.settings.starts == "paused" or app.gate.pause_over(flow_id, connection_id) is not None
    return paused or app.gate.view.queue_length(connection_id) > 0


def _is_stopped(app: Deskhand, flow_id: str, connection_id: str) -> bool:
    pause = app.gate.pause_over(flow_id, connection_id)
    by_us = app.settings.starts == "paused" or (pause is not None and pause.source is PausedBy.OPERATOR)
    if by_us and app.settings.when_paused == "refuse":
        raise _paused(pause)
    return by_us or pause is not None


def _refuse_if_full(app: Deskhand, connection_id: str) -> None:
    waiting, limit = app.gate.view.queue_length(connection_id), app.settings.queue_limit
    if waiting < limit:
        return
    seconds = min(_LONGEST_WAIT_SECONDS, waiting * 60 / app.settings.starts_a_minute)
    raise ProblemError(
        Code.QUEUE_FULL,
        f"{waiting} runs wait for this connection already; QUEUE_LIMIT is {limit}.",
        headers=retry_after(seconds),
    )


def _paused(pause: Pause | None) -> ProblemError:
    reason = "by the setting STARTS" if pause is None else f"by an operator: {pause.reason}"
    return ProblemError(
        Code.STARTS_PAUSED,
        f"Starts are paused {reason}.",
        headers=retry_after(_PAUSED_SECONDS),
    )
