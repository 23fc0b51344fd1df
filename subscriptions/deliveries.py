"""What was told to a subscriber, and with what success; told again, or tried out."""

import base64
import binascii
import re
from http import HTTPStatus
from itertools import islice
from urllib.parse import urlencode

import azure.functions as func
import msgspec
from msgspec import UNSET

from shared.events.delivering import send_signed
from shared.events.destinations import Destination, run_secrets
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.members import invalid_parameter
from shared.http.problems import Code, ProblemError
from shared.run.ids import is_run_id, newest_first, parse_guid
from shared.storage.outbox import Delivery
from shared.wiring import Deskhand
from subscriptions.contract import DeliveriesQuery, DeliveryPage, DeliveryView, PingView, SecretsView
from subscriptions.managing import visible

_ID = re.compile(r"([0-9a-fA-F-]{36})\.(started|ended)")
_KEY = re.compile(r"[0-9a-f]{12}\|[0-9a-f-]{36}\|[01]")
_LOOKED_AT = 2000
"""Deliveries that a page looks through for those of one state."""


def ping_subscription(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    call.no_body()
    subscription = visible(app, call).subscription
    now = app.clock.now()
    body = msgspec.json.encode(
        {"type": "ping", "timestamp": now, "data": {"subscriptionId": subscription.id}}
    )
    message_id = f"ping.{app.random.getrandbits(64):016x}"
    receipt = send_signed(app, Destination(subscription.id, subscription), subscription.url, message_id, body)
    return answer(
        HTTPStatus.OK, PingView(delivered=receipt.delivered, status=receipt.status, message=receipt.told)
    )


def list_deliveries(app: Deskhand, call: Call) -> func.HttpResponse:
    query = call.query(DeliveriesQuery)
    subscription = visible(app, call).subscription
    after = None if query.continuation_token is None else _position(query.continuation_token)
    size = query.max_page_size
    seen = islice(app.outbox.page(subscription.id, after, size + 1), _LOOKED_AT)
    found: list[Delivery] = []
    last: str | None = None
    for delivery in seen:
        if query.state in {None, delivery.state} and subscription.is_for(delivery.event):
            if len(found) == size:
                break
            found.append(delivery)
        last = delivery.key
    else:
        last = last if next(seen, None) is not None else None
    page = DeliveryPage(
        value=[delivery_view(each) for each in found],
        next_link=UNSET if last is None else _next_link(call, query, subscription.id, last),
    )
    return answer(HTTPStatus.OK, page)


def redeliver(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    call.no_body()
    subscription = visible(app, call).subscription
    key = _key(call.request.route_params.get("deliveryId", ""))
    now = app.clock.now()
    anew = app.outbox.again(subscription.id, key, now)
    if anew is None:
        raise _not_found()
    app.wakes.call(subscription.id, now, at_once=True)
    return answer(HTTPStatus.ACCEPTED, delivery_view(anew))


def get_webhook_secrets(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    return answer(HTTPStatus.OK, SecretsView(secrets=run_secrets(app.settings)))


def delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        delivery_id=delivery.event.id,
        event=delivery.event.type,
        run_id=delivery.event.run_id,
        state=delivery.state,
        attempts=delivery.attempts,
        happened_at=delivery.event.at,
        last_attempt_at=delivery.last_at,
        last_status=delivery.last_status,
        last_message=delivery.last_told,
        next_attempt_at=delivery.next_at,
    )


def _key(delivery_id: str) -> str:
    """Raises ProblemError 404 for anything that can be no delivery's id."""
    found = _ID.fullmatch(delivery_id)
    run_id = None if found is None else parse_guid(found[1])
    if found is None or run_id is None or not is_run_id(run_id):
        raise _not_found()
    return f"{newest_first(run_id)}|{int(found[2] == 'ended')}"


def _next_link(call: Call, query: DeliveriesQuery, subscription_id: str, key: str) -> str:
    kept = {"maxPageSize": str(query.max_page_size)}
    if query.state is not None:
        kept["state"] = query.state
    token = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    return f"{call.base}/api/subscriptions/{subscription_id}/deliveries?{urlencode(kept | {'continuationToken': token})}"


def _position(token: str) -> str:
    try:
        key = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        key = ""
    if not _KEY.fullmatch(key):
        raise invalid_parameter(
            "continuationToken", "continuationToken must be a token from a nextLink, given once."
        )
    return key


def _not_found() -> ProblemError:
    return ProblemError(Code.DELIVERY_NOT_FOUND, "There is no such delivery.", "deliveryId")
