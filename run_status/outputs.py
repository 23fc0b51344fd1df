"""A run's outputs, read from Dataverse when they are asked for: they can hold secrets and are not stored here."""

from typing import Any

from shared.dataverse.errors import (
    DataverseError,
    NeverSentError,
    RefusedError,
    ThrottledError,
    TokenError,
    UnauthorizedError,
    UncertainError,
    UnreadableError,
    details_of,
)
from shared.dataverse.sessions import SessionGoneError
from shared.http.problems import RETRY_AFTER_SECONDS, Code, ProblemError, problem_of, retry_after
from shared.run.life import SESSION_DELETED
from shared.run.model import Run
from shared.wiring import Deskhand


class OutputsError(Exception):
    """The outputs cannot be read. `may_pass`: asking again later may succeed."""

    def __init__(self, problem: ProblemError, *, may_pass: bool) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.may_pass = may_pass


def read_outputs(app: Deskhand, run: Run) -> dict[str, Any]:
    """Output names and values of an ended run; no Dataverse request where it is known that there are none."""
    if run.session_id is None or (run.has_outputs is False and app.settings.trust_outputs_column):
        return {}
    if run.error is not None and run.error.code == SESSION_DELETED:
        raise _gone()
    try:
        return app.sessions.outputs(run.session_id, app.read_deadline())
    except SessionGoneError as gone:
        raise _gone() from gone
    except DataverseError as error:
        if _may_pass(error):
            raise OutputsError(_unavailable(error), may_pass=True) from error
        raise OutputsError(problem_of(error), may_pass=False) from error


def _may_pass(error: DataverseError) -> bool:
    match error:
        case UnreadableError():
            return False
        case UncertainError() | NeverSentError() | TokenError() | ThrottledError() | UnauthorizedError():
            return True
        case RefusedError():
            return False
        case _:
            return True


def _unavailable(error: DataverseError) -> ProblemError:
    asked = error.told.retry_after if isinstance(error, ThrottledError) else None
    return ProblemError(
        Code.OUTPUTS_UNAVAILABLE,
        "The outputs cannot be read from Dataverse at this moment. Try again.",
        details=details_of(error),
        headers=retry_after(asked or RETRY_AFTER_SECONDS),
    )


def _gone() -> OutputsError:
    problem = ProblemError(
        Code.OUTPUTS_GONE,
        "Dataverse no longer has this run's session, and its outputs with it.",
    )
    return OutputsError(problem, may_pass=False)
