"""GET and POST /pauses, DELETE /pauses/{pauseId}: an operator stops starts, and lets them go on."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "GET", "pauses")
def list_pauses() -> UseCase:
    from pauses.pausing import list_pauses

    return list_pauses


@endpoint(bp, "POST", "pauses")
def pause_starts() -> UseCase:
    from pauses.pausing import pause_starts

    return pause_starts


@endpoint(bp, "DELETE", "pauses/{pauseId}")
def resume_starts() -> UseCase:
    from pauses.pausing import resume_starts

    return resume_starts
