"""What an event asks for: a start, nothing that concerns us, or something that cannot be done. No I/O."""

import base64
import hashlib
from typing import Any

import msgspec

from events_in.contract import LONGEST_NAME, START_TYPE, CloudEvent, RunRequested
from shared.expressions import ExpressionError
from shared.http.caller import Caller
from shared.http.json_body import parse_json
from shared.http.members import invalid_member, read_members
from shared.http.problems import Code, ProblemError
from shared.settings import Settings
from shared.signatures import canonical
from shared.starting.request import StartRequest, read_start, start_request


class Identity(msgspec.Struct, frozen=True):
    """What an event calls itself, as far as these are texts."""

    type: str | None = None
    source: str | None = None
    id: str | None = None


class Order(msgspec.Struct, frozen=True):
    """It asks for a start."""

    identity: Identity
    data: Any
    request: StartRequest


class Nobodys(msgspec.Struct, frozen=True):
    """No rule is for it."""

    identity: Identity


class Fault(msgspec.Struct, frozen=True):
    """It cannot be followed."""

    identity: Identity
    data: Any
    problem: ProblemError
    by_sender: bool = True
    """Whether its sender could have known; else the map does not fit it."""


type Judged = Order | Nobodys | Fault


def judged(given: Any, caller: Caller | None, settings: Settings) -> Judged:
    identity, data = _identity(given), given.get("data") if isinstance(given, dict) else given
    by_sender = True
    try:
        event = _event(given)
        data = _data(event)
        if event.type == START_TYPE:
            order = _object(data)
        else:
            rule = settings.event_map.rule_for(event.type, event.source)
            if rule is None:
                return Nobodys(identity)
            by_sender = False
            order = rule.order(given | {"data": data})
        return Order(identity, data, _request(order, event, caller, settings))
    except ExpressionError as problem:
        unmapped = ProblemError(Code.EVENT_NOT_MAPPED, f"The map does not fit the event: {problem}.")
        return Fault(identity, data, unmapped, by_sender=False)
    except ProblemError as problem:
        return Fault(identity, data, problem, by_sender)


def key_of(event: CloudEvent) -> str:
    """The idempotency key of what an event starts. Both parts stand apart: `a` of `bc` is not `ab` of `c`."""
    return f"event-{hashlib.sha256(canonical([event.source, event.id]).encode()).hexdigest()}"


def _event(given: Any) -> CloudEvent:
    if not isinstance(given, dict):
        raise ProblemError(Code.INVALID_REQUEST, "An event must be a JSON object.")
    return read_members(given, CloudEvent)


def _data(event: CloudEvent) -> Any:
    """Bytes that are said to be JSON are read as that."""
    if event.data_base64 is None:
        return event.data
    try:
        content = base64.b64decode(event.data_base64, validate=True)
    except ValueError:
        raise invalid_member("data_base64", "data_base64 must be base64.") from None
    media = (event.datacontenttype or "application/json").partition(";")[0].strip().lower()
    is_json = media == "application/json" or media.endswith("+json")
    return parse_json(content) if is_json else event.data_base64


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise invalid_member("data", "data must be the body of a start, with flowId.")
    return data


def _request(
    order: dict[str, Any], event: CloudEvent, caller: Caller | None, settings: Settings
) -> StartRequest:
    body = read_start(order, RunRequested, settings)
    return start_request(body, body.flow_id.lower(), key=key_of(event), caller=caller, settings=settings)


def _identity(given: Any) -> Identity:
    if not isinstance(given, dict):
        return Identity()
    names = (given.get(name) for name in ("type", "source", "id"))
    return Identity(*(name[:LONGEST_NAME] if isinstance(name, str) else None for name in names))
