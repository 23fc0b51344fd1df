"""The life of a session: waiting, running, ended; cancelled, out of time, or moved by hand."""

import random
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from local.dataverse import outcome
from local.dataverse.catalogue import Catalogue
from local.dataverse.clock import Clock, Timer
from local.dataverse.flows import FlowDefinition
from local.dataverse.machines import Machines
from local.dataverse.outcome import Ending, Outcome
from local.dataverse.session import RunOrder, Session, StoredFile
from local.dataverse.sessions import SessionTable
from local.dataverse.settings import APPLICATION_USER_ID, OTHER_USER_ID, Settings, Switchboard
from local.dataverse.status import Statuscode


class Life:
    def __init__(
        self,
        clock: Clock,
        switchboard: Switchboard,
        sessions: SessionTable,
        catalogue: Catalogue,
        notify: Callable[[Session, Ending], None],
        *,
        dice: random.Random,
    ) -> None:
        """`notify` is called with each session that ends, and how. `dice` give the sessions their ids."""
        self._clock = clock
        self._switchboard = switchboard
        self._sessions = sessions
        self._catalogue = catalogue
        self._notify = notify
        self._dice = dice
        self._queues: defaultdict[str, set[str]] = defaultdict(set)
        self.machines = Machines(lambda: self._settings.machines_per_connection)

    def start(self, order: RunOrder, definition: FlowDefinition) -> Session:
        """A new row, visible at once, that waits for its machine."""
        session = self.record(order, self._settings.queued_statuscode)
        self._queues[order.connection.key].add(session.id)
        self._plan(session, definition.wait_seconds, lambda: self.machines.ask(session, self._begin))
        self._limit(session, self._settings.queue_life_seconds, lambda: self._leave_queue(session))
        if self._settings.timeout_from == "creation":
            self._limit_time(session)
        return session

    def fail(self, order: RunOrder, end: Outcome) -> Session:
        """A new row that ends as soon as it was made."""
        session = self.record(order, self._settings.queued_statuscode)
        self._plan(session, 0, lambda: self.end(session, end))
        return session

    def record(self, order: RunOrder, statuscode: int, at: datetime | None = None) -> Session:
        """A new row that stays as it is. `at`: when it was made, if not now."""
        now = at or self._clock.now()
        settings = self._settings
        stamp = self._stamp(now)
        session = Session(
            id=str(uuid.UUID(int=self._dice.getrandbits(128), version=4)),
            order=order,
            createdon=stamp,
            modifiedon=stamp,
            statuscode=Statuscode(statuscode),
            created_by=APPLICATION_USER_ID if settings.created_by_caller else OTHER_USER_ID,
            callbackurl=order.callback_url if settings.callbackurl_stored else None,
            clienttrackingid=order.client_request_id if settings.client_request_id_stored else None,
            requested_at=now,
        )
        if order.inputs is not None and settings.inputs_stored:
            session.inputs = StoredFile(order.inputs.encode())
        if statuscode != settings.queued_statuscode:
            session.startedon = stamp
            session.completedon = self._completedon(session, stamp)
        self._sessions.add(session)
        return session

    def queued_on(self, connection_key: str) -> int:
        """How many sessions of a connection have not begun."""
        return len(self._queues[connection_key])

    def cancel(self, session: Session) -> None:
        delay = self._settings.cancel_delay_seconds
        if delay:
            self._plan(session, delay, lambda: self.end(session, outcome.CANCELLED))
        else:
            self.end(session, outcome.CANCELLED)

    def end(self, session: Session, end: Outcome) -> None:
        """Ends are final: a session that has ended stays as it is. Its callback may run ahead of the row."""
        if session.ended:
            return
        _call_off(session.plans, session.limits)
        self._notify(session, Ending(end.statuscode, self._stamp(self._clock.now())))
        ahead = self._settings.callback_ahead_seconds
        if ahead:
            self._plan(session, ahead, lambda: self._settle(session, end))
        else:
            self._settle(session, end)

    def move(self, session: Session, to: Outcome) -> None:
        """By hand, anywhere, also out of an end. What its flow's definition had planned is dropped; its limits stay."""
        if to.statuscode.ended and not session.ended:
            self.end(session, to)
            return
        if to.statuscode is not session.statuscode:
            _call_off(session.plans)
            self.machines.give_back(session)
        self._put(session, to)

    def purge(self, session: Session) -> None:
        _call_off(session.plans, session.limits)
        self._queues[session.order.connection.key].discard(session.id)
        self._sessions.remove(session)
        self.machines.give_back(session)

    @property
    def _settings(self) -> Settings:
        return self._switchboard.current

    def _settle(self, session: Session, end: Outcome) -> None:
        self._put(session, end)
        self.machines.give_back(session)

    def _begin(self, session: Session) -> None:
        self._put(session, Outcome(Statuscode.RUNNING))
        if self._settings.timeout_from == "start":
            self._limit_time(session)
        row = self._catalogue.newest(session.order.flow_id)
        definition = row.definition if row else None
        if definition and definition.run_seconds is not None:
            end = outcome.as_defined(definition, session.order)
            self._plan(session, definition.run_seconds, lambda: self.end(session, end))

    def _leave_queue(self, session: Session) -> None:
        if session.id in self._queues[session.order.connection.key]:
            self.end(session, outcome.queue_expired(self._settings.queue_expiry_statuscode))

    def _limit_time(self, session: Session) -> None:
        self._limit(session, session.order.timeout_seconds, lambda: self.end(session, outcome.TIMED_OUT))

    def _put(self, session: Session, to: Outcome) -> None:
        now = self._stamp(self._clock.now())
        self._queues[session.order.connection.key].discard(session.id)
        session.statuscode = to.statuscode
        session.failure = to.failure
        session.outputs = to.outputs or session.outputs
        if to.statuscode is Statuscode.RUNNING and session.startedon is None:
            session.startedon = session.createdon if self._settings.startedon_is == "request" else now
        session.completedon = self._completedon(session, now)
        self._sessions.changed(session, now if self._settings.modifiedon_moves else None)

    def _completedon(self, session: Session, now: datetime) -> datetime | None:
        told = session.statuscode.surely_ended or self._settings.completedon_on_inferred_ends
        return now if session.ended and told else None

    def _plan(self, session: Session, seconds: float, action: Callable[[], None]) -> None:
        session.plans.append(self._clock.after(seconds, action))

    def _limit(self, session: Session, seconds: float, action: Callable[[], None]) -> None:
        session.limits.append(self._clock.after(seconds, action))

    def _stamp(self, at: datetime) -> datetime:
        return at.replace(microsecond=0) if self._settings.whole_seconds else at


def _call_off(*timers: list[Timer]) -> None:
    for each in timers:
        for timer in each:
            timer.call_off()
        each.clear()
