"""POST /callbacks/{runId}/{signature}: Dataverse says that a session has ended. A hint, to be verified."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "POST", "callbacks/{runId}/{signature}")
def callback_handler() -> UseCase:
    from callback_handler.verification import verify

    return verify
