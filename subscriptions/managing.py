"""Subscriptions made, shown, changed and ended."""

import hashlib
import hmac
import logging
from copy import replace
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import azure.functions as func
from msgspec import UNSET

from shared.http.answers import answer, problem_answer
from shared.http.call import Call, flow_not_found
from shared.http.flows import known_flow
from shared.http.members import invalid_member
from shared.http.problems import Code, ProblemError
from shared.log.line import Line
from shared.log.names import Name
from shared.run.ids import new_guid, parse_guid
from shared.signatures import Purpose, Verdict
from shared.storage.subscriptions import Secret, StoredSubscription, Subscription
from shared.webhooks.guard import checked_url
from shared.webhooks.signing import is_secret, new_secret
from shared.wiring import Deskhand
from subscriptions.contract import (
    MOST_SUBSCRIPTIONS,
    RotateBody,
    SignedQuery,
    SubscribeBody,
    SubscriptionList,
    SubscriptionView,
)

log = logging.getLogger("deskhand.subscriptions")


def subscribe(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    asked = call.body(SubscribeBody)
    url = checked_url(asked.url, app.settings)
    if not app.settings.events:
        raise ProblemError(Code.EVENTS_OFF, "This deployment writes no events (EVENTS).")
    if len(app.subscriptions.all()) >= MOST_SUBSCRIPTIONS:
        raise ProblemError(
            Code.TOO_MANY_SUBSCRIPTIONS,
            f"There are {MOST_SUBSCRIPTIONS} subscriptions. End one that is not used.",
        )
    flow_id = None if asked.flow_id is None else _flow(app, asked.flow_id.lower())
    secret = _secret(asked.secret)
    subscription_id = new_guid(app.random.getrandbits(122))
    signature = app.signatures.sign(Purpose.UNSUBSCRIBE, subscription_id)
    subscription = Subscription(
        id=subscription_id,
        signed_end=_digest(signature),
        url=url,
        secrets=(Secret(text=secret),),
        events=tuple(dict.fromkeys(asked.events)),
        flow_id=flow_id,
        caller=call.caller_id,
        caller_name=call.caller_name,
        only_own=call.limited_to is not None,
        created_at=app.clock.now(),
    )
    app.subscriptions.add(subscription)
    log.info(
        Line(
            Name.SUBSCRIPTION_MADE,
            "A subscription was made",
            subscription_id=subscription.id,
            events=subscription.events,
        )
    )
    location = f"{call.base}/api/hooks/{subscription.id}?sig={signature}"
    return answer(HTTPStatus.CREATED, view_of(subscription, secret), {"Location": location})


def _flow(app: Deskhand, flow_id: str) -> str:
    """Raises ProblemError 404 where nothing would ever be told."""
    if not app.settings.allows_flow(flow_id):
        raise flow_not_found()
    return known_flow(app, flow_id)


def list_subscriptions(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    seen = [each.subscription for each in app.subscriptions.all() if _may_see(call, each.subscription)]
    return answer(HTTPStatus.OK, SubscriptionList(value=[view_of(each) for each in seen]))


def get_subscription(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    return answer(HTTPStatus.OK, view_of(visible(app, call).subscription))


def unsubscribe(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    call.no_body()
    _end(app, visible(app, call).subscription.id)
    return answer(HTTPStatus.NO_CONTENT)


def unsubscribe_signed(app: Deskhand, call: Call) -> func.HttpResponse:
    """The signature is the right to end this one; without it there is nothing here, and no I/O. What is gone is gone: 204."""
    subscription_id = parse_guid(call.request.route_params.get("subscriptionId", ""))
    signature = call.request.params.get("sig", "")
    if subscription_id is None or not _may_end(app, subscription_id, signature):
        return problem_answer(_not_found())
    call.query(SignedQuery)
    _end(app, subscription_id)
    return answer(HTTPStatus.NO_CONTENT)


def _may_end(app: Deskhand, subscription_id: str, signature: str) -> bool:
    """A subscription may outlive the key that signed its address: then the row tells what the address was."""
    verdict = app.signatures.judge(Purpose.UNSUBSCRIBE, subscription_id, signature)
    if verdict is not Verdict.KEY_UNKNOWN:
        return verdict is Verdict.GENUINE
    stored = app.subscriptions.get(subscription_id)
    return stored is not None and hmac.compare_digest(stored.subscription.signed_end, _digest(signature))


def _digest(signature: str) -> str:
    return hashlib.sha256(signature.encode("utf-8", "surrogatepass")).hexdigest()


def rotate_secret(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    asked = call.body(RotateBody) if call.has_body() else RotateBody()
    stored = visible(app, call)
    now, secret = app.clock.now(), _secret(asked.secret)
    until = now + timedelta(seconds=asked.keep_old_seconds)
    old = tuple(
        replace(each, until=until if each.until is None else min(each.until, until))
        for each in stored.subscription.secrets
        if each.until is None or now < each.until
    )
    after = replace(stored.subscription, secrets=(Secret(text=secret), *old[:_MOST_SECRETS]))
    _changed(app, stored, after)
    return answer(HTTPStatus.OK, view_of(after, secret))


_MOST_SECRETS = 4
"""Older ones that go on signing."""


def enable_subscription(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    call.no_body()
    stored = visible(app, call)
    after = replace(stored.subscription, disabled_at=None, disabled_because=None)
    if after != stored.subscription:
        _changed(app, stored, after)
    app.wakes.call(
        after.id, app.clock.now(), at_once=True
    )  # also where an earlier call got no further than this
    return answer(HTTPStatus.OK, view_of(after))


def visible(app: Deskhand, call: Call) -> StoredSubscription:
    """The one that the path names. Raises ProblemError 404: another's is answered as one that is not there."""
    subscription_id = parse_guid(call.request.route_params.get("subscriptionId", ""))
    stored = None if subscription_id is None else app.subscriptions.get(subscription_id)
    if stored is None or not _may_see(call, stored.subscription):
        raise _not_found()
    return stored


def view_of(subscription: Subscription, secret: str | None = None) -> SubscriptionView:
    parts = urlsplit(subscription.url)
    return SubscriptionView(
        subscription_id=subscription.id,
        url=f"{parts.scheme}://{parts.netloc}/...",
        events=list(subscription.events),
        flow_id=subscription.flow_id,
        created_at=subscription.created_at,
        created_by=subscription.caller_name,
        disabled_at=subscription.disabled_at,
        disabled_because=subscription.disabled_because,
        secret=UNSET if secret is None else secret,
    )


def _end(app: Deskhand, subscription_id: str) -> None:
    """What was to be told to it is removed by a pass. A wake that is there before leads one to it whatever crashes, the call after soon."""
    app.wakes.call(subscription_id, app.clock.now())
    if app.subscriptions.end(subscription_id, app.clock.now()):
        app.wakes.call(subscription_id, app.clock.now(), at_once=True)
        log.info(Line(Name.SUBSCRIPTION_ENDED, "A subscription was ended", subscription_id=subscription_id))


def _changed(app: Deskhand, stored: StoredSubscription, after: Subscription) -> None:
    if not app.subscriptions.change(stored, after):
        raise ProblemError(
            Code.SUBSCRIPTION_CHANGED,
            "The subscription is being changed by others at this moment. Try again.",
        )


def _may_see(call: Call, subscription: Subscription) -> bool:
    return call.limited_to in {None, subscription.caller}


def _secret(given: str | None) -> str:
    if given is None:
        return new_secret()
    if not is_secret(given):
        raise invalid_member("secret", "secret must be whsec_ and the base64 of 24 to 64 bytes.")
    return given


def _not_found() -> ProblemError:
    return ProblemError(Code.SUBSCRIPTION_NOT_FOUND, "There is no such subscription.", "subscriptionId")
