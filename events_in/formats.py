"""The ways in which events are sent, each read into CloudEvents: by the content type, and by the shape of plain JSON."""

from typing import Any

from events_in import binary, dataverse, grid
from events_in.contract import LARGEST_REQUEST, MOST_EVENTS
from shared.http.call import Call
from shared.http.json_body import parse_json
from shared.http.problems import Code, ProblemError

_FAMILY = "application/cloudevents"


def events_of(call: Call) -> list[Any]:
    """JSON values, most of them CloudEvents: each is for itself to be judged. Raises ProblemError for the request as a whole."""
    media = (call.header("content-type") or "").partition(";")[0].strip().lower()
    body = call.request.get_body()
    if media == f"{_FAMILY}+json":
        return [parse_json(body, LARGEST_REQUEST)]
    if media == f"{_FAMILY}-batch+json":
        return _batch(parse_json(body, LARGEST_REQUEST))
    if media.startswith(_FAMILY):
        raise _unsupported()
    if binary.is_binary(call.request.headers):
        return [binary.event_of(call.request.headers, media, body)]
    if media != "application/json":
        raise _unsupported()
    return _of_plain_json(parse_json(body, LARGEST_REQUEST))


def _of_plain_json(value: Any) -> list[Any]:
    """Event Grid sends a list in its own schema, Dataverse one context."""
    if isinstance(value, list):
        return [grid.event_of(each) for each in _batch(value)]
    if dataverse.is_context(value):
        return [dataverse.event_of(value)]
    raise _unsupported()


def _batch(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ProblemError(Code.INVALID_JSON, "A batch must be one JSON list.")
    if len(value) > MOST_EVENTS:
        raise ProblemError(Code.BODY_TOO_LARGE, f"A batch must not hold more than {MOST_EVENTS} events.")
    return value


def _unsupported() -> ProblemError:
    return ProblemError(
        Code.UNSUPPORTED_CONTENT_TYPE,
        f"Send CloudEvents as {_FAMILY}+json, as {_FAMILY}-batch+json or in ce- headers. As application/json "
        "only lists of Event Grid and contexts of Dataverse are read.",
        "Content-Type",
    )
