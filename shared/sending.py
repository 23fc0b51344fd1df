"""Sending: RunDesktopFlow, once, within the send window and its permit, and what its answer proves.

Only the holder of the start's attempt calls this. What follows from an answer that proves that nothing started is the caller's
to decide: whoever waits for an answer is told, a run of the queue goes back to it.
"""

import logging
from datetime import timedelta
from enum import StrEnum

import msgspec

from shared.cancelling import carry_out
from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, NeverSentError, ThrottledError
from shared.dataverse.refusals import proves_not_started
from shared.dataverse.sessions import StartOrder
from shared.log.line import Line
from shared.log.names import Name
from shared.log.work import about
from shared.pace.permits import Permit
from shared.run import life
from shared.run.model import Run, RunError, Source, Told
from shared.storage.inputs import rows_needed
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.start")

SEND_WINDOW = timedelta(seconds=5)
"""How long after it was written a start may be sent. Nobody declares it not started before this has passed."""


class Outcome(StrEnum):
    """What the answer to RunDesktopFlow proves."""

    ACCEPTED = "accepted"
    UNSURE = "unsure"
    """Nothing. The poller looks the session up."""
    REFUSED = "refused"
    """Not started: Dataverse will not do it."""
    THROTTLED = "throttled"
    """Not started: Dataverse will not do it now."""
    NEVER_SENT = "never sent"
    """Not started: it did not leave this instance."""


class Sent(msgspec.Struct, frozen=True):
    stored: Stored
    outcome: Outcome
    error: DataverseError | None = None


def new_attempt(app: Deskhand) -> str:
    """A token that is written once: it tells our own ambiguous write from somebody else's."""
    return f"{app.random.getrandbits(64):016x}"


def send(app: Deskhand, stored: Stored, order: StartOrder, permit: Permit, deadline: Deadline) -> Sent:
    """One request at most, begun before the send window and the permit are over. Recorded if accepted."""
    began = app.clock.monotonic()
    with about(stored.run.id, stored.run.traceparent):
        sent = _sent(app, stored, order, permit, deadline)
        seconds = app.clock.monotonic() - began
        log.info(
            Line(
                Name.START_SENT,
                "Dataverse was asked to start it",
                outcome=sent.outcome,
                seconds=round(seconds, 3),
            )
        )
    return sent


def _sent(app: Deskhand, stored: Stored, order: StartOrder, permit: Permit, deadline: Deadline) -> Sent:
    window = (stored.run.start.send_until - app.clock.now()).total_seconds()
    begin_by = permit.expires.sooner(window)
    try:
        session_id = app.sessions.start(stored.run, order, deadline, begin_by)
    except DataverseError as error:
        return Sent(stored, _judged(app, stored.run, error), error)
    return Sent(_accepted(app, stored, session_id), Outcome.ACCEPTED)


def put_back(app: Deskhand, stored: Stored, inputs: bytes | None, told: Told) -> Stored:
    """Nothing was sent, and somebody else will. `inputs`: None if they are kept already. Raises StorageError, RunChangedError."""
    attempt = stored.run.start.attempt
    rows = stored.run.kept_inputs if inputs is None else rows_needed(inputs)
    return app.store.advance(stored, lambda run: life.put_back(run, attempt, rows, told), inputs or b"")


def refused(app: Deskhand, stored: Stored, reason: RunError, told: Told) -> Stored:
    """Nothing was sent, and nobody will. Raises StorageError, RunChangedError."""
    return app.store.advance(stored, lambda run: life.refused(run, reason, told))


def _judged(app: Deskhand, run: Run, error: DataverseError) -> Outcome:
    if isinstance(error, ThrottledError):
        app.throttling.of_connection(run.connection_id, error)
    if not proves_not_started(error):
        log.warning(Line(Name.START_UNSURE, f"The answer to the start was lost: {error}", run_id=run.id))
        return Outcome.UNSURE
    match error:
        case ThrottledError():
            return Outcome.THROTTLED
        case NeverSentError():
            return Outcome.NEVER_SENT
        case _:
            return Outcome.REFUSED


def _accepted(app: Deskhand, stored: Stored, session_id: str) -> Stored:
    """Record the session, and carry out a cancel that was asked for meanwhile. Storage may fail: the poller makes up for it."""
    store, told = app.store, Told(Source.TRIGGER, app.clock.now())
    try:
        if stored.run.callback is None and store.claim_session(session_id, stored.run.id) != stored.run.id:
            log.error(
                Line(
                    Name.SESSION_CLAIMED,
                    "Another run has claimed its session",
                    run_id=stored.run.id,
                    session_id=session_id,
                )
            )
            return stored
        stored = store.advance(stored, lambda run: life.accepted(run, session_id, told))
        return carry_out(app, stored, told)
    except (StorageError, RunChangedError, DataverseError) as problem:
        log.error(
            Line(
                Name.START_UNRECORDED,
                f"It started, but its session was not recorded: {problem}",
                run_id=stored.run.id,
                session_id=session_id,
            )
        )
        return Stored(life.accepted(stored.run, session_id, told), stored.etag)
