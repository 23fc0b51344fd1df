"""Dead letters seen, and removed."""

from http import HTTPStatus
from itertools import islice
from urllib.parse import urlencode

import azure.functions as func
from msgspec import UNSET

from events_in.contract import DeadEventPage, DeadEventsQuery, DeadEventView
from shared.http.answers import answer, kept_error_view
from shared.http.call import Call
from shared.http.members import invalid_parameter
from shared.http.problems import Code, ProblemError
from shared.storage.dead_events import DeadEvent, is_key
from shared.wiring import Deskhand


def list_dead_events(app: Deskhand, call: Call) -> func.HttpResponse:
    query = call.query(DeadEventsQuery)
    after, size = query.continuation_token, query.max_page_size
    if after is not None and not is_key(after):
        raise invalid_parameter(
            "continuationToken", "continuationToken must be a token from a nextLink, given once."
        )
    found = list(islice(app.dead_events.page(after, size + 1), size + 1))
    shown = found[:size]
    more = len(found) > size
    page = DeadEventPage(
        value=[_view(each) for each in shown],
        next_link=_next_link(call, size, shown[-1].key) if more else UNSET,
    )
    return answer(HTTPStatus.OK, page)


def remove_dead_event(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    call.no_body()
    key = call.request.route_params.get("deadEventId", "")
    if not is_key(key) or not app.dead_events.remove(key):
        raise ProblemError(Code.EVENT_NOT_FOUND, "There is no such dead letter.", "deadEventId")
    return answer(HTTPStatus.NO_CONTENT)


def _view(event: DeadEvent) -> DeadEventView:
    return DeadEventView(
        dead_event_id=event.key,
        received_at=event.at,
        type=event.type,
        source=event.source,
        id=event.id,
        error=kept_error_view(event.code, event.message, event.target, event.details),
        run_id=event.run_id,
        data_digest=event.digest,
        sent_by=event.sender,
    )


def _next_link(call: Call, size: int, after: str) -> str:
    kept = urlencode({"maxPageSize": size, "continuationToken": after})
    return f"{call.base}/api/events/dead?{kept}"
