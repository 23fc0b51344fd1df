"""Several starts in one request."""

from http import HTTPStatus
from typing import Any

import azure.functions as func

from shared.http.answers import answer
from shared.http.call import Call
from shared.http.problems import Code, ProblemError
from shared.http.run_view import run_view
from shared.http.several import ItemAnswer, each
from shared.settings import Settings
from shared.starting.request import checked_key, read_start, start_request
from shared.starting.start import start
from shared.storage.rows import hashed
from shared.wiring import Deskhand
from trigger_run.contract import StartItem, StartsBody


def start_several(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    shared_key = checked_key(call.idempotency_key)
    asked = call.body(StartsBody).runs

    def one(place: int) -> ItemAnswer:
        item = _item(asked[place], app.settings)
        key = item.idempotency_key or _key_at(shared_key, place)
        request = start_request(
            item, item.flow_id.lower(), key=key, caller=call.caller, settings=app.settings
        )
        started = start(app, request)
        view = run_view(
            started.stored.run, call, app.signatures, app.settings.environment_id, app.clock.now()
        )
        return ItemAnswer(status=HTTPStatus.CREATED, replayed=started.replayed, run=view)

    return answer(HTTPStatus.OK, each(app, range(len(asked)), one))


def _item(given: Any, settings: Settings) -> StartItem:
    if not isinstance(given, dict):
        raise ProblemError(Code.INVALID_REQUEST, "A start must be a JSON object.")
    return read_start(given, StartItem, settings)


def _key_at(key: str | None, place: int) -> str | None:
    """One for each place, so that a request that is repeated starts nothing twice."""
    return None if key is None else f"{hashed(key)}/{place}"
