"""The list of runs: newest first, filtered by what an index holds, a page at a time."""

import base64
import binascii
import re
from http import HTTPStatus
from urllib.parse import urlencode

import azure.functions as func

from shared.http.answers import answer
from shared.http.call import Call, invalid_parameter, parse_parameter, parse_time
from shared.http.run_view import run_view
from shared.run.ids import parse_guid
from shared.run.status import Status
from shared.storage.listing import Listing, position_of
from shared.wiring import Deskhand

_FILTERS = ("status", "flowId", "clientReference", "createdAfter", "createdBefore")
_LARGEST_PAGE = 1000
_DEFAULT_PAGE = 50
_LONGEST_REFERENCE = 128
_POSITION = re.compile(r"[0-9a-f]{12}\|[0-9a-f-]{36}")


def list_runs(app: Deskhand, call: Call) -> func.HttpResponse:
    given = call.parameters(*_FILTERS, "maxPageSize", "continuationToken")
    wanted = Listing(
        caller=call.limited_to,
        status=parse_parameter(given, "status", Status, f"one of: {', '.join(Status)}"),
        flow_id=parse_parameter(given, "flowId", _guid, "a GUID"),
        client_reference=parse_parameter(given, "clientReference", _reference, "1 to 128 characters"),
        created_after=parse_parameter(given, "createdAfter", parse_time, "an RFC 3339 time with an offset"),
        created_before=parse_parameter(given, "createdBefore", parse_time, "an RFC 3339 time with an offset"),
    )
    size = parse_parameter(given, "maxPageSize", _page_size, f"a whole number from 1 to {_LARGEST_PAGE}")
    after = parse_parameter(given, "continuationToken", _position, "a token from a nextLink")
    runs, more = app.store.page(wanted, after, size or _DEFAULT_PAGE)
    now = app.clock.now()
    body = {
        "value": [run_view(run, call, app.signatures, app.settings.environment_id, now) for run in runs],
        **({"nextLink": _next_link(call, given, position_of(runs[-1]))} if more else {}),
    }
    return answer(HTTPStatus.OK, body)


def _next_link(call: Call, given: dict[str, str], position: str) -> str:
    """The same question, continued. The function key does not stand in it: the caller sends its own."""
    kept = {name: given[name] for name in (*_FILTERS, "maxPageSize", "api-version") if name in given}
    token = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
    return f"{call.base}/api/runs?{urlencode(kept | {'continuationToken': token})}"


def _position(token: str) -> str:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise ValueError(token) from problem
    if not _POSITION.fullmatch(text):
        raise ValueError(token)
    return text


def _guid(text: str) -> str:
    guid = parse_guid(text)
    if guid is None:
        raise ValueError(text)
    return guid


def _reference(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_REFERENCE:
        raise invalid_parameter("clientReference", "clientReference must be 1 to 128 characters.")
    return text


def _page_size(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= _LARGEST_PAGE:
        raise ValueError(text)
    return int(text)
