"""The list of runs: newest first, filtered by what an index holds, a page at a time."""

import base64
import binascii
import re
from http import HTTPStatus
from urllib.parse import urlencode

import azure.functions as func
from msgspec import UNSET

from run_status.contract import ListQuery, RunPage
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.members import fields_of, invalid_parameter
from shared.http.run_view import run_view
from shared.storage.listing import Listing, position_of
from shared.wiring import Deskhand

_POSITION = re.compile(r"[0-9a-f]{12}\|[0-9a-f-]{36}")


def list_runs(app: Deskhand, call: Call) -> func.HttpResponse:
    query = call.query(ListQuery)
    wanted = Listing(
        caller=call.limited_to,
        status=query.status,
        flow_id=None if query.flow_id is None else query.flow_id.lower(),
        client_reference=query.client_reference,
        created_after=query.created_after,
        created_before=query.created_before,
    )
    after = None if query.continuation_token is None else _position(query.continuation_token)
    runs, more = app.store.page(wanted, after, query.max_page_size)
    now = app.clock.now()
    page = RunPage(
        value=[run_view(run, call, app.signatures, app.settings.environment_id, now) for run in runs],
        next_link=_next_link(call, position_of(runs[-1])) if more else UNSET,
    )
    return answer(HTTPStatus.OK, page)


def _next_link(call: Call, position: str) -> str:
    """The same question, continued. The function key does not stand in it: the caller sends its own."""
    given = call.request.params
    kept = {name: given[name] for name in (*fields_of(ListQuery), "api-version") if name in given}
    token = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
    return f"{call.base}/api/runs?{urlencode(kept | {'continuationToken': token})}"


def _position(token: str) -> str:
    """Raises ProblemError 400."""
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not _POSITION.fullmatch(text):
        raise invalid_parameter(
            "continuationToken", "continuationToken must be a token from a nextLink, given once."
        )
    return text
