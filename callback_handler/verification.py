"""A callback, refused cheapest first: signature, our row, shape, and only then Dataverse, whose word alone changes a run.

Its sender tries again on 5xx and 408 only, three times, a second apart. So what is genuine and cannot be processed now is
answered 503, whatever the cause.
"""

import logging
from http import HTTPStatus
from typing import Any

import azure.functions as func

from shared.callbacks import is_own
from shared.cancelling import carry_out
from shared.dataverse.errors import DataverseError, ForbiddenError
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.problems import Code, ProblemError
from shared.pace.allowance import Errand
from shared.run import life
from shared.run.ids import is_run_id, parse_guid
from shared.run.model import Run, SessionView, Source, Told
from shared.signatures import Purpose
from shared.storage.rows import RowUnreadableError
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.callback")

_LARGEST_BODY = 8 * 1024


def verify(app: Deskhand, call: Call) -> func.HttpResponse:
    run_id = _signed_run_id(app, call)
    try:
        stored = app.store.get(run_id)
        if stored is None:
            raise _no_such_callback()
        if not stored.run.ended:
            _processed(app, stored, _named_session(call, _body(call), stored.run))
    except (StorageError, RunChangedError, RowUnreadableError, DataverseError) as problem:
        raise _not_now(str(problem)) from problem
    return answer(HTTPStatus.NO_CONTENT)


def _signed_run_id(app: Deskhand, call: Call) -> str:
    """No I/O: whoever has no signature learns nothing, and costs nothing."""
    run_id = parse_guid(call.request.route_params.get("runId", ""))
    signature = call.request.route_params.get("signature", "")
    if (
        run_id is None
        or not is_run_id(run_id)
        or not app.signatures.verify(Purpose.CALLBACK, run_id, signature)
    ):
        raise _no_such_callback()
    return run_id


def _body(call: Call) -> dict[str, Any]:
    """A hint at most. The host hands a chunked body over as an empty one, so an absent body must not lose a callback."""
    return call.json(_LARGEST_BODY) if call.request.get_body() else {}


def _named_session(call: Call, body: dict[str, Any], run: Run) -> str | None:
    """The session that the callback names. Raises ProblemError 400 unless all that is given agrees with our row."""
    sessions = {_guid_of(call.header("x-ms-run-id")), _guid_of(body.get("flowsessionid")), run.session_id} - {
        None
    }
    flows = {_guid_of(call.header("x-ms-workflow-id")), run.flow_id} - {None}
    if len(sessions) > 1 or len(flows) > 1:
        raise _mismatch()
    return next(iter(sessions), None)


def _processed(app: Deskhand, stored: Stored, session_id: str | None) -> None:
    if session_id is None:
        # Nothing names the session: the next pass finds it by its callback URL.
        app.store.advance(stored, life.hinted)
        raise _not_now("the session is not known yet")
    if app.allowance.is_due:
        app.beside.submit(app.allowance.exchange)
    if not app.allowance.allows(Errand.CALLBACK):
        raise _not_now("the day's allowance of Dataverse requests is nearly spent")
    if not app.budget.spend(stored.run.id):
        raise _not_now("the budget for verifications is spent")
    told = Told(Source.CALLBACK, app.clock.now())
    try:
        session = _own_session(app, stored.run, session_id)
    except ForbiddenError:
        app.store.advance(stored, life.not_permitted)
        raise
    stored = app.store.advance(stored, lambda run: _applied(run, session, told))
    if not stored.run.ended:
        carry_out(app, stored, told)
        raise _not_now("Dataverse does not show an end yet")


def _applied(run: Run, session: SessionView, told: Told) -> Run:
    seen = life.observed(run, session, told)
    return seen if seen.ended else life.hinted(seen)


def _own_session(app: Deskhand, run: Run, session_id: str) -> SessionView:
    """Dataverse's row. A session that we have not recorded is ours only if its callback URL is this run's.

    One that cannot be read may be one that cannot be read yet: DataverseError.
    """
    session = app.sessions.read(session_id, app.read_deadline())
    if run.session_id is None and not is_own(app.signatures, run, session):
        raise _mismatch()
    return session


def _guid_of(value: Any) -> str | None:
    """Absent is None; anything that is no GUID cannot agree with our row."""
    if value is None or value == "":
        return None
    guid = parse_guid(value.strip("{} ")) if isinstance(value, str) else None
    if guid is None:
        raise _mismatch()
    return guid


def _no_such_callback() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, Code.CALLBACK_NOT_FOUND, "There is nothing here.")


def _mismatch() -> ProblemError:
    return ProblemError(
        HTTPStatus.BAD_REQUEST,
        Code.CALLBACK_MISMATCH,
        "The callback does not agree with the run that it was made for.",
    )


def _not_now(reason: str) -> ProblemError:
    log.info("A callback is put off: %s", reason)
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        Code.CALLBACK_NOT_VERIFIED,
        "The callback cannot be verified now. Send it again.",
    )
