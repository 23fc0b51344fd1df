"""GET /connector/...: what the custom connector's designers ask for, while a maker fills in an action."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "GET", "connector/flows")
def list_flow_choices() -> UseCase:
    from connector_helpers import choosing

    return choosing.list_flow_choices


@endpoint(bp, "GET", "connector/connection-references")
def list_connection_choices() -> UseCase:
    from connector_helpers import choosing

    return choosing.list_connection_choices


@endpoint(bp, "GET", "connector/flows/{flowId}/start-schema")
def get_start_schema() -> UseCase:
    from connector_helpers import describing

    return describing.get_start_schema


@endpoint(bp, "GET", "connector/flows/{flowId}/result-schema")
def get_result_schema() -> UseCase:
    from connector_helpers import describing

    return describing.get_result_schema


@endpoint(bp, "GET", "connector/flows/{flowId}/outputs-schema")
def get_outputs_schema() -> UseCase:
    from connector_helpers import describing

    return describing.get_outputs_schema
