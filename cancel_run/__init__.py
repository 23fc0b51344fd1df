"""POST /runs/{runId}/cancel: ask for a run's end."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()


@bp.function_name("cancel_run")
@bp.route("runs/{runId}/cancel", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def cancel_run(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from cancel_run.cancel import cancel
        from shared.http.serve import serve

    return serve(req, cancel)
