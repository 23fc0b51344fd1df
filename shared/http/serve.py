"""From a binding to a use case and back: what every answer has in common."""

import logging
from collections.abc import Callable

import azure.functions as func

from shared.dataverse.errors import DataverseError
from shared.dataverse.web_api import traceparent
from shared.http.access import Rule
from shared.http.admission import greeted, guarded
from shared.http.answers import problem_answer
from shared.http.call import Call
from shared.http.problems import RETRY_AFTER_SECONDS, Code, ProblemError, problem_of, retry_after
from shared.http.use_case import Greeting, UseCase
from shared.settings import SettingError
from shared.storage.rows import RowUnreadableError
from shared.storage.runs import RunChangedError
from shared.storage.table import StorageError
from shared.wiring import Deskhand, deskhand

log = logging.getLogger("deskhand.http")


EXPECTED = (ProblemError, DataverseError, StorageError, RowUnreadableError, RunChangedError)
"""What may go wrong. Anything else is a defect."""


def server(
    use_case: UseCase, rule: Rule, greeting: Greeting | None = None
) -> Callable[[func.HttpRequest], func.HttpResponse]:
    """Answers what can be told, to whom the rule lets in. Anything else is a defect: it is raised, and the host answers an empty 500."""
    asked = guarded(use_case, rule)
    if greeting is not None:
        asked = greeted(greeting, asked)

    def serve(request: func.HttpRequest) -> func.HttpResponse:
        try:
            app = deskhand()
        except SettingError as problem:
            log.error("%s", problem)
            return marked(problem_answer(told(problem)), Call(request, None))
        return answered(app, Call(request, app.settings.public_base_url), asked)

    return serve


def answered(app: Deskhand, call: Call, use_case: UseCase) -> func.HttpResponse:
    held = traceparent.set(call.traceparent)
    try:
        return marked(use_case(app, call), call)
    except EXPECTED as error:
        problem = told(error)
        level = logging.ERROR if isinstance(error, (StorageError, RowUnreadableError)) else logging.INFO
        log.log(level, "%s: %s (request %s)", use_case.__name__, _sentence(error, problem), call.id)
        return marked(problem_answer(problem), call)
    finally:
        traceparent.reset(held)


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
