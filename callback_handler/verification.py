"""A callback, refused cheapest first: signature, our row, shape, and only then Dataverse, whose word alone changes a run.

Refusals are counted, not logged one by one: whoever floods us must not fill the log as well.
"""

import logging
from typing import Any

import azure.functions as func

from callback_handler.outcomes import Outcome, RefusedCallbackError, answer_to
from shared.callbacks import is_own
from shared.cancelling import carry_out
from shared.dataverse.errors import DataverseError, ForbiddenError
from shared.http.call import Call
from shared.http.problems import Code, ProblemError
from shared.log.line import Line
from shared.log.names import Name
from shared.log.work import about
from shared.pace.allowance import Errand
from shared.run import life
from shared.run.ids import is_run_id, parse_guid
from shared.run.model import Run, SessionView, Source, Told
from shared.signatures import Purpose, Verdict
from shared.storage.rows import RowUnreadableError
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.callback")

_LARGEST_BODY = 8 * 1024
_DISTRUSTED = {
    Verdict.MALFORMED: Outcome.MALFORMED,
    Verdict.KEY_UNKNOWN: Outcome.EXPIRED_KEY,
    Verdict.FALSE: Outcome.FORGED,
}


def verify(app: Deskhand, call: Call) -> func.HttpResponse:
    try:
        outcome = _outcome(app, call)
    except RefusedCallbackError as refused:
        outcome = refused.outcome
    except (StorageError, RunChangedError, RowUnreadableError, DataverseError) as problem:
        # As many lines at the most as the budgets leave room for.
        log.info(Line(Name.CALLBACK_PUT_OFF, f"A callback is put off: {problem}"))
        outcome = Outcome.UNAVAILABLE
    app.callbacks.tally.count(outcome)
    return answer_to(outcome)


def _outcome(app: Deskhand, call: Call) -> Outcome:
    run_id = _signed_run_id(app, call)
    if run_id in app.callbacks.ended:
        return Outcome.REPLAYED
    stored = _looked_up(app, call, run_id)
    if stored.run.ended:
        app.callbacks.ended.note(run_id)
        return Outcome.REPLAYED
    session_id = _named_session(call, _body(call), stored.run)
    with about(run_id, stored.run.traceparent):
        return _processed(app, stored, session_id)


def _signed_run_id(app: Deskhand, call: Call) -> str:
    """No I/O and no lock: whoever has no signature learns nothing, costs next to nothing, and holds up nobody."""
    run_id = parse_guid(call.request.route_params.get("runId", ""))
    if run_id is None or not is_run_id(run_id):
        raise RefusedCallbackError(Outcome.MALFORMED)
    verdict = app.signatures.judge(Purpose.CALLBACK, run_id, call.request.route_params.get("signature", ""))
    if verdict is not Verdict.GENUINE:
        raise RefusedCallbackError(_DISTRUSTED[verdict])
    return run_id


def _looked_up(app: Deskhand, call: Call, run_id: str) -> Stored:
    if not app.callbacks.looks.spend(run_id):
        raise RefusedCallbackError(Outcome.FLOODED)
    stored = app.store.get(run_id)
    if stored is None:
        app.orphans.report(parse_guid(call.header("x-ms-run-id") or ""), run_id)
        raise RefusedCallbackError(Outcome.UNKNOWN_RUN)
    return stored


def _body(call: Call) -> dict[str, Any]:
    """A hint at most. The host hands a chunked body over as an empty one, so an absent body must not lose a callback."""
    content_type = (call.header("content-type") or "application/json").partition(";")[0]
    if content_type.strip().lower() != "application/json":
        raise RefusedCallbackError(Outcome.WRONG_CONTENT_TYPE)
    if not call.request.get_body():
        return {}
    try:
        return call.json(_LARGEST_BODY)
    except ProblemError as problem:
        too_large = problem.code == Code.BODY_TOO_LARGE
        raise RefusedCallbackError(Outcome.OVERSIZED if too_large else Outcome.UNREADABLE) from problem


def _named_session(call: Call, body: dict[str, Any], run: Run) -> str | None:
    """The session that the callback names. Refuses unless all that is given agrees with our row."""
    sessions = {_guid_of(call.header("x-ms-run-id")), _guid_of(body.get("flowsessionid")), run.session_id} - {
        None
    }
    flows = {_guid_of(call.header("x-ms-workflow-id")), run.flow_id} - {None}
    if len(sessions) > 1 or len(flows) > 1:
        raise RefusedCallbackError(Outcome.MISMATCHED)
    return next(iter(sessions), None)


def _processed(app: Deskhand, stored: Stored, session_id: str | None) -> Outcome:
    if session_id is None:
        app.store.advance(stored, life.hinted)
        return Outcome.UNNAMED
    if app.allowance.is_due:
        app.beside.submit(app.allowance.exchange)
    spared = not app.allowance.allows(Errand.CALLBACK)
    if spared or not app.callbacks.verifications.spend(stored.run.id):
        return Outcome.OVER_BUDGET
    told = Told(Source.CALLBACK, app.clock.now())
    try:
        session = _own_session(app, stored.run, session_id)
    except ForbiddenError:
        app.store.advance(stored, life.not_permitted)
        raise
    stored = app.store.advance(stored, lambda run: _applied(run, session, told))
    if stored.run.ended:
        app.callbacks.ended.note(stored.run.id)
        return Outcome.ACCEPTED
    carry_out(app, stored, told)
    return Outcome.EARLY


def _applied(run: Run, session: SessionView, told: Told) -> Run:
    seen = life.observed(run, session, told)
    return seen if seen.ended else life.hinted(seen)


def _own_session(app: Deskhand, run: Run, session_id: str) -> SessionView:
    """Dataverse's row. A session that we have not recorded is ours only if its callback URL is this run's.

    One that cannot be read may be one that cannot be read yet: DataverseError.
    """
    session = app.sessions.read(session_id, app.read_deadline())
    if run.session_id is None and not is_own(app.signatures, run, session):
        raise RefusedCallbackError(Outcome.MISMATCHED)
    return session


def _guid_of(value: Any) -> str | None:
    """Absent is None; anything that is no GUID cannot agree with our row."""
    if value is None or value == "":
        return None
    guid = parse_guid(value.strip("{} ")) if isinstance(value, str) else None
    if guid is None:
        raise RefusedCallbackError(Outcome.MISMATCHED)
    return guid
