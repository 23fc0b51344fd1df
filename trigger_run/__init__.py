"""POST /flows/{flowId}/runs: start a desktop flow, at most once."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()


@bp.function_name("trigger_run")
@bp.route("flows/{flowId}/runs", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def trigger_run(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from shared.http.serve import serve
        from trigger_run.start import start

    return serve(req, start)
