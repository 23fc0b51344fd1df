"""GET /health: whether the dependencies answer. Anonymous, cheap, and without secrets."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once

bp = func.Blueprint()


@bp.function_name("health")
@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    serve_health = _loaded()
    return serve_health(req)


@once
def _loaded() -> Callable[[func.HttpRequest], func.HttpResponse]:
    from health.report import serve_health

    return serve_health
