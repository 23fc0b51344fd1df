"""What events may be sent, and what is told of each."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.events.received import Became
from shared.http import examples
from shared.http.members import Body, Guid, Query
from shared.http.operation import Answer, Header, Operation, Sent
from shared.http.problems import Code
from shared.http.views import ErrorView, Time, View
from shared.starting.contract import START_CODES
from shared.starting.request import StartBody

LARGEST_REQUEST = 1024 * 1024
MOST_EVENTS = 100
START_TYPE = "deskhand.run.requested"
LONGEST_NAME = 1024

Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class SpecVersion(StrEnum):
    ONE = "1.0"


class CloudEvent(Body, frozen=True, kw_only=True, rename="lower"):
    """An event by CloudEvents 1.0. It may have further attributes, which a map can use."""

    closed: ClassVar[bool] = False
    exclusive: ClassVar[tuple[tuple[str, ...], ...]] = (("data", "data_base64"),)

    specversion: SpecVersion
    id: Annotated[
        Name, Meta(description="With source, the event's own: what has the same two is the same event.")
    ]
    source: Name
    type: Annotated[Name, Meta(description=f"{START_TYPE}, or one that the map of this deployment is for.")]
    subject: Name | None = None
    time: Time | None = None
    datacontenttype: Name | None = None
    dataschema: Name | None = None
    data: Annotated[Any, Meta(extra={"expected": "JSON"})] = None
    data_base64: Annotated[str | None, Meta(extra={"expected": "base64"})] = None


class RunRequested(StartBody, frozen=True, kw_only=True):
    """The data of an event that asks for a run: the body of a start, and the flow."""

    flow_id: Guid


class EventAnswer(View, frozen=True, kw_only=True):
    """What became of one event."""

    id: str | None
    source: str | None
    became: Became
    run_id: Annotated[str | UnsetType, Meta(description="The run that it started, or ended with.")] = UNSET
    error: ErrorView | UnsetType = UNSET


class EventAnswers(View, frozen=True, kw_only=True):
    """What became of what was sent."""

    value: Annotated[
        list[EventAnswer] | UnsetType,
        Meta(description="Of each event, in the order in which they were sent."),
    ] = UNSET
    validation_response: Annotated[
        str | UnsetType,
        Meta(
            description="Event Grid's code, given back, where it validates its subscription; nothing else then."
        ),
    ] = UNSET


class DeadEventsQuery(Query, frozen=True, kw_only=True):
    max_page_size: Annotated[
        int, Meta(ge=1, le=200, description="How many dead letters a page holds at most.")
    ] = 50
    continuation_token: Annotated[
        str | None, Meta(description="Comes with a nextLink.", extra={"expected": "a token from a nextLink"})
    ] = None


class DeadEventView(View, frozen=True, kw_only=True):
    """An event that could start nothing. What it carried is not kept."""

    dead_event_id: str
    received_at: Time
    type: str | None
    source: str | None
    id: str | None
    error: ErrorView
    run_id: str | None
    data_digest: Annotated[str, Meta(description="Keyed. The same for the same data.")]
    sent_by: str | None


class DeadEventPage(View, frozen=True, kw_only=True):
    """Dead letters, newest first."""

    value: list[DeadEventView]
    next_link: Annotated[str | UnsetType, Meta(description="The next page, absent on the last.")] = UNSET


_RUN_ID = examples.RUN["runId"]
_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "4711",
    "source": "/shop",
    "type": START_TYPE,
    "data": {
        "flowId": examples.FLOW["flowId"],
        "connectionReference": "contoso_FinanceDesk",
        "runMode": "unattended",
        "inputs": {"Invoice": "INV-2041", "Amount": 1280.5},
    },
}
_DEAD = {
    "deadEventId": "fe6a41b2c0d3-0123456789abcdef0123456789abcdef",
    "receivedAt": "2026-11-23T21:29:55.646000Z",
    "type": "com.contoso.order.placed",
    "source": "/shop",
    "id": "4711",
    "error": {
        "code": "InvalidInputs",
        "message": "The flow does not take these inputs; each fault is named in the details.",
        "target": "inputs",
        "details": [
            {"code": "UnknownInput", "target": "Amont", "message": "The flow has no input of this name."}
        ],
    },
    "runId": None,
    "dataDigest": f"1-{'0123456789abcdef' * 4}",
    "sentBy": None,
}

OPERATIONS = {
    "receive_events": Operation(
        summary="Send events",
        told=(
            f"Starts a run for each event of the type {START_TYPE}, and for each that the map of this deployment is for; at most once for one "
            "source and id. CloudEvents one by one (also in headers), in batches, events of Event Grid and webhooks of Dataverse."
        ),
        media={
            "application/cloudevents+json": Sent(CloudEvent, _EVENT),
            "application/cloudevents-batch+json": Sent(list[CloudEvent], [_EVENT]),
            "application/json": Sent(dict[str, Any] | list[dict[str, Any]], _EVENT["data"]),
        },
        answers={
            HTTPStatus.OK: Answer(
                "Each is recorded; what became of it.",
                EventAnswers,
                example={"value": [{"id": "4711", "source": "/shop", "became": "started", "runId": _RUN_ID}]},
            )
        },
        codes=START_CODES
        | {
            Code.NO_USABLE_EVENT,
            Code.EVENT_NOT_MAPPED,
            Code.EVENTS_NOT_RECORDED,
            Code.UNSUPPORTED_CONTENT_TYPE,
        },
    ),
    "greet_sender": Operation(
        summary="Ask whether events may be sent",
        told="The handshake of CloudEvents' webhooks. It gives no right: each request needs its key or role.",
        answers={
            HTTPStatus.OK: Answer(
                "They may.", headers=(Header.ALLOW, Header.ALLOWED_ORIGIN, Header.ALLOWED_RATE)
            )
        },
        codes=frozenset({Code.EVENT_ORIGIN_NOT_ALLOWED}),
    ),
    "list_dead_events": Operation(
        summary="List dead letters",
        told="Events that could start nothing after their sender was told that they have arrived. Newest first.",
        query=DeadEventsQuery,
        answers={HTTPStatus.OK: Answer("A page of them.", DeadEventPage, example={"value": [_DEAD]})},
    ),
    "remove_dead_event": Operation(
        summary="Remove a dead letter",
        told="It was seen to.",
        answers={HTTPStatus.NO_CONTENT: Answer("It is gone.")},
        codes=frozenset({Code.EVENT_NOT_FOUND}),
    ),
}
