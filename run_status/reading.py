"""One run, its result and its outputs. Reading a run, or a result that is still open, costs no Dataverse request."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import azure.functions as func

from run_status.contract import (
    OutputsFormat,
    OutputsQuery,
    OutputsText,
    ResultQuery,
    ResultView,
    SignedResultQuery,
)
from run_status.outputs import OutputsError, read_outputs
from shared.http.answers import answer, compact_json, error_view, problem_answer
from shared.http.call import Call, run_not_found
from shared.http.links import result_url
from shared.http.operation import Header
from shared.http.problems import Code, ProblemError, retry_after
from shared.http.run_view import RunView, run_view
from shared.http.visible import visible_run
from shared.run.ids import parse_guid
from shared.run.model import ErrorDetail, Run
from shared.run.status import Status
from shared.signatures import Purpose
from shared.wiring import Deskhand

_YOUNG = timedelta(minutes=10)
_RETRY_YOUNG_SECONDS = 10
_RETRY_OLD_SECONDS = 60


def get_run(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    return answer(HTTPStatus.OK, _view(app, call, _run(app, call)))


def get_result(app: Deskhand, call: Call) -> func.HttpResponse:
    query = call.query(ResultQuery)
    return _result(app, call, _run(app, call), fail_on_error=query.fail_on_error)


def get_signed_result(app: Deskhand, call: Call) -> func.HttpResponse:
    """The signature is the right to read this one result; without it there is nothing here, no I/O, and no line in the log."""
    if not _is_signed(app, call):
        return problem_answer(run_not_found())
    query = call.query(SignedResultQuery)
    return _result(app, call, _run(app, call), fail_on_error=query.fail_on_error)


def _is_signed(app: Deskhand, call: Call) -> bool:
    run_id = parse_guid(call.request.route_params.get("runId", ""))
    signature = call.request.params.get("sig", "")
    return run_id is not None and app.signatures.verify(Purpose.RESULT, run_id, signature)


def get_outputs(app: Deskhand, call: Call) -> func.HttpResponse:
    query = call.query(OutputsQuery)
    outputs = _outputs(app, _run(app, call))
    if query.format is OutputsFormat.TEXT:
        return answer(HTTPStatus.OK, OutputsText(outputs_json=compact_json(outputs)))
    return answer(HTTPStatus.OK, outputs)


def get_flow_run_outputs(app: Deskhand, call: Call) -> func.HttpResponse:
    flow_id = call.flow_id()
    call.no_parameters()
    run = _run(app, call)
    if run.flow_id != flow_id:
        raise run_not_found()
    return answer(HTTPStatus.OK, _outputs(app, run))


def _outputs(app: Deskhand, run: Run) -> dict[str, Any]:
    if not run.ended:
        raise ProblemError(
            Code.RUN_NOT_FINISHED,
            f"The run is {run.status}; it has outputs once it has ended.",
            headers=retry_after(_retry_seconds(app, run)),
        )
    try:
        return read_outputs(app, run)
    except OutputsError as unread:
        raise unread.problem from unread


def _result(app: Deskhand, call: Call, run: Run, *, fail_on_error: bool) -> func.HttpResponse:
    if not run.ended:
        headers = {
            Header.LOCATION: result_url(call, app.signatures, run.id, fail_on_error=fail_on_error),
            **retry_after(_retry_seconds(app, run)),
        }
        return answer(HTTPStatus.ACCEPTED, _view(app, call, run), headers)
    if fail_on_error and run.status is not Status.SUCCEEDED:
        raise _failure(run)
    view = _view(app, call, run)
    try:
        return answer(HTTPStatus.OK, ResultView(run=view, outputs=read_outputs(app, run)))
    except OutputsError as unread:
        if unread.may_pass:
            raise unread.problem from unread
        return answer(
            HTTPStatus.OK, ResultView(run=view, outputs=None, outputs_error=error_view(unread.problem))
        )


def _failure(run: Run) -> ProblemError:
    """The run's error, as the answer to whoever wants to fail with it."""
    code = Code.RUN_CANCELED if run.status is Status.CANCELED else Code.RUN_FAILED
    if run.error is None:
        return ProblemError(code, f"The run ended {run.status}.", "run")
    own = ErrorDetail(code=run.error.code, target="run", message=run.error.message)
    return ProblemError(
        code, f"The run ended {run.status}: {run.error.message}", "run", (own, *run.error.details)
    )


def _run(app: Deskhand, call: Call) -> Run:
    return visible_run(app, call, call.run_id()).run


def _view(app: Deskhand, call: Call, run: Run) -> RunView:
    return run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())


def _retry_seconds(app: Deskhand, run: Run) -> int:
    """Grows with the run's age: whoever waits for a long run need not ask often."""
    return _RETRY_YOUNG_SECONDS if app.clock.now() - run.created_at < _YOUNG else _RETRY_OLD_SECONDS
