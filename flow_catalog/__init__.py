"""GET /flows, one flow, its inputs and outputs, and the connection references for desktop flows."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "GET", "flows")
def list_flows() -> UseCase:
    from flow_catalog import reading

    return reading.list_flows


@endpoint(bp, "GET", "flows/{flowId}")
def get_flow() -> UseCase:
    from flow_catalog import reading

    return reading.get_flow


@endpoint(bp, "GET", "flows/{flowId}/inputs")
def get_flow_inputs() -> UseCase:
    from flow_catalog import reading

    return reading.get_inputs


@endpoint(bp, "GET", "flows/{flowId}/outputs")
def get_flow_outputs() -> UseCase:
    from flow_catalog import reading

    return reading.get_outputs


@endpoint(bp, "GET", "connection-references")
def list_connection_references() -> UseCase:
    from flow_catalog import reading

    return reading.list_connection_references
