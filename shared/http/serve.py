"""From a binding to a use case and back: what every answer has in common."""

import logging
from collections.abc import Callable
from http import HTTPStatus

import azure.functions as func

from shared.dataverse.errors import DataverseError
from shared.http.access import ACCESS, Rule
from shared.http.admission import greeted, guarded
from shared.http.answers import problem_answer
from shared.http.call import Call
from shared.http.problems import RETRY_AFTER_SECONDS, Code, ProblemError, problem_of, retry_after
from shared.http.use_case import Greeting, UseCase
from shared.log.line import Line
from shared.log.names import Name
from shared.log.work import current
from shared.run.ids import parse_guid
from shared.settings import SettingError
from shared.storage.rows import RowUnreadableError
from shared.storage.runs import RunChangedError
from shared.storage.table import StorageError
from shared.wiring import Deskhand, deskhand

log = logging.getLogger("deskhand.http")


EXPECTED = (ProblemError, DataverseError, StorageError, RowUnreadableError, RunChangedError)
"""What may go wrong. Anything else is a defect."""
_OPEN = frozenset(name for name, rule in ACCESS.items() if rule is None)
"""What strangers may call as often as they like fills no log."""


def server(
    name: str, use_case: UseCase, rule: Rule, greeting: Greeting | None = None
) -> Callable[[func.HttpRequest, func.Context], func.HttpResponse]:
    """Answers what can be told, to whom the rule lets in. Anything else is a defect: it is raised, and the host answers an empty 500."""
    asked = guarded(use_case, rule)
    if greeting is not None:
        asked = greeted(greeting, asked)

    def serve(request: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        try:
            app = deskhand()
        except SettingError as problem:
            log.error(Line(Name.SETTING_INVALID, str(problem)))
            return marked(problem_answer(told(problem)), Call(request, None))
        base = app.settings.public_base_url
        call = Call(request, base, function=name, invocation_id=context.invocation_id)
        return answered(app, call, asked)

    return serve


def answered(app: Deskhand, call: Call, use_case: UseCase) -> func.HttpResponse:
    held, began = current.set(call.work), app.clock.monotonic()
    try:
        try:
            response, error = use_case(app, call), None
        except EXPECTED as raised:
            response, error = problem_answer(told(raised)), raised
        if call.function not in _OPEN or _is_ours(error, response):
            _tell(call, response, error, app.clock.monotonic() - began)
        return marked(response, call)
    finally:
        current.reset(held)


def _is_ours(error: Exception | None, response: func.HttpResponse) -> bool:
    """A fault, and not what whoever calls has given as it must not be."""
    return error is not None and response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _tell(call: Call, response: func.HttpResponse, error: Exception | None, seconds: float) -> None:
    level = logging.ERROR if isinstance(error, (StorageError, RowUnreadableError)) else logging.INFO
    problem = None if error is None else told(error)
    log.log(
        level,
        Line(
            Name.CALL,
            "Answered" if error is None or problem is None else _sentence(error, problem),
            status=response.status_code,
            code=None if problem is None else problem.code,
            run_id=_run_of(call, response),
            milliseconds=round(seconds * 1000, 1),
        ),
    )


def _run_of(call: Call, response: func.HttpResponse) -> str | None:
    """The run that was asked for, or that a start is answered with."""
    asked = call.request.route_params.get("runId")
    named = response.headers.get("Operation-Location", "").rpartition("/")[2] if asked is None else asked
    return parse_guid(named)


def marked(response: func.HttpResponse, call: Call) -> func.HttpResponse:
    response.headers.add("x-ms-request-id", call.id)
    return response


def _sentence(error: Exception, problem: ProblemError) -> str:
    return str(problem) if error is problem else f"{problem}: {error}"


def told(error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case DataverseError():
            return problem_of(error)
        case SettingError():
            return ProblemError(Code.INVALID_SETTING, str(error))
        case RowUnreadableError():
            return ProblemError(Code.ROW_UNREADABLE, str(error))
        case RunChangedError():
            return ProblemError(
                Code.RUN_CHANGED,
                "The run is being changed by others at this moment. Try again.",
                headers=retry_after(1),
            )
        case _:
            return ProblemError(
                Code.STORAGE_UNAVAILABLE,
                "The run state in Table Storage cannot be reached. Try again.",
                headers=retry_after(RETRY_AFTER_SECONDS),
            )
