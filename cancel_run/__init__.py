"""POST /runs/{runId}/cancel: ask for a run's end."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "POST", "runs/{runId}/cancel")
def cancel_run() -> UseCase:
    from cancel_run.cancel import cancel

    return cancel


@endpoint(bp, "POST", "runs:cancel")
def cancel_runs() -> UseCase:
    from cancel_run.cancel import cancel_several

    return cancel_several
