"""What a subscription takes and shows, and what can be seen of its deliveries."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.http.members import Body, Guid, NoMembers, Query
from shared.http.operation import Answer, Header, Link, Operation
from shared.http.problems import Code
from shared.http.views import Time, View
from shared.run.events import EventType
from shared.storage.outbox import State

MOST_SUBSCRIPTIONS = 200
_DAY = 86400
_FOUR, _REST = "[A-Za-z0-9+/]{4}", "[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}="
_SECRET_PATTERN = (
    f"^whsec_({_FOUR}){{8}}(({_FOUR}){{0,12}}({_REST})?|({_FOUR}){{13}}([A-Za-z0-9+/]{{2}}==)?)$"
)
"""Three bytes are four characters; the end may be filled up."""

Text = Annotated[str, Meta(min_length=1, max_length=2048)]
SecretText = Annotated[
    Annotated[str, Meta(min_length=38, max_length=94, pattern=_SECRET_PATTERN)],
    Meta(
        description="whsec_ and the base64 of 24 to 64 bytes.",
        extra={"expected": "whsec_ and the base64 of 24 to 64 bytes"},
    ),
]


class SubscribeBody(Body, frozen=True, kw_only=True):
    """Who wants to be told what."""

    url: Annotated[
        Text, Meta(description="Where events are posted: https, and public. It is kept to ourselves.")
    ]
    events: Annotated[
        list[EventType],
        Meta(
            min_length=1,
            max_length=len(EventType),
            description="Of which kinds.",
            extra={"expected": f"a list of: {', '.join(EventType)}"},
        ),
    ]
    flow_id: Annotated[Guid | None, Meta(description="Of this flow's runs only.")] = None
    secret: Annotated[SecretText | None, Meta(description="To sign with; absent: one is made.")] = None


class RotateBody(Body, frozen=True, kw_only=True):
    """A secret in the place of another."""

    secret: Annotated[SecretText | None, Meta(description="Absent: one is made.")] = None
    keep_old_seconds: Annotated[
        Annotated[int, Meta(ge=0, le=7 * _DAY)], Meta(description="How long both sign.")
    ] = _DAY


class SignedQuery(Query, frozen=True, kw_only=True):
    sig: Annotated[str, Meta(description="The right to end this subscription.")]


class DeliveriesQuery(Query, frozen=True, kw_only=True):
    state: Annotated[State | None, Meta(description="Only deliveries that stand so.")] = None
    max_page_size: Annotated[int, Meta(ge=1, le=200, description="The most deliveries of a page.")] = 50
    continuation_token: Annotated[
        str | None, Meta(description="Comes with a nextLink.", extra={"expected": "a token from a nextLink"})
    ] = None


class SubscriptionView(View, frozen=True, kw_only=True):
    """A subscription. Its secret is shown once, when it is made or replaced."""

    subscription_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    url: Annotated[str, Meta(description="Masked: its scheme and host.")]
    events: list[EventType]
    flow_id: str | None
    created_at: Time
    created_by: str | None
    disabled_at: Annotated[
        Time | None, Meta(description="Its receiver said that it is gone: nothing is told any more.")
    ]
    disabled_because: str | None
    secret: str | UnsetType = UNSET


class SubscriptionList(View, frozen=True, kw_only=True):
    """Subscriptions."""

    value: list[SubscriptionView]


class DeliveryView(View, frozen=True, kw_only=True):
    """One event on its way to a subscriber, or arrived."""

    delivery_id: str
    event: EventType
    run_id: str
    state: State
    attempts: int
    happened_at: Time
    last_attempt_at: Time | None
    last_status: Annotated[int | None, Meta(description="null where nobody answered.")]
    last_message: str | None
    next_attempt_at: Time | None


class DeliveryPage(View, frozen=True, kw_only=True):
    """Deliveries, those of the newest runs first."""

    value: list[DeliveryView]
    next_link: str | UnsetType = UNSET


class RunDestination(StrEnum):
    """Where a run's events go without any subscription."""

    WEBHOOK_URL = "webhookUrl"
    """The address that its start has named."""
    EVENT_GRID = "eventGrid"


