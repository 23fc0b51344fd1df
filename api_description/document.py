"""The description as it was written from the code's declarations (`python3 -m infra.api`); it is shipped beside this file."""

from functools import cache
from http import HTTPStatus
from pathlib import Path

import azure.functions as func

from shared.http.call import Call
from shared.wiring import Deskhand


def get_api_description(_: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    return func.HttpResponse(
        _document(), status_code=HTTPStatus.OK, headers={"content-type": "application/json"}
    )


@cache
def _document() -> bytes:
    return (Path(__file__).parent / "openapi.json").read_bytes()
