"""The fall-back for sessions that no callback URL names: all that was sent must agree, and no other run may have claimed it."""

from collections.abc import Sequence
from datetime import timedelta

from shared.clock import Deadline
from shared.dataverse.sessions import SessionGoneError
from shared.run.model import ConnectionKind, Run, RunMode, SessionView
from shared.signatures import Purpose, canonical
from shared.storage.runs import Listing, position_of
from shared.wiring import Deskhand

_NEIGHBOURS = timedelta(minutes=10)
"""Runs created longer before this one have no session in its window."""
_PAGE = 1000
_RUN_MODES = {RunMode.ATTENDED: 1, RunMode.UNATTENDED: 2}


def claimed_match(
    app: Deskhand, run: Run, candidates: Sequence[SessionView], deadline: Deadline
) -> SessionView | None:
    """The oldest session that can be this run's, claimed for it. Runs that are identical get distinct sessions."""
    fitting = [session for session in candidates if _same_order(run, session)]
    recorded = _recorded(app, run) if fitting else frozenset()
    for session in fitting:
        if (
            session.id not in recorded
            and _same_inputs(app, run, session, deadline)
            and app.store.claim_session(session.id, run.id) == run.id
        ):
            return session
    return None


def _recorded(app: Deskhand, run: Run) -> frozenset[str]:
    """Sessions that other runs of the flow have: a start with a callback URL records its session, but claims none."""
    sessions: set[str] = set()
    after: str | None = None
    more = True
    while more:
        wanted = Listing(flow_id=run.flow_id, created_after=run.created_at - _NEIGHBOURS)
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


def _same_inputs(app: Deskhand, run: Run, session: SessionView, deadline: Deadline) -> bool:
    digest = run.inputs_digest
    if digest is None or not app.signatures.knows(digest):
        return False
    try:
        inputs = app.sessions.inputs(session.id, deadline)
    except SessionGoneError:
        return False
    return app.signatures.verify(Purpose.INPUTS, canonical(inputs), digest)
