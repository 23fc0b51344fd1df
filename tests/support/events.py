"""Subscribing, and looking at what became of deliveries, as a caller does over HTTP."""

import json
from typing import Any

from shared.storage.outbox import WENT
from shared.storage.shards import shard_names
from shared.storage.wakes import WAKE
from subscriptions.deliveries import list_deliveries
from subscriptions.managing import subscribe
from tests.support.metered import Metered

ENDS = ["run.succeeded", "run.failed", "run.canceled"]
ALL = ["run.started", *ENDS]


def subscribed(app: Metered, url: str, events: list[str] = ENDS, **more: Any) -> str:
    """The subscription's id."""
    answer = app.call(subscribe, {"url": url, "events": events} | more)
    told: dict[str, Any] = json.loads(answer.get_body())
    assert answer.status_code == 201, told
    return str(told["subscriptionId"])


def deliveries(app: Metered, subscription: str) -> list[dict[str, Any]]:
    """Those of the newest run first."""
    answer = app.call(list_deliveries, subscriptionId=subscription)
    found: list[dict[str, Any]] = json.loads(answer.get_body())["value"]
    return found


def states(app: Metered, subscription: str) -> list[tuple[str, int]]:
    """State and tries of each delivery."""
    return [(each["state"], each["attempts"]) for each in deliveries(app, subscription)]


def ended_run(app: Metered, flow: str | None = None, **order: Any) -> str:
    """A run that nobody has seen running: one event."""
    run = app.started(flow or app.define(), **order)
    app.end(run["sessionId"])
    assert app.notified(run["sessionId"]) == 204
    return str(run["runId"])


def begun_run(app: Metered, flow: str | None = None, **order: Any) -> tuple[str, str]:
    """The ids of a run that is seen running: its first event, and its session."""
    run = app.started(flow or app.define(), **order)
    app.passes(1)
    assert app.read(run["runId"])["status"] == "Running"
    return run["runId"], run["sessionId"]


def ends(app: Metered, session: str) -> None:
    app.end(session)
    assert app.notified(session) == 204


def outstanding(app: Metered) -> list[str]:
    """The keys of the rows that lead to what is to be told."""
    table = app.app.store._table
    rows = (row for shard in shard_names() for row in table.range(shard, "work|", "work|~"))
    return [row.key for row in rows if row.key.startswith((WAKE, WENT))]
