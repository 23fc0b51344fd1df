"""/subscriptions: who is told of events, with what success; what was told of one run; and the signed address by which a subscriber ends it."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "POST", "subscriptions")
def subscribe() -> UseCase:
    from subscriptions import managing

    return managing.subscribe


@endpoint(bp, "GET", "subscriptions")
def list_subscriptions() -> UseCase:
    from subscriptions import managing

    return managing.list_subscriptions


@endpoint(bp, "GET", "subscriptions/{subscriptionId}")
def get_subscription() -> UseCase:
    from subscriptions import managing

    return managing.get_subscription


@endpoint(bp, "DELETE", "subscriptions/{subscriptionId}")
def unsubscribe() -> UseCase:
    from subscriptions import managing

    return managing.unsubscribe


@endpoint(bp, "DELETE", "hooks/{subscriptionId}")
def unsubscribe_signed() -> UseCase:
    from subscriptions import managing

    return managing.unsubscribe_signed


@endpoint(bp, "POST", "subscriptions/{subscriptionId}/rotate-secret")
def rotate_secret() -> UseCase:
    from subscriptions import managing

    return managing.rotate_secret


@endpoint(bp, "POST", "subscriptions/{subscriptionId}/enable")
def enable_subscription() -> UseCase:
    from subscriptions import managing

    return managing.enable_subscription


@endpoint(bp, "POST", "subscriptions/{subscriptionId}/ping")
def ping_subscription() -> UseCase:
    from subscriptions import deliveries

    return deliveries.ping_subscription


@endpoint(bp, "GET", "subscriptions/{subscriptionId}/deliveries")
def list_deliveries() -> UseCase:
    from subscriptions import deliveries

    return deliveries.list_deliveries


@endpoint(bp, "POST", "subscriptions/{subscriptionId}/deliveries/{deliveryId}/redeliver")
def redeliver() -> UseCase:
    from subscriptions import deliveries

    return deliveries.redeliver


@endpoint(bp, "GET", "runs/{runId}/deliveries")
def list_run_deliveries() -> UseCase:
    from subscriptions import run_deliveries

    return run_deliveries.list_run_deliveries


@endpoint(bp, "POST", "runs/{runId}/deliveries/redeliver")
def redeliver_run_events() -> UseCase:
    from subscriptions import run_deliveries

    return run_deliveries.redeliver_run_events


@endpoint(bp, "GET", "webhook-secrets")
def get_webhook_secrets() -> UseCase:
    from subscriptions import deliveries

    return deliveries.get_webhook_secrets
