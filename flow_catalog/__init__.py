"""GET /flows, one flow, its inputs and outputs, and the connection references for desktop flows."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()

_KEYED = func.AuthLevel.FUNCTION


@bp.function_name("list_flows")
@bp.route("flows", methods=["GET"], auth_level=_KEYED)
def list_flows(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from flow_catalog.reading import list_flows as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_flow")
@bp.route("flows/{flowId}", methods=["GET"], auth_level=_KEYED)
def get_flow(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from flow_catalog.reading import get_flow as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_flow_inputs")
@bp.route("flows/{flowId}/inputs", methods=["GET"], auth_level=_KEYED)
def get_flow_inputs(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from flow_catalog.reading import get_inputs as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_flow_outputs")
@bp.route("flows/{flowId}/outputs", methods=["GET"], auth_level=_KEYED)
def get_flow_outputs(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from flow_catalog.reading import get_outputs as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("list_connection_references")
@bp.route("connection-references", methods=["GET"], auth_level=_KEYED)
def list_connection_references(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from flow_catalog.reading import list_connection_references as use_case
        from shared.http.serve import serve

    return serve(req, use_case)
