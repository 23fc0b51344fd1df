"""The description as it was written from the code's declarations (`python3 -m infra.api`); it is shipped beside this file."""

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path

import azure.functions as func

from shared.http.call import Call
from shared.wiring import Deskhand

SERVER = b'"url": "/api"'
"""As it is written."""


def get_api_description(_: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    return func.HttpResponse(
        _document(call.public_base), status_code=HTTPStatus.OK, headers={"content-type": "application/json"}
    )


@cache
def _document(base: str | None) -> bytes:
    """With the address of this deployment, where a setting tells it. The host that a request names is not taken for it."""
    written = (Path(__file__).parent / "openapi.json").read_bytes()
    return (
        written if base is None else written.replace(SERVER, f'"url": {json.dumps(f"{base}/api")}'.encode())
    )
