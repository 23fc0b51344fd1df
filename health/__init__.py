"""GET /health: whether the dependencies answer. Anonymous, cheap, and without secrets."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()


@bp.function_name("health")
@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from health.report import serve_health

    return serve_health(req)
