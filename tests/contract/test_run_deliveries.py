"""What was told of a run to its own address and to Event Grid can be seen, and told again."""

import json
from collections.abc import Iterator
from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.events.destinations import own_destination
from shared.http.use_case import UseCase
from subscriptions.run_deliveries import list_run_deliveries, redeliver_run_events
from tests.contract.conftest import MakeInstances
from tests.support.callers import ALICE, BOB
from tests.support.events import begun_run, ended_run, ends, subscribed
from tests.support.metered import Metered
from tests.support.webhook_receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def topic() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def app(instances: MakeInstances, topic: Receiver) -> Metered:
    (app,) = instances(1, EVENT_GRID_ENDPOINT=topic.url.partition("/in")[0])
    return app


def shown(app: Metered, run_id: str, use_case: UseCase = list_run_deliveries) -> list[tuple[str, str, str]]:
    """Destination, event and state of each."""
    told: list[dict[str, Any]] = json.loads(app.call(use_case, runId=run_id).get_body())["value"]
    return [(each["destination"], each["event"], each["state"]) for each in told]


def refused(app: Metered, use_case: UseCase, run_id: str) -> str | None:
    code: str | None = app.call(use_case, runId=run_id).headers.get("x-ms-error-code")
    return code


def test_each_event_is_shown_for_each_destination(app: Metered, receiver: Receiver) -> None:
    """The run's own, those of no subscription and of no other run; without the address."""
    subscribed(app, receiver.url)
    ended_run(app, webhookUrl=receiver.url)
    run_id, session = begun_run(app, webhookUrl=receiver.url)
    assert [] == shown(app, run_id)
    app.queue_passes(1)
    ends(app, session)
    app.queue_passes(1)

    assert [
        ("webhookUrl", "run.started", "delivered"),
        ("webhookUrl", "run.succeeded", "delivered"),
        ("eventGrid", "run.started", "delivered"),
        ("eventGrid", "run.succeeded", "delivered"),
    ] == shown(app, run_id)
    assert b"hush" not in app.call(list_run_deliveries, runId=run_id).get_body()


def test_what_was_given_up_is_told_again(app: Metered, receiver: Receiver, topic: Receiver) -> None:
    """With the same id, and at once; what was delivered is not."""
    receiver.answers, topic.answers = [204, 410], [200, 400]
    run_id, session = begun_run(app, webhookUrl=receiver.url)
    app.queue_passes(1)
    ends(app, session)
    app.queue_passes(1)
    gone = [("webhookUrl", "run.succeeded", "dead"), ("eventGrid", "run.succeeded", "dead")]
    assert gone == [each for each in shown(app, run_id) if each[2] != "delivered"]
    _leave_alone(app, own_destination(receiver.url))

    back = shown(app, run_id, redeliver_run_events)
    assert ["delivered", "pending"] * 2 == [state for *_, state in back]
    app.queue_passes(1)

    assert {"delivered"} == {state for *_, state in shown(app, run_id)}
    expected = [f"{run_id}.started", *[f"{run_id}.ended"] * 2]
    assert expected == receiver.ids
    assert expected == [event["id"] for heard in topic.heard for event in heard.message]


def _leave_alone(app: Metered, destination: str) -> None:
    """As where nobody has answered."""
    stored = app.app.wakes.get(destination)
    assert stored is not None
    quiet = replace(stored.wake, quiet_until=app.app.clock.now() + timedelta(minutes=5))
    assert app.app.wakes.put(stored, quiet) is not None


def test_what_was_told_to_nobody_cannot_be_told_again(metered: Metered, receiver: Receiver) -> None:
    """404, also for another's run."""
    metered.caller = ALICE
    subscribed(metered, receiver.url)
    run_id = ended_run(metered)
    metered.queue_passes(1)

    assert [] == shown(metered, run_id)
    assert "DeliveryNotFound" == refused(metered, redeliver_run_events, run_id)
    metered.caller = BOB
    assert "RunNotFound" == refused(metered, redeliver_run_events, run_id)
