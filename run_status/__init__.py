"""GET /runs, /runs/{runId}, its result and its outputs, and the signed /results/{runId}."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()

_KEYED = func.AuthLevel.FUNCTION


@bp.function_name("list_runs")
@bp.route("runs", methods=["GET"], auth_level=_KEYED)
def list_runs(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from run_status.listing import list_runs as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_run")
@bp.route("runs/{runId}", methods=["GET"], auth_level=_KEYED)
def get_run(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from run_status.reading import get_run as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_run_result")
@bp.route("runs/{runId}/result", methods=["GET"], auth_level=_KEYED)
def get_run_result(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from run_status.reading import get_result as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_run_outputs")
@bp.route("runs/{runId}/outputs", methods=["GET"], auth_level=_KEYED)
def get_run_outputs(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from run_status.reading import get_outputs as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("get_signed_result")
@bp.route("results/{runId}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def get_signed_result(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from run_status.reading import get_signed_result as use_case
        from shared.http.serve import serve

    return serve(req, use_case)
