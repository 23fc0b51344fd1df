"""The fall-back for sessions that no callback URL names: all that was sent must agree, and no other run may have them."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from shared.clock import Deadline
from shared.dataverse.errors import RefusedError
from shared.dataverse.sessions import SessionGoneError
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import ConnectionKind, Run, RunMode, SessionView
from shared.signatures import Purpose, canonical
from shared.storage.listing import Listing, position_of
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.poll")

SKEW = timedelta(seconds=60)
"""How far our clocks and Dataverse's may be apart."""
LATEST_CREATION = timedelta(seconds=120)
"""How long after it was sent a message may still create its row: Dataverse's limit for one message."""
RECORDING_SLACK = timedelta(seconds=15)
"""Beyond its deadline, what a start may take to record its session."""
_NEIGHBOURS = timedelta(minutes=10)
"""Runs created longer before a session than this do not have it."""
_PAGE = 1000
_RUN_MODES = {RunMode.ATTENDED: 1, RunMode.UNATTENDED: 2}


class FallBack:
    """The sessions without a callback URL that one look-up showed, oldest first. What is asked about them is asked once."""

    def __init__(
        self, app: Deskhand, sessions: Sequence[SessionView], began: datetime, deadline: Deadline
    ) -> None:
        self._app = app
        self._sessions = sorted(sessions, key=lambda each: (each.created_at or began, each.id))
        self._deadline = deadline
        self._settled = began - app.settings.start_deadline - RECORDING_SLACK
        """An answer is proof and a match a guess: nothing younger is guessed, for its answer may still be recorded."""
        self._recorded: dict[str, frozenset[str]] = {}
        self._inputs: dict[str, str | None] = {}
        self._unread: list[SessionView] = []
        """Those that may be anybody's: no run that they fit is without a session."""

    def has_looked_at(self, run: Run) -> bool:
        """Whether the run's sender must be over, so that matches were looked for, and all that fit it could be read."""
        return run.start.send_until <= self._settled and not any(
            _same_order(run, each) for each in self._unread
        )

    def claimed(self, run: Run) -> SessionView | None:
        """The oldest session that can be this run's, claimed for it. Runs that are identical get distinct sessions."""
        for session in self._candidates(run):
            if (
                session.id not in self._recorded_by_others(run)
                and self._same_inputs(run, session)
                and self._app.store.claim_session(session.id, run.id) == run.id
            ):
                return session
        return None

    def _candidates(self, run: Run) -> Iterator[SessionView]:
        if run.start.send_until > self._settled:
            return
        begin, end = run.start.first_sent_at - SKEW, run.start.send_until + LATEST_CREATION + SKEW
        for session in self._sessions:
            if begin <= (session.created_at or end) <= min(end, self._settled) and _same_order(run, session):
                yield session

    def _recorded_by_others(self, run: Run) -> frozenset[str]:
        """Sessions that runs of the flow have: a start with a callback URL records its session, but claims none."""
        if run.flow_id not in self._recorded:
            since = min(each.created_at or run.created_at for each in self._sessions) - _NEIGHBOURS
            self._recorded[run.flow_id] = _sessions_of(
                self._app, Listing(flow_id=run.flow_id, created_after=since)
            )
        return self._recorded[run.flow_id]

    def _same_inputs(self, run: Run, session: SessionView) -> bool:
        digest = run.inputs_digest
        if digest is None or not self._app.signatures.knows(digest):
            return False
        if session.id not in self._inputs:
            self._inputs[session.id] = self._canonical_inputs(session)
        inputs = self._inputs[session.id]
        return inputs is not None and self._app.signatures.verify(Purpose.INPUTS, inputs, digest)

    def _canonical_inputs(self, session: SessionView) -> str | None:
        try:
            return canonical(self._app.sessions.inputs(session.id, self._deadline))
        except (SessionGoneError, RecursionError):  # nested deeper than any start of ours may be
            return None
        except RefusedError as refused:
            log.warning(
                Line(Name.INPUTS_UNREADABLE, f"Its inputs cannot be read: {refused}", session_id=session.id)
            )
            self._unread.append(session)
            return None


def _sessions_of(app: Deskhand, wanted: Listing) -> frozenset[str]:
    sessions: set[str] = set()
    after: str | None = None
    more = True
    while more:
        runs, more = app.store.page(wanted, after, _PAGE)
        sessions.update(each.session_id for each in runs if each.session_id is not None)
        after = position_of(runs[-1]) if runs else None
    return frozenset(sessions)


def _same_order(run: Run, session: SessionView) -> bool:
    """A connection reference is not compared: a session shows the connection behind it."""
    named = run.connection.kind is ConnectionKind.NAME
    return (
        session.flow_id == run.flow_id
        and session.run_mode in (None, _RUN_MODES[run.mode])
        and (not named or session.connection_id in (None, run.connection.value))
    )
