"""Events to an Event Grid topic: in batches, as CloudEvents, with a token of ours."""

from collections.abc import Iterator

import msgspec
import pytest
import requests

from shared.events.destinations import GRID
from shared.events.telling import tell
from shared.storage.outbox import State
from tests.contract.conftest import MakeInstances
from tests.support.events import ended_run
from tests.support.metered import Metered
from tests.support.webhook_receiver import SILENT, Heard, Receiver, receiving


@pytest.fixture
def topic() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def app(instances: MakeInstances, topic: Receiver) -> Metered:
    (app,) = instances(1, EVENT_GRID_ENDPOINT=topic.url.partition("/in")[0])
    return app


def states(app: Metered) -> list[tuple[State, int]]:
    return [(each.state, each.attempts) for each in app.app.outbox.page(GRID, None, 1000)]


def batches(topic: Receiver) -> list[list[str]]:
    """The ids of each."""
    return [[event["id"] for event in heard.message] for heard in topic.heard]


def test_what_has_happened_goes_in_one_batch(app: Metered, topic: Receiver) -> None:
    """As CloudEvents 1.0, to the topic's own path, with a token and the id that webhooks get."""
    runs = [ended_run(app, clientReference=f"order {number}") for number in range(3)]
    app.queue_passes(1)

    (batch,) = topic.heard
    assert {f"{run}.ended" for run in runs} == {event["id"] for event in batch.message}
    first = next(event for event in batch.message if event["subject"] == f"runs/{runs[0]}")
    assert {
        "specversion": "1.0",
        "type": "deskhand.run.succeeded",
        "datacontenttype": "application/json",
        "dataschema": "urn:deskhand:run-event:1",
    }.items() <= first.items()
    assert first["source"].startswith("/deskhand/")
    assert "order 0" == first["data"]["clientReference"]
    assert batch.headers["authorization"].startswith("Bearer ")
    assert "application/cloudevents-batch+json; charset=utf-8" == batch.headers["content-type"]
    assert [(State.DELIVERED, 1)] * 3 == states(app)


@pytest.mark.parametrize("status", [400, 413])
def test_what_is_refused_for_good_is_not_sent_again(app: Metered, topic: Receiver, status: int) -> None:
    """A batch may be refused for one of its events: each goes by itself once, and only the culprit is given up."""
    first, second, third = (ended_run(app) for _ in range(3))
    topic.answer = lambda heard: _refusing(topic, heard, second, status)  # type: ignore[method-assign]
    app.queue_passes(1, 10, 400)

    assert 4 == len(topic.heard)
    assert 3 == len(batches(topic)[0])
    assert {f"{run}.ended" for run in (first, second, third)} == {event for (event,) in batches(topic)[1:]}
    assert sorted([(State.DEAD, 1), (State.DELIVERED, 1), (State.DELIVERED, 1)]) == sorted(states(app))


def test_a_refused_batch_is_no_reason_to_stay_longer_than_a_pass(app: Metered, topic: Receiver) -> None:
    """The topic takes eight seconds for each event: what there is no time for is the next pass's, and none goes twice."""
    runs = [ended_run(app) for _ in range(8)]
    topic.answer = lambda heard: _slowly(app, topic, heard)  # type: ignore[method-assign]

    tell(app.app, app.app.outstanding.to_do())
    assert 4 == len(topic.heard)
    app.queue_passes(10, 10)

    alone = [event for batch in batches(topic) if len(batch) == 1 for event in batch]
    assert {f"{run}.ended" for run in runs} == set(alone)
    assert len(runs) == len(alone)


def _slowly(app: Metered, topic: Receiver, heard: Heard) -> int:
    topic.heard.append(heard)
    app.watch.advance(seconds=8)
    return 200 if len(heard.message) == 1 else 413


def _refusing(topic: Receiver, heard: Heard, run_id: str, status: int) -> int:
    topic.heard.append(heard)
    return status if run_id.encode() in heard.body else 200


def test_a_refused_token_is_renewed_once(app: Metered, topic: Receiver) -> None:
    """401: the same batch again with another token; refused again, it waits for its next try."""
    topic.answers = [401, 200]
    ended_run(app)
    before = tokens_asked_for(app)
    app.queue_passes(1)
    assert [(State.DELIVERED, 1)] == states(app)
    assert before + 2 == tokens_asked_for(app)

    topic.answers = [401, 401]
    ended_run(app)
    app.queue_passes(1)
    assert (State.PENDING, 1) in states(app)
    assert 4 == len(topic.heard)


@pytest.mark.parametrize("status", [500, 503, 408, 403])
def test_anything_else_is_tried_again_together(app: Metered, topic: Receiver, status: int) -> None:
    """What came in one batch comes in one batch again, and the topic is left alone meanwhile."""
    topic.answers = [status]
    for _ in range(3):
        ended_run(app)
    app.queue_passes(1)
    assert [(State.PENDING, 1)] * 3 == states(app)

    app.queue_passes(10)

    assert [(State.DELIVERED, 2)] * 3 == states(app)
    assert [3, 3] == [len(batch) for batch in batches(topic)]


@pytest.mark.parametrize(
    ("token", "told"), [("had", "could not be reached"), ("not to be had", "TokenError")]
)
def test_no_answer_and_no_token_are_no_end(instances: MakeInstances, token: str, told: str) -> None:
    """It is tried again; why it failed is told."""
    (app,) = instances(1, EVENT_GRID_ENDPOINT=SILENT.partition("/in")[0])
    ended_run(app)
    if token != "had":
        app.fault("Token", "status", times=None, status=400)
    app.queue_passes(1)

    (delivery,) = app.app.outbox.page(GRID, None, 10)
    assert (State.PENDING, 1) == (delivery.state, delivery.attempts)
    assert told in (delivery.last_told or "")


def tokens_asked_for(app: Metered) -> int:
    counts = requests.get(f"{app.simulator}/requests", timeout=10).json()["byOperation"]
    return int(counts.get("Token", 0))


def test_more_than_a_batch_goes_in_several(app: Metered, topic: Receiver) -> None:
    """A hundred events each, all in one pass."""
    template = ended_run(app)
    app.queue_passes(1)
    topic.heard.clear()
    (stored,) = app.app.outbox.page(GRID, None, 10)
    now = app.watch.clock.now()
    many = [
        msgspec.structs.replace(
            stored,
            state=State.PENDING,
            attempts=0,
            next_at=now,
            event=msgspec.structs.replace(stored.event, run_id=f"{template[:-4]}{number:04x}"),
        )
        for number in range(150)
    ]
    app.app.outbox.place(GRID, many)
    app.app.wakes.call(GRID, now)

    app.queue_passes(1)

    assert [100, 50] == [len(batch) for batch in batches(topic)]
    assert {State.DELIVERED} == {state for state, _ in states(app)}
