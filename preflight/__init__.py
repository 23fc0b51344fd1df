"""GET /preflight: whether this app, as it is set up, can do its work. Asked by an operator; it changes nothing."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "GET", "preflight")
def get_preflight() -> UseCase:
    from preflight.report import get_preflight

    return get_preflight
