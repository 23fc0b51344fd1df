"""A start that Dataverse refused, as it is told."""

from shared.dataverse.errors import DataverseError, NotFoundError, details_of
from shared.http.call import flow_not_found
from shared.http.problems import ProblemError, problem_of
from shared.run.model import Run, RunError


def problem_of_start(run: Run, error: DataverseError) -> ProblemError:
    """Dataverse's 404 names the record that is missing: the flow, or something that the flow needs."""
    if isinstance(error, NotFoundError) and run.flow_id in error.told.message.lower():
        missing = flow_not_found()
        missing.details = details_of(error)
        return missing
    return problem_of(error)


def reason_of(problem: ProblemError) -> RunError:
    """The same, as it stands in the run."""
    return RunError(code=str(problem.code), message=problem.message, details=problem.details)
