"""A start that may be sent at once: tried for a few seconds, and what came of it told to whoever waits for the answer."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import msgspec

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, TooLateError
from shared.dataverse.sessions import StartOrder
from shared.http.problems import ProblemError
from shared.http.refused_start import problem_of_start, reason_of
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.gate import View
from shared.pace.permits import Permit
from shared.run.model import Run, Source, Told
from shared.run.status import Status
from shared.sending import Outcome, put_back, refused, send
from shared.starting.admission import mark, must_wait
from shared.starting.intent import written
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.start")

_PAUSE_SECONDS = 0.5
"""Between two tries to reach a Dataverse that cannot be reached."""


class Sending(msgspec.Struct, frozen=True):
    """A start under way. `deadline` is when the caller must be answered; `inputs` are kept if it has to wait after all."""

    app: Deskhand
    order: StartOrder
    inputs: bytes
    deadline: Deadline

    def begun(self, run: Run) -> Stored:
        """The intent, a permit and a look at the gate, at the same time; then it is sent, if all three allow it.

        Raises KeyTakenError, ProblemError, StorageError.
        """
        app = self.app
        taken = app.beside.submit(app.permits.take, run.connection_id)
        gate = None if app.gate.is_fresh else app.beside.submit(app.gate.read)
        if app.allowance.is_due:
            app.beside.submit(app.allowance.exchange)
        stored = written(app, run)
        if gate is not None and self._is_stopped(stored, gate):
            return self.put_off(stored)
        permit = self._granted(taken.result, stored)
        too_late = app.clock.now() > stored.run.start.send_until  # Table Storage was slow
        return self.put_off(stored) if permit is None or too_late else self._send(stored, permit)

    def _is_stopped(self, stored: Stored, gate: Future[View]) -> bool:
        """Raises ProblemError where a start is not even queued: the run has then failed with it."""
        try:
            self.app.throttling.heed(gate.result())
            return must_wait(self.app, stored.run.flow_id, stored.run.connection_id)
        except StorageError as problem:
            log.warning(
                Line(
                    Name.GATE_UNREAD,
                    f"The gate could not be read, so it waits: {problem}",
                    run_id=stored.run.id,
                )
            )
            return True
        except ProblemError as problem:
            refused(self.app, stored, reason_of(problem), self._told())
            raise

    @staticmethod
    def _granted(take: Callable[[], Permit | None], stored: Stored) -> Permit | None:
        """None also where Table Storage does not say: nothing was sent, so the run may wait for its turn."""
        try:
            return take()
        except StorageError as problem:
            log.warning(
                Line(
                    Name.PERMIT_UNTAKEN,
                    f"No permit could be taken, so it waits: {problem}",
                    run_id=stored.run.id,
                )
            )
            return None

    def _send(self, stored: Stored, permit: Permit) -> Stored:
        """Until it is accepted, unsure, put off (it then waits for its turn) or refused (ProblemError)."""
        unreachable = False
        while True:
            sent = send(self.app, stored, self.order, permit, self.deadline)
            match sent.outcome:
                case Outcome.ACCEPTED | Outcome.UNSURE:
                    return sent.stored
                case Outcome.THROTTLED:
                    return self.put_off(stored)
                case Outcome.NEVER_SENT if stored.run.start_by is not None:
                    return self.put_off(stored)  # the caller has said how long it may wait
                case Outcome.NEVER_SENT if isinstance(sent.error, TooLateError) and not unreachable:
                    return self.put_off(stored)  # we were slow, or Table Storage: Dataverse is not to blame
                case Outcome.NEVER_SENT if self._may_try_again(stored):
                    unreachable = True
                    self.app.clock.sleep(_PAUSE_SECONDS)
                case _:
                    assert sent.error is not None
                    return self._refused(stored, sent.error)
            if permit.expires.remaining <= 0:
                another = self._granted(partial(self.app.permits.take, stored.run.connection_id), stored)
                if another is None:
                    return self.put_off(stored)
                permit = another

    def put_off(self, stored: Stored) -> Stored:
        """It waits for its turn, behind those that wait already. A run that was to be canceled is Canceled instead."""
        stored = put_back(self.app, stored, self.inputs, self._told())
        mark(self.app, stored.run)
        return stored

    def _may_try_again(self, stored: Stored) -> bool:
        left = (stored.run.start.send_until - self.app.clock.now()).total_seconds()
        return min(left, self.deadline.remaining) > _PAUSE_SECONDS

    def _told(self) -> Told:
        return Told(Source.TRIGGER, self.app.clock.now())

    def _refused(self, stored: Stored, error: DataverseError) -> Stored:
        """Raises the refusal, unless a cancel was asked for meanwhile: then the run is Canceled, as was wished."""
        problem = problem_of_start(stored.run, error)
        try:
            after = refused(self.app, stored, reason_of(problem), self._told())
        except (StorageError, RunChangedError) as lost:
            log.error(
                Line(
                    Name.REFUSAL_UNRECORDED,
                    f"It was refused, but that was not recorded: {lost}",
                    run_id=stored.run.id,
                )
            )
            raise problem from error
        if after.run.status is Status.CANCELED:
            return after
        raise problem from error
