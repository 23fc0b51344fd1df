"""POST /callbacks/{runId}/{signature}: Dataverse says that a session has ended. A hint, to be verified."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()


@bp.function_name("callback_handler")
@bp.route("callbacks/{runId}/{signature}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def callback_handler(req: func.HttpRequest) -> func.HttpResponse:
    with importing:
        from callback_handler.verification import verify
        from shared.http.serve import serve

    return serve(req, verify)
