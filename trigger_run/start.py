"""A start as it is asked for over HTTP: to be waited for, or not."""

from http import HTTPStatus

import azure.functions as func

from shared.http.call import Call
from shared.http.links import result_url
from shared.http.operation import Header
from shared.starting.answering import accepted, created, told
from shared.starting.request import StartBody, read_start, start_request
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
    return accepted(app, call, started, HTTPStatus.ACCEPTED, waiting)


def start_only(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    return created(app, call, _started(app, call))


def _started(app: Deskhand, call: Call) -> Started:
    flow_id, key = call.flow_id(), call.idempotency_key
    body = read_start(call.json(), StartBody, app.settings)
    return told(
        call,
        lambda: start(app, start_request(body, flow_id, key=key, caller=call.caller, settings=app.settings)),
    )
