"""GET and POST /pauses, DELETE /pauses/{pauseId}: an operator stops starts, and lets them go on."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()

_KEYED = func.AuthLevel.FUNCTION


@bp.function_name("list_pauses")
@bp.route("pauses", methods=["GET"], auth_level=_KEYED)
def list_pauses(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from pauses.pausing import list_pauses as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("pause_starts")
@bp.route("pauses", methods=["POST"], auth_level=_KEYED)
def pause_starts(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from pauses.pausing import pause_starts as use_case
        from shared.http.serve import serve

    return serve(req, use_case)


@bp.function_name("resume_starts")
@bp.route("pauses/{pauseId}", methods=["DELETE"], auth_level=_KEYED)
def resume_starts(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from pauses.pausing import resume_starts as use_case
        from shared.http.serve import serve

    return serve(req, use_case)
