"""A cancel is a durable wish on the run; whoever learns the session next carries it out."""

import logging
from datetime import timedelta

from shared.dataverse.errors import (
    BadRequestError,
    DataverseError,
    ForbiddenError,
    NotFoundError,
    PreconditionError,
    details_of,
)
from shared.log.line import Line
from shared.log.names import Name
from shared.run import life
from shared.run.model import Run, Source, Told
from shared.run.status import Ending, meaning_of
from shared.storage.runs import Stored
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.cancel")

_ASKING = timedelta(seconds=5)


def wish_outstanding(run: Run) -> bool:
    """Also on a start that was declared unconfirmed and showed up late: its caller was told that it would be cancelled."""
    return run.cancel is not None and run.cancel.sent_at is None and run.session_id is not None


def carry_out(app: Deskhand, stored: Stored, told: Told) -> Stored:
    """Ask Dataverse to cancel, if that is wished for and has not been done.

    A refusal is recorded, and raised for whoever has a caller to tell. Raises DataverseError; where it may pass, the wish stays.
    """
    if not wish_outstanding(stored.run) or _is_being_carried_out(stored.run, told):
        return stored
    assert stored.run.session_id is not None
    try:
        app.sessions.cancel(stored.run.session_id, app.read_deadline())
    except (BadRequestError, PreconditionError, NotFoundError) as refused:
        return _ended_or_refused(app, stored, told, refused)
    except ForbiddenError as refused:
        _record_refusal(app, stored, told, refused)
        raise
    return app.store.advance(stored, lambda run: life.cancel_sent(run, told.at))


def _is_being_carried_out(run: Run, told: Told) -> bool:
    """Whoever asked just now is asking Dataverse itself: a pass that meets the wish leaves it to the next."""
    assert run.cancel is not None
    return told.source is Source.POLLER and told.at - run.cancel.asked_at < _ASKING


def _ended_or_refused(app: Deskhand, stored: Stored, told: Told, refused: DataverseError) -> Stored:
    """Dataverse may refuse because the run has ended meanwhile: its row tells."""
    assert stored.run.session_id is not None
    try:
        session = app.sessions.read(stored.run.session_id, app.read_deadline())
    except NotFoundError:
        return stored  # what became of the session is for the poller to find out
    stored = app.store.advance(stored, lambda run: life.observed(run, session, told))
    if stored.run.ended and not wish_outstanding(stored.run):
        return stored
    if meaning_of(session.status_code).ending is not Ending.NO:
        return app.store.advance(stored, life.retired)
    _record_refusal(app, stored, told, refused)
    raise refused


def _record_refusal(app: Deskhand, stored: Stored, told: Told, refused: DataverseError) -> None:
    log.warning(Line(Name.CANCEL_REFUSED, f"Dataverse refused to cancel it: {refused}", run_id=stored.run.id))
    app.store.advance(stored, lambda run: life.cancel_refused(run, details_of(refused), told))
