"""GET /openapi.json: the API's description."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "GET", "openapi.json")
def get_api_description() -> UseCase:
    from api_description.document import get_api_description

    return get_api_description
