"""How a start is answered over HTTP, wherever it was asked for."""

from collections.abc import Callable
from http import HTTPStatus

import azure.functions as func

from shared.http.answers import answer
from shared.http.call import Call
from shared.http.links import run_url
from shared.http.operation import Header
from shared.http.problems import ProblemError
from shared.http.run_view import run_view
from shared.starting.start import Started
from shared.wiring import Deskhand


def told[T](call: Call, start: Callable[[], T]) -> T:
    """What `start` gives. A refusal names the run that it ended."""
    try:
        return start()
    except ProblemError as refused:
        if refused.run_id is not None:
            refused.headers[Header.OPERATION_LOCATION] = run_url(call, refused.run_id)
        raise


def accepted(
    app: Deskhand, call: Call, started: Started, status: HTTPStatus, headers: dict[str, str]
) -> func.HttpResponse:
    run = started.stored.run
    replayed: dict[str, str] = {Header.IDEMPOTENCY_REPLAYED: "true"} if started.replayed else {}
    view = run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())
    return answer(status, view, {**headers, Header.OPERATION_LOCATION: run_url(call, run.id), **replayed})


def created(app: Deskhand, call: Call, started: Started) -> func.HttpResponse:
    """201: nothing is to be waited for."""
    location = {str(Header.LOCATION): run_url(call, started.stored.run.id)}
    return accepted(app, call, started, HTTPStatus.CREATED, location)
