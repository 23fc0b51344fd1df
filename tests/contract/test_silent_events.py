"""What is told to receivers, and what is told about them, holds no secret and no payload.

As in test_silence: a distinct random word stands in the place of each, receivers answer in every way, and all that is said is searched.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import pytest

from run_status.listing import list_runs
from run_status.reading import get_run
from shared.events.destinations import own_destination
from shared.http.use_case import UseCase
from shared.webhooks.signing import as_secret
from subscriptions import deliveries, managing
from tests.contract.conftest import MakeInstances
from tests.support.events import ALL
from tests.support.metered import Metered
from tests.support.silence import (
    MAY_STAND,
    OF_SUBSCRIPTIONS,
    Lines,
    Place,
    Secret,
    bodies,
    headers,
    rows,
    seen,
)
from tests.support.webhook_receiver import SILENT, Receiver, receiving

WORDS = {secret: secrets.token_hex(8) for secret in Secret}
SIGNING = as_secret(secrets.token_bytes(32))
ABOUT_ONE = (
    managing.get_subscription,
    deliveries.list_deliveries,
    deliveries.ping_subscription,
    managing.rotate_secret,
    managing.enable_subscription,
    deliveries.list_deliveries,
)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    heard, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    yield heard.lines
    root.removeHandler(heard)
    root.setLevel(before)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        there.headers = {"X-Noise": WORDS[Secret.NOISE], "Location": f"https://{WORDS[Secret.NOISE]}.example"}
        yield there


class Walk:
    """Calls, and keeps every answer."""

    def __init__(self, app: Metered) -> None:
        self.app = app
        self.answers: list[func.HttpResponse] = []

    def call(self, use_case: UseCase, body: Any = None, **route: str) -> func.HttpResponse:
        answer = self.app.call(use_case, body, **route)
        self.answers.append(answer)
        return answer


def address(url: str, secret: Secret) -> str:
    return url.replace("hush", WORDS[secret])


@pytest.mark.parametrize("status", [200, 302, 410, 500, None])
def test_receivers_and_their_answers_are_told_nobody(
    instances: MakeInstances, receiver: Receiver, lines: list[str], status: int | None
) -> None:
    """Addresses, secrets, tokens and what a receiver says: not in the log, not in an answer but the one that shows a secret."""
    (app,) = instances(1, EVENT_GRID_ENDPOINT=receiver.url.partition("/in")[0])
    url = SILENT if status is None else receiver.url
    receiver.status = status or 500
    walk = Walk(app)
    mine, own = address(url, Secret.SUBSCRIBERS_ADDRESS), address(url, Secret.RUNS_ADDRESS)
    made = walk.call(managing.subscribe, {"url": mine, "events": ALL, "secret": SIGNING})
    subscription = json.loads(made.get_body())["subscriptionId"]
    name, value = f"N{WORDS[Secret.INPUT_NAME]}", WORDS[Secret.INPUT]
    flow = app.define(inputs={name: "string"}, outputs={"B": "string"})
    run = app.started(flow, webhookUrl=own, inputs={name: value})
    app.passes(1)
    app.end(run["sessionId"], {"B": WORDS[Secret.OUTPUT]})
    app.notified(run["sessionId"])

    app.queue_passes(1, 10, 400)
    for use_case in ABOUT_ONE:
        walk.call(use_case, subscriptionId=subscription)
    walk.call(deliveries.redeliver, subscriptionId=subscription, deliveryId=f"{run['runId']}.ended")
    for use_case in (managing.list_subscriptions, list_runs):
        walk.call(use_case)
    walk.call(get_run, runId=run["runId"])
    app.queue_passes(1)
    kept = list(
        rows(
            app.app.store._table,
            "subscriptions",
            f"to-{subscription}",
            f"to-{own_destination(own)}",
            "to-event-grid",
        )
    )
    walk.call(managing.unsubscribe, subscriptionId=subscription)
    app.queue_passes(1)

    found = _seen(walk, lines, kept, receiver)
    assert OF_SUBSCRIPTIONS.items() <= found.items()
    allowed = MAY_STAND | OF_SUBSCRIPTIONS
    assert all(places <= allowed.get(secret, set()) for secret, places in found.items()), found


def _seen(walk: Walk, lines: list[str], kept: list[str], receiver: Receiver) -> dict[Secret, set[Place]]:
    location = walk.answers[0].headers["Location"]
    token = walk.app.app.topic._tokens._token
    assert token is not None
    words = WORDS | {
        Secret.TOKEN: token.token.rpartition(".")[2],
        Secret.SUBSCRIBERS_SECRET: SIGNING,
        Secret.UNSUBSCRIBING: location.partition("sig=")[2],
    }
    return seen(
        words,
        {
            Place.LOG: lines,
            Place.BODY: bodies(walk.answers),
            Place.HEADER: headers(walk.answers),
            Place.ROW: kept,
            Place.TOLD: [each.body.decode() for each in receiver.heard],
        },
    )
