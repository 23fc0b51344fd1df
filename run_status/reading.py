"""One run, its result and its outputs. Reading a run, or a result that is still open, costs no Dataverse request."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import azure.functions as func

from run_status.outputs import OutputsError, read_outputs
from shared.http.answers import answer, error_object, problem_answer
from shared.http.call import Call, run_not_found
from shared.http.links import result_url
from shared.http.problems import Code, ProblemError, retry_after
from shared.http.run_view import run_view
from shared.http.visible import visible_run
from shared.run.ids import parse_guid
from shared.run.model import Run
from shared.signatures import Purpose
from shared.wiring import Deskhand

_YOUNG = timedelta(minutes=10)
_RETRY_YOUNG_SECONDS = 10
_RETRY_OLD_SECONDS = 60


def get_run(app: Deskhand, call: Call) -> func.HttpResponse:
    run = _run(app, call)
    return answer(HTTPStatus.OK, _view(app, call, run))


def get_result(app: Deskhand, call: Call) -> func.HttpResponse:
    return _result(app, call, _run(app, call))


def get_signed_result(app: Deskhand, call: Call) -> func.HttpResponse:
    """The signature is the right to read this one result; without it there is nothing here, no I/O, and no line in the log."""
    if not _is_signed(app, call):
        return problem_answer(run_not_found())
    return _result(app, call, _run(app, call))


def _is_signed(app: Deskhand, call: Call) -> bool:
    run_id = parse_guid(call.request.route_params.get("runId", ""))
    signature = call.request.params.get("sig", "")
    return run_id is not None and app.signatures.verify(Purpose.RESULT, run_id, signature)


def get_outputs(app: Deskhand, call: Call) -> func.HttpResponse:
    run = _run(app, call)
    if not run.ended:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            Code.RUN_NOT_FINISHED,
            f"The run is {run.status}; it has outputs once it has ended.",
            headers=retry_after(_retry_seconds(app, run)),
        )
    try:
        return answer(HTTPStatus.OK, read_outputs(app, run))
    except OutputsError as unread:
        raise unread.problem from unread


def _result(app: Deskhand, call: Call, run: Run) -> func.HttpResponse:
    if not run.ended:
        headers = {
            "Location": result_url(call, app.signatures, run.id),
            **retry_after(_retry_seconds(app, run)),
        }
        return answer(HTTPStatus.ACCEPTED, _view(app, call, run), headers)
    body: dict[str, Any] = {"run": _view(app, call, run), "outputs": None}
    try:
        body["outputs"] = read_outputs(app, run)
    except OutputsError as unread:
        if unread.may_pass:
            raise unread.problem from unread
        body["outputsError"] = error_object(unread.problem)["error"]
    return answer(HTTPStatus.OK, body)


def _run(app: Deskhand, call: Call) -> Run:
    run_id = call.run_id()
    call.parameters()
    return visible_run(app, call, run_id).run


def _view(app: Deskhand, call: Call, run: Run) -> dict[str, Any]:
    return run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())


def _retry_seconds(app: Deskhand, run: Run) -> int:
    """Grows with the run's age: whoever waits for a long run need not ask often."""
    return _RETRY_YOUNG_SECONDS if app.clock.now() - run.created_at < _YOUNG else _RETRY_OLD_SECONDS
