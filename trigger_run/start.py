"""A start, from request to answer: check, write the intent, send once, record what came of it.

The intent is written before Dataverse is asked, so that a crash at any point leaves a run that the poller can find out about.
Once something may have been sent, the answer is 202 whatever follows, unless Dataverse refused. A start whose turn has not come
is written as a run that waits; `start_waiting` sends it.
"""

from http import HTTPStatus

import azure.functions as func

from shared.callbacks import callback_url
from shared.dataverse.errors import DataverseError
from shared.dataverse.sessions import StartOrder
from shared.http.answers import answer, compact_json
from shared.http.call import Call
from shared.http.links import result_url, run_url
from shared.http.problems import ProblemError
from shared.http.run_view import run_view
from shared.storage.runs import KeyTakenError, Stored
from shared.wiring import Deskhand
from trigger_run.admission import must_wait, queued
from trigger_run.inputs import checked_inputs
from trigger_run.intent import earlier_run, intended, known_run, run_of_key
from trigger_run.request import StartRequest, read_request
from trigger_run.sending import Sending

_ANSWER_MARGIN_SECONDS = 3.0
"""What is kept of the start's deadline for recording what came of it."""
LOOK_UP_SECONDS = 5.0
"""What the connection behind a reference may take to be found: it can be done without, the time to send cannot."""
_RETRY_AFTER = "10"


def start(app: Deskhand, call: Call) -> func.HttpResponse:
    request = read_request(call, app.settings)
    if (known := known_run(app, call, request)) is not None:
        return _started(app, call, known, replayed=True)
    with app.seats.seat(request.connection.value.lower()) as seated:  # as the queue names it
        return _new(app, call, request, seated=seated)


def _new(app: Deskhand, call: Call, request: StartRequest, *, seated: bool) -> func.HttpResponse:
    """`seated`: whether it may hold its thread while Dataverse is asked; else it waits for its turn."""
    deadline = app.clock.deadline(app.settings.start_deadline.total_seconds() - _ANSWER_MARGIN_SECONDS)
    try:
        inputs = checked_inputs(app, request, deadline, cached=not seated)
        connection_id = app.catalogue.connection_behind(request.connection, deadline.sooner(LOOK_UP_SECONDS))
        waits = must_wait(app, request.flow_id, connection_id) or not seated
    except (ProblemError, DataverseError):
        # A repeated key is answered with its run, even if the flow's schema has changed since.
        if (earlier := earlier_run(app, call, request)) is not None:
            return _started(app, call, earlier, replayed=True)
        raise
    text = None if inputs is None else compact_json(inputs)
    kept = b"" if text is None else text.encode()
    run = intended(app, call, request, inputs, connection_id=connection_id, kept=kept if waits else None)
    sending = Sending(app, StartOrder(text, callback_url(app.signatures, run)), kept, deadline)
    try:
        return _started(app, call, queued(app, run, kept) if waits else sending.begun(run))
    except KeyTakenError as taken:
        return _started(app, call, run_of_key(app, request, taken.key), replayed=True)
    except ProblemError as refused:
        refused.headers["Operation-Location"] = run_url(call, run.id)
        raise


def _started(app: Deskhand, call: Call, stored: Stored, *, replayed: bool = False) -> func.HttpResponse:
    run = stored.run
    headers = {
        "Location": result_url(call, app.signatures, run.id),
        "Operation-Location": run_url(call, run.id),
        "Retry-After": _RETRY_AFTER,
        **({"Idempotency-Replayed": "true"} if replayed else {}),
    }
    view = run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())
    return answer(HTTPStatus.ACCEPTED, view, headers)
