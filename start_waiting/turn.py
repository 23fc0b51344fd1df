"""A waiting run whose turn has come: claimed, sent, and what came of it. A crash after the claim leaves a start that is unsure."""

import logging
from collections.abc import Sequence
from datetime import datetime

from shared.callbacks import callback_url
from shared.dataverse.sessions import StartOrder
from shared.http.refused_start import problem_of_start, reason_of
from shared.log.line import Line
from shared.log.names import Name
from shared.run import life
from shared.run.model import Run, Source, Told
from shared.sending import SEND_WINDOW, Outcome, new_attempt, put_back, refused, send
from shared.storage.rows import RowUnreadableError, Turn
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.queue")

_ENDED_AT_A_LOOK = 50


def take_turn(app: Deskhand, turn: Turn) -> bool:
    """False if its connection had better rest: no seat was free, Dataverse did not take it, or storage failed.

    A fault of the run's own is no fault of its connection's.
    """
    try:
        with app.seats.seat(turn.connection_id) as seated:
            return seated and _taken(app, turn)
    except (StorageError, RunChangedError, RowUnreadableError) as problem:
        log.warning(Line(Name.TURN_PUT_OFF, f"It waited, and was not started: {problem}", run_id=turn.run_id))
        return not isinstance(problem, StorageError)


def is_stopped(app: Deskhand, turn: Turn) -> bool:
    """As far as this instance knows. No I/O."""
    return (
        app.settings.starts == "paused" or app.gate.pause_over(turn.flow_id, turn.connection_id) is not None
    )


def in_time(app: Deskhand, turns: Sequence[Turn]) -> list[Turn]:
    """Those whose time is not over. The others end, provably not started: so many at a look, for they are in no hurry.

    Raises StorageError.
    """
    now = app.clock.now()
    late = [turn for turn in turns if turn.start_by is not None and now > turn.start_by]
    for turn in late[:_ENDED_AT_A_LOOK]:
        _end_too_late(app, turn)
    return [turn for turn in turns if turn.start_by is None or now <= turn.start_by]


def _end_too_late(app: Deskhand, turn: Turn) -> None:
    told = Told(Source.TRIGGER, app.clock.now())
    try:
        if (stored := app.store.get(turn.run_id)) is not None:
            app.store.advance(stored, lambda run: life.not_started_in_time(run, told))
    except (RunChangedError, RowUnreadableError) as problem:
        log.warning(
            Line(Name.TURN_PUT_OFF, f"It waited too long, and was not ended: {problem}", run_id=turn.run_id)
        )


def _taken(app: Deskhand, turn: Turn) -> bool:
    stored = app.store.get(turn.run_id)
    if stored is None or not stored.run.waiting:
        return True  # sent or canceled meanwhile
    inputs = app.store.kept_inputs(stored.run)
    permit = app.permits.take(turn.connection_id)
    if permit is None:
        return True  # somebody else has it: the next look at the queue finds the run again
    # The gate is looked at after the permit, which may have been long in coming.
    claimed = None if _is_stopped_now(app, turn) else _claimed(app, stored)
    if claimed is None:
        return True
    order = StartOrder(inputs.decode() if inputs else None, callback_url(app.signatures, claimed.run))
    deadline = app.clock.deadline(app.settings.start_deadline.total_seconds())
    sent = send(app, claimed, order, permit, deadline)
    told = Told(Source.TRIGGER, app.clock.now())
    match sent.outcome:
        case Outcome.ACCEPTED | Outcome.UNSURE:
            return True
        case Outcome.REFUSED:
            assert sent.error is not None
            refused(app, claimed, reason_of(problem_of_start(claimed.run, sent.error)), told)
            return True
        case Outcome.THROTTLED | Outcome.NEVER_SENT:
            put_back(app, claimed, None, told)
            return False


def _is_stopped_now(app: Deskhand, turn: Turn) -> bool:
    if not app.gate.is_fresh:
        app.throttling.heed(app.gate.read())
    return is_stopped(app, turn)


def _claimed(app: Deskhand, stored: Stored) -> Stored | None:
    """The run, with an attempt that is ours alone; None if somebody else was faster."""
    now, attempt = app.clock.now(), new_attempt(app)
    try:
        return app.store.save(stored, life.claimed(stored.run, attempt, _last_moment(now, stored.run), now))
    except RunChangedError as changed:
        current = changed.current
        ours = current is not None and current.run.unsure and current.run.start.attempt == attempt
        return (
            current if ours else None
        )  # ours: the claim's answer was lost, and a cancel was asked for since


def _last_moment(now: datetime, run: Run) -> datetime:
    return now + SEND_WINDOW if run.start_by is None else min(now + SEND_WINDOW, run.start_by)