class RunDeliveryView(DeliveryView, frozen=True, kw_only=True):
    """One event of a run on its way to where no subscription leads, or arrived."""

    destination: RunDestination


class RunDeliveries(View, frozen=True, kw_only=True):
    """At most one for each event and destination."""

    value: list[RunDeliveryView]


class PingView(View, frozen=True, kw_only=True):
    """What a receiver answered."""

    delivered: bool
    status: int | None
    message: str


class SecretsView(View, frozen=True, kw_only=True):
    """Those that the events of runs with their own webhookUrl are signed with: each message by all of them, the first is the newest."""

    secrets: list[str]


_SUBSCRIPTION = {
    "subscriptionId": "0f7a7c39-6a9b-4a57-8f0e-6b0b6d6f9a11",
    "url": "https://hooks.contoso.com/...",
    "events": ["run.succeeded", "run.failed"],
    "flowId": None,
    "createdAt": "2026-11-23T21:20:00Z",
    "createdBy": None,
    "disabledAt": None,
    "disabledBecause": None,
}
_SECRET = {"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}
_DELIVERY = {
    "deliveryId": "01a20a50-c6be-800e-a1cc-33b02b2a586b.ended",
    "event": "run.succeeded",
    "runId": "01a20a50-c6be-800e-a1cc-33b02b2a586b",
    "state": "delivered",
    "attempts": 1,
    "happenedAt": "2026-11-23T21:30:41Z",
    "lastAttemptAt": "2026-11-23T21:30:44Z",
    "lastStatus": 200,
    "lastMessage": "It answered 200.",
    "nextAttemptAt": None,
}
_RUN_DELIVERY = _DELIVERY | {"destination": "webhookUrl"}
_NO_SUCH = frozenset({Code.SUBSCRIPTION_NOT_FOUND})
_OWN = {"subscriptionId": "$response.body#/subscriptionId"}
_LINKS = {
    "Get": Link("get_subscription", _OWN),
    "Deliveries": Link("list_deliveries", _OWN),
    "Unsubscribe": Link("unsubscribe", _OWN),
}

OPERATIONS = {
    "subscribe": Operation(
        summary="Subscribe to events of runs",
        told="Events are posted to the URL, signed by Standard Webhooks, at least once. Location is signed: a DELETE there, without any key, ends it.",
        body=SubscribeBody,
        example={
            "url": "https://hooks.contoso.com/deskhand?code=x",
            "events": ["run.succeeded", "run.failed"],
        },
        answers={
            HTTPStatus.CREATED: Answer(
                "The subscription, with its secret.",
                SubscriptionView,
                (Header.LOCATION,),
                _SUBSCRIPTION | _SECRET,
            )
        },
        codes=frozenset(
            {
                Code.INVALID_WEBHOOK_URL,
                Code.FLOW_NOT_FOUND,
                Code.EVENTS_OFF,
                Code.TOO_MANY_SUBSCRIPTIONS,
            }
        ),
        links=_LINKS,
    ),
    "list_subscriptions": Operation(
        summary="List subscriptions",
        told="Those that the caller may see, in the order in which they were made.",
        answers={
            HTTPStatus.OK: Answer("The subscriptions.", SubscriptionList, example={"value": [_SUBSCRIPTION]})
        },
    ),
    "get_subscription": Operation(
        summary="Get a subscription",
        told="Without its secret.",
        answers={HTTPStatus.OK: Answer("The subscription.", SubscriptionView, example=_SUBSCRIPTION)},
        codes=_NO_SUCH,
    ),
    "unsubscribe": Operation(
        summary="Unsubscribe",
        told="Nothing more is told; what was to be told is dropped.",
        answers={HTTPStatus.NO_CONTENT: Answer("It is gone.")},
        codes=_NO_SUCH,
    ),
    "unsubscribe_signed": Operation(
        summary="Unsubscribe by the signed address",
        told="The Location of a subscription: its signature is the right to end it.",
        query=SignedQuery,
        answers={HTTPStatus.NO_CONTENT: Answer("It is gone, or was.")},
        codes=_NO_SUCH,
    ),
    "rotate_secret": Operation(
        summary="Replace a subscription's secret",
        told="For a while messages carry a signature of each, so that the receiver can change over.",
        body=RotateBody,
        body_required=False,
        example={"keepOldSeconds": 3600},
        answers={
            HTTPStatus.OK: Answer(
                "The subscription, with its new secret.", SubscriptionView, example=_SUBSCRIPTION | _SECRET
            )
        },
        codes=_NO_SUCH | {Code.SUBSCRIPTION_CHANGED},
    ),
    "enable_subscription": Operation(
        summary="Enable a subscription",
        told="One that was disabled because its receiver said that it is gone. What is pending is told then.",
        body=NoMembers,
        body_required=False,
        answers={HTTPStatus.OK: Answer("The subscription.", SubscriptionView, example=_SUBSCRIPTION)},
        codes=_NO_SUCH | {Code.SUBSCRIPTION_CHANGED},
    ),
    "ping_subscription": Operation(
        summary="Ping a subscription",
        told="Posts a signed message of the type ping at once, and says what was answered. It is not tried again.",
        body=NoMembers,
        body_required=False,
        answers={
            HTTPStatus.OK: Answer(
                "What was answered.",
                PingView,
                example={"delivered": True, "status": 200, "message": "It answered 200."},
            )
        },
        codes=_NO_SUCH,
    ),
    "list_deliveries": Operation(
        summary="List a subscription's deliveries",
        told="Those of the newest runs first, for DELIVERY_DAYS after the last try.",
        query=DeliveriesQuery,
        answers={
            HTTPStatus.OK: Answer("A page of deliveries.", DeliveryPage, example={"value": [_DELIVERY]})
        },
        codes=_NO_SUCH,
    ),
    "redeliver": Operation(
        summary="Redeliver an event",
        told="It is tried anew, whatever became of it, with the same webhook-id.",
        body=NoMembers,
        body_required=False,
        answers={
            HTTPStatus.ACCEPTED: Answer(
                "It is on its way.", DeliveryView, example=_DELIVERY | {"state": "pending", "attempts": 0}
            )
        },
        codes=_NO_SUCH | {Code.DELIVERY_NOT_FOUND},
    ),
    "list_run_deliveries": Operation(
        summary="List a run's own deliveries",
        told="What was told of it to its webhookUrl and to Event Grid, for DELIVERY_DAYS after the last try. Subscriptions show their own.",
        answers={HTTPStatus.OK: Answer("The deliveries.", RunDeliveries, example={"value": [_RUN_DELIVERY]})},
        codes=frozenset({Code.RUN_NOT_FOUND}),
    ),
    "redeliver_run_events": Operation(
        summary="Redeliver a run's events",
        told="Those that were given up are tried anew at the run's webhookUrl and at Event Grid, with the same ids.",
        body=NoMembers,
        body_required=False,
        answers={
            HTTPStatus.ACCEPTED: Answer(
                "The deliveries, as they stand now.",
                RunDeliveries,
                example={"value": [_RUN_DELIVERY | {"state": "pending", "attempts": 0}]},
            )
        },
        codes=frozenset({Code.RUN_NOT_FOUND, Code.DELIVERY_NOT_FOUND}),
    ),
    "get_webhook_secrets": Operation(
        summary="Get the secrets of runs' own webhooks",
        told="Events that go to the webhookUrl of a start are signed with these.",
        answers={
            HTTPStatus.OK: Answer("The secrets.", SecretsView, example={"secrets": [_SECRET["secret"]]})
        },
    ),
}
