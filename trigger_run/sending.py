"""Sending: RunDesktopFlow, once, within the send window, and what its answer proves."""

import logging
from dataclasses import dataclass

from shared.cancelling import carry_out
from shared.clock import Deadline
from shared.dataverse.errors import (
    DataverseError,
    NeverSentError,
    NotFoundError,
    ThrottledError,
    details_of,
)
from shared.dataverse.refusals import proves_not_started
from shared.dataverse.sessions import StartOrder
from shared.http.call import flow_not_found
from shared.http.problems import ProblemError, problem_of
from shared.run import life
from shared.run.model import Run, RunError, Source, Told
from shared.run.status import Status
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from trigger_run.intent import SEND_WINDOW, new_attempt

log = logging.getLogger("deskhand.start")

_LONGEST_WAIT_SECONDS = 5.0
"""How long a start waits for a Dataverse that is throttling, or cannot be reached, before it says so."""
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Sending:
    """A start under way. `deadline` is when the caller must be answered."""

    app: Deskhand
    order: StartOrder
    deadline: Deadline

    def send(self, stored: Stored) -> Stored:
        """Until it is accepted, refused (ProblemError) or unsure. Only what provably started nothing is sent again."""
        while True:
            if self.app.clock.now() >= stored.run.start.send_until:
                stored = self._window_renewed(stored)
                if not stored.run.unsure:
                    return stored
            try:
                session_id = self._sent(stored)
            except DataverseError as error:
                if not proves_not_started(error):
                    log.warning("The answer to the start of run %s was lost: %s", stored.run.id, error)
                    return stored
                pause = self._pause_before_next_try(stored, error)
                if pause is None:
                    return self._refused(stored, error)
                self.app.clock.sleep(pause)
            else:
                return self._accepted(stored, session_id)

    def _sent(self, stored: Stored) -> str:
        window = (stored.run.start.send_until - self.app.clock.now()).total_seconds()
        begin_by = self.app.clock.deadline(window)
        return self.app.sessions.start(stored.run, self.order, self.deadline, begin_by)

    def _pause_before_next_try(self, stored: Stored, error: DataverseError) -> float | None:
        """Seconds after which the start may be tried again; None where it may not, or where there is no time for it."""
        match error:
            case ThrottledError() if error.told.retry_after is not None:
                pause = max(error.told.retry_after, _PAUSE_SECONDS)
            case NeverSentError():
                pause = _PAUSE_SECONDS
            case _:
                return None
        spent = (self.app.clock.now() - stored.run.created_at).total_seconds()
        fits = spent + pause <= _LONGEST_WAIT_SECONDS and pause < self.deadline.remaining
        return pause if fits else None

    def _window_renewed(self, stored: Stored) -> Stored:
        """A new attempt has its own token and window: only we may do this, for we know that the last one started nothing.

        A cancel that was asked for meanwhile ends the run instead.
        """
        now = self.app.clock.now()

        def change(run: Run) -> Run:
            if run.cancel is not None:
                canceled = RunError(
                    code=life.CANCELED_BEFORE_START, message="Canceled before it was started."
                )
                return life.refused(run, canceled, Told(Source.TRIGGER, now, run.cancel.by))
            return life.sending_again(run, new_attempt(self.app), now + SEND_WINDOW)

        return self.app.store.advance(stored, change)

    def _accepted(self, stored: Stored, session_id: str) -> Stored:
        """Record the session, and carry out a cancel that was asked for meanwhile. Storage may fail: the poller makes up for it."""
        store, told = self.app.store, Told(Source.TRIGGER, self.app.clock.now())
        try:
            if (
                stored.run.callback is None
                and store.claim_session(session_id, stored.run.id) != stored.run.id
            ):
                log.error("The session %s of run %s is claimed by another run", session_id, stored.run.id)
                return stored
            stored = store.advance(stored, lambda run: life.accepted(run, session_id, told))
            return carry_out(self.app, stored, told)
        except (StorageError, RunChangedError, DataverseError) as problem:
            log.error("Run %s started, but its session was not recorded: %s", stored.run.id, problem)
            return Stored(life.accepted(stored.run, session_id, told), stored.etag)

    @staticmethod
    def _told(stored: Stored, error: DataverseError) -> ProblemError:
        """Dataverse's 404 names the record that is missing: the flow, or something that the flow needs."""
        if isinstance(error, NotFoundError) and stored.run.flow_id in error.told.message.lower():
            missing = flow_not_found()
            missing.details = details_of(error)
            return missing
        return problem_of(error)

    def _refused(self, stored: Stored, error: DataverseError) -> Stored:
        """Raises the refusal, unless a cancel was asked for meanwhile: then the run is Canceled, as was wished."""
        problem = self._told(stored, error)
        reason = RunError(code=str(problem.code), message=problem.message, details=problem.details)
        told = Told(Source.TRIGGER, self.app.clock.now())
        try:
            after = self.app.store.advance(stored, lambda run: life.refused(run, reason, told))
        except (StorageError, RunChangedError) as lost:
            log.error("Run %s was refused, but that was not recorded: %s", stored.run.id, lost)
            raise problem from error
        if after.run.status is Status.CANCELED:
            return after
        raise problem from error
