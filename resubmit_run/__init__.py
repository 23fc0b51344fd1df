"""POST /runs/{runId}/resubmit: the order of a run that did not succeed, once more."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "POST", "runs/{runId}/resubmit")
def resubmit_run() -> UseCase:
    from resubmit_run.resubmit import resubmit

    return resubmit
