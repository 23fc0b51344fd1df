"""How a start is asked for over HTTP, and how it is answered: with a result to be waited for, or with the run alone."""

from http import HTTPStatus

import azure.functions as func

from shared.http.answers import answer
from shared.http.call import Call
from shared.http.links import result_url, run_url
from shared.http.operation import Header
from shared.http.problems import ProblemError
from shared.http.run_view import run_view
from shared.starting.request import StartBody, start_request
from shared.starting.start import Started, start
from shared.wiring import Deskhand
from trigger_run.contract import WaitQuery

_RETRY_AFTER = "10"


def run_and_wait(app: Deskhand, call: Call) -> func.HttpResponse:
    """202: the platforms of callers follow Location until the run has ended."""
    query = call.query(WaitQuery)
    started = _started(app, call)
    location = result_url(call, app.signatures, started.stored.run.id, fail_on_error=query.fail_on_error)
    waiting: dict[str, str] = {Header.LOCATION: location, Header.RETRY_AFTER: _RETRY_AFTER}
    return _answered(app, call, HTTPStatus.ACCEPTED, started, waiting)


def start_only(app: Deskhand, call: Call) -> func.HttpResponse:
    """201: nothing is to be waited for."""
    call.no_parameters()
    started = _started(app, call)
    return _answered(
        app, call, HTTPStatus.CREATED, started, {Header.LOCATION: run_url(call, started.stored.run.id)}
    )


def _started(app: Deskhand, call: Call) -> Started:
    flow_id = call.flow_id()
    key = call.header("idempotency-key")
    try:
        return start(
            app,
            start_request(call.body(StartBody), flow_id, key=key, caller=call.caller, settings=app.settings),
        )
    except ProblemError as refused:
        if refused.run_id is not None:
            refused.headers[Header.OPERATION_LOCATION] = run_url(call, refused.run_id)
        raise


def _answered(
    app: Deskhand, call: Call, status: HTTPStatus, started: Started, headers: dict[str, str]
) -> func.HttpResponse:
    run = started.stored.run
    replayed: dict[str, str] = {Header.IDEMPOTENCY_REPLAYED: "true"} if started.replayed else {}
    told: dict[str, str] = {**headers, Header.OPERATION_LOCATION: run_url(call, run.id), **replayed}
    view = run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())
    return answer(status, view, told)
