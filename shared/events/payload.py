"""An event as it is told to webhooks: less than 20 KB, without inputs or outputs, and without a link that is a right."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from shared.http.views import ErrorView, Time, View
from shared.run.events import Event, EventType
from shared.run.status import Status

CONTENT_TYPE = "application/json"


class EventLinks(View, frozen=True, kw_only=True):
    """Where to go on from it."""

    self_: Annotated[
        str | None, Meta(description="The run; null where this deployment does not know its address.")
    ] = msgspec.field(name="self")


class EventData(View, frozen=True, kw_only=True):
    """The run, as it stood then."""

    run_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    flow_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    status: Status
    session_id: str | None
    client_reference: str | None
    created_at: Time
    started_at: Time | None
    completed_at: Time | None
    error: ErrorView | None
    links: EventLinks


class EventMessage(View, frozen=True, kw_only=True):
    """What a webhook gets."""

    type: EventType
    timestamp: Time
    data: EventData


def data_of(event: Event, base: str | None) -> EventData:
    error = None
    if event.error_code is not None:
        error = ErrorView(code=event.error_code, message=event.error_message or "")
    return EventData(
        run_id=event.run_id,
        flow_id=event.flow_id,
        status=event.status,
        session_id=event.session_id,
        client_reference=event.client_reference,
        created_at=event.created_at,
        started_at=event.started_at,
        completed_at=event.completed_at,
        error=error,
        links=EventLinks(self_=None if base is None else f"{base}/api/runs/{event.run_id}"),
    )


def message_of(event: Event, base: str | None) -> bytes:
    return msgspec.json.encode(EventMessage(type=event.type, timestamp=event.at, data=data_of(event, base)))


def cloud_event_of(event: Event, source: str, base: str | None) -> dict[str, Any]:
    """As CloudEvents 1.0 has it, with its extension for distributed tracing. `id` is the same however often it is told."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "type": f"deskhand.{event.type}",
        "source": source,
        "subject": f"runs/{event.run_id}",
        "time": event.at,
        "datacontenttype": CONTENT_TYPE,
        "dataschema": "urn:deskhand:run-event:1",
        "data": data_of(event, base),
        **({} if event.traceparent is None else {"traceparent": event.traceparent}),
    }
