"""A failure between us and Dataverse as a check tells it: Dataverse's status and code, never its message, which can name anybody."""

from shared.dataverse.errors import DataverseError, FaultedError, ForbiddenError, RefusedError
from shared.http.problems import problem_of

ONLY_A_RUN = "Only a run proves it: python3 -m infra.preflight ... --run FLOW --connection NAME."


def told_of(error: DataverseError) -> str:
    message = problem_of(error).message
    if isinstance(error, ForbiddenError) and error.privilege is not None:
        message = f"Dataverse refuses it for want of {error.privilege}."
    if isinstance(error, (RefusedError, FaultedError)):
        return f"{message} ({error.told})"
    return message
