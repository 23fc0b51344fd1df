"""A run that did not succeed, once more: the same order, with the inputs that Dataverse has kept. We keep none."""

from copy import replace
from typing import Any

import azure.functions as func

from shared.dataverse.errors import DataverseError
from shared.dataverse.sessions import SessionGoneError
from shared.http.call import Call
from shared.http.problems import Code, ProblemError
from shared.http.visible import visible_run
from shared.run.model import Run
from shared.run.status import Status
from shared.signatures import Purpose, canonical
from shared.starting.answering import created, told
from shared.starting.intent import earlier_run
from shared.starting.request import request_again
from shared.starting.start import Started, start
from shared.wiring import Deskhand


def resubmit(app: Deskhand, call: Call) -> func.HttpResponse:
    run_id = call.run_id()
    call.no_parameters()
    call.no_body()
    run = visible_run(app, call, run_id).run
    _must_have_failed(run)
    return created(app, call, told(call, lambda: _again(app, call, run)))


def _must_have_failed(run: Run) -> None:
    if not run.ended:
        raise ProblemError(
            Code.RUN_NOT_FINISHED, f"The run is {run.status}; only one that has ended can be resubmitted."
        )
    if run.status is Status.SUCCEEDED:
        raise ProblemError(Code.RUN_SUCCEEDED, "The run succeeded. Start the flow anew to run it once more.")


def _again(app: Deskhand, call: Call, run: Run) -> Started:
    request = request_again(run, key=call.idempotency_key, caller=call.caller, settings=app.settings)
    try:
        inputs = _inputs(app, run)
    except (ProblemError, DataverseError):
        # A repeated key is answered with its run, even if nobody has the inputs any more.
        if (earlier := earlier_run(app, request)) is not None:
            return Started(earlier, replayed=True)
        raise
    return start(app, replace(request, inputs=inputs))


def _inputs(app: Deskhand, run: Run) -> dict[str, Any]:
    """Raises ProblemError 409 where nobody has them any more, DataverseError."""
    if _had_none(app, run):
        return {}
    if run.session_id is None:
        raise _unavailable("The run never had a session in Dataverse, so its inputs were kept nowhere.")
    try:
        return app.sessions.inputs(run.session_id, app.read_deadline())
    except SessionGoneError:
        raise _unavailable("Dataverse no longer has the run's session, and its inputs with it.") from None


def _had_none(app: Deskhand, run: Run) -> bool:
    """By the digest that was kept of them."""
    digest = run.inputs_digest
    if digest is None or not app.signatures.knows(digest):
        return False
    return digest == app.signatures.sign(Purpose.INPUTS, canonical({}), digest.partition("-")[0])


def _unavailable(message: str) -> ProblemError:
    return ProblemError(Code.INPUTS_UNAVAILABLE, f"{message} Start the flow with them instead.", "runId")
