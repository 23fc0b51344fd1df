"""Events become deliveries, once each, and are told: at least once, in their order, for days, and nobody holds up others."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from azure.core.exceptions import ServiceRequestError

from run_status.reading import get_run
from shared.clock import SYSTEM_CLOCK
from shared.pace.gate import Pause, PausedBy, Scope
from shared.storage.outbox import WENT
from shared.storage.shards import shard_names
from shared.storage.table import Operation, Row, TransactionRefusedError, Verb
from shared.storage.wakes import WAKE
from subscriptions.deliveries import redeliver
from subscriptions.managing import enable_subscription, get_subscription, subscribe, unsubscribe
from tests.contract.conftest import MakeInstances
from tests.support.events import (
    ALL,
    begun_run,
    deliveries,
    ended_run,
    ends,
    outstanding,
    states,
    subscribed,
)
from tests.support.metered import Metered
from tests.support.webhook_receiver import SILENT, Heard, Receiver, receiving

HELD_SECONDS = 60


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def app(instances: MakeInstances) -> Metered:
    (app,) = instances(1)
    return app


def test_each_event_is_told_to_everybody_who_wants_it(app: Metered, receiver: Receiver) -> None:
    """To subscriptions by kind and by flow, and to the run's own address; then no event is left."""
    mine, other = app.define(), app.define()
    wants = [subscribed(app, receiver.url), subscribed(app, receiver.url, flowId=mine)]
    wants_not = [subscribed(app, receiver.url, ["run.failed"]), subscribed(app, receiver.url, flowId=other)]

    run_id = ended_run(app, mine, webhookUrl=receiver.url)
    app.queue_passes(1)

    assert [f"{run_id}.ended"] * 3 == receiver.ids
    assert [[("delivered", 1)]] * 2 == [states(app, each) for each in wants]
    assert [[]] * 2 == [states(app, each) for each in wants_not]
    assert 3 == len([key for key in outstanding(app) if key.startswith(WAKE)])
    assert not [key for key in outstanding(app) if key.startswith(WENT)]


@pytest.mark.parametrize("requests", [*range(16, 40)])
def test_wherever_a_pass_is_cut_off_each_event_is_told(
    app: Metered, receiver: Receiver, requests: int
) -> None:
    """After so many requests Table Storage is gone. A later pass tells what is left, under the same id."""
    first, second = subscribed(app, receiver.url, ALL), subscribed(app, receiver.url)
    run_id, session = begun_run(app)
    ends(app, session)

    app.tables.requests.clear()
    app.tables.before_send = lambda: _gone(app, requests)
    app.queue_passes(1)
    app.tables.before_send = lambda: None
    app.queue_passes(HELD_SECONDS + 1, 10)

    assert {f"{run_id}.started", f"{run_id}.ended"} == set(receiver.ids)
    assert [[("delivered", 1)] * 2, [("delivered", 1)]] == [states(app, each) for each in (first, second)]
    assert not [key for key in outstanding(app) if key.startswith(WENT)]


def _gone(app: Metered, requests: int) -> None:
    if len(app.tables.requests) > requests:
        raise ServiceRequestError("It did not get there.")


def test_what_was_delivered_is_not_placed_again(app: Metered, receiver: Receiver) -> None:
    """The event is found again, as after a crash before it was removed: its delivery stays as it is."""
    subscription = subscribed(app, receiver.url)
    run_id = ended_run(app)
    table, shard = app.app.store._table, run_id[16:18]
    row = table.get(shard, f"{WENT}{run_id}|1")
    assert row is not None
    app.queue_passes(1)
    table.commit(shard, [Operation(Verb.PUT, Row(row.key, row.properties))])

    app.queue_passes(10)

    assert [("delivered", 1)] == states(app, subscription)
    assert 1 == len(receiver.heard)
    assert not [key for key in outstanding(app) if key.startswith(WENT)]


def test_a_failed_try_is_made_again_after_its_time(app: Metered, receiver: Receiver) -> None:
    """Five seconds after the first, five minutes after the second, under one id; not before."""
    subscription = subscribed(app, receiver.url)
    receiver.answers = [500, 503]
    ended_run(app)

    heard = []
    for seconds in (1, 3, 3, 200, 140):
        app.queue_passes(seconds)
        heard.append(len(receiver.heard))

    assert [1, 1, 2, 2, 3] == heard
    assert 1 == len(set(receiver.ids))
    assert [("delivered", 3)] == states(app, subscription)


def test_a_receiver_may_ask_for_more_time(app: Metered, receiver: Receiver) -> None:
    """Retry-After in seconds counts where it is longer than our own gap."""
    subscribed(app, receiver.url)
    receiver.answers, receiver.headers = [503], {"Retry-After": "600"}
    ended_run(app)

    heard = []
    for seconds in (1, 500, 110):
        app.queue_passes(seconds)
        heard.append(len(receiver.heard))

    assert [1, 1, 2] == heard


def test_after_ten_tries_it_is_dead_and_can_be_told_again(app: Metered, receiver: Receiver) -> None:
    """It stays where it can be seen; by hand it is tried anew, under the same id."""
    subscription = subscribed(app, receiver.url)
    receiver.status = 500
    run_id = ended_run(app)
    app.queue_passes(1, *[timedelta(days=1.2).total_seconds()] * 10)
    assert [("dead", 10)] == states(app, subscription)
    assert 10 == len(receiver.heard)
    receiver.status = 200

    route = {"subscriptionId": subscription, "deliveryId": f"{run_id}.ended"}
    assert 202 == app.call(redeliver, **route).status_code
    app.queue_passes(1)

    assert [("delivered", 1)] == states(app, subscription)
    assert {f"{run_id}.ended"} == set(receiver.ids)


def test_what_waits_for_its_next_try_can_be_tried_at_once(app: Metered, receiver: Receiver) -> None:
    """Also where nobody answered a moment ago."""
    subscription = subscribed(app, receiver.url)
    receiver.answers = [500, 500]
    run_id = ended_run(app)
    app.queue_passes(1, 10)
    assert [("pending", 2)] == states(app, subscription)

    app.call(redeliver, subscriptionId=subscription, deliveryId=f"{run_id}.ended")
    app.queue_passes(1, 3600)

    assert [("delivered", 1)] == states(app, subscription)
    assert 3 == len(receiver.heard)


def test_gone_disables_and_enabling_resumes(app: Metered, receiver: Receiver) -> None:
    """410: that delivery is dead, what is pending waits, nothing new is placed; enabled, what waited is told."""
    subscription = subscribed(app, receiver.url)
    receiver.answers = [500]
    waiting = ended_run(app)
    app.queue_passes(1)
    receiver.answers = [410]
    dead = ended_run(app)
    app.queue_passes(1)
    assert "The receiver answered 410 Gone." == _shown(app, subscription)["disabledBecause"]
    untold = ended_run(app)
    app.queue_passes(400, 400)
    assert [("dead", 1), ("pending", 1)] == states(app, subscription)

    assert 200 == app.call(enable_subscription, subscriptionId=subscription).status_code
    app.queue_passes(1)

    assert [("dead", 1), ("delivered", 2)] == states(app, subscription)
    assert [f"{run}.ended" for run in (waiting, dead, waiting)] == receiver.ids
    assert f"{untold}.ended" not in receiver.ids


def _shown(app: Metered, subscription: str) -> dict[str, str]:
    told: dict[str, str] = json.loads(app.call(get_subscription, subscriptionId=subscription).get_body())
    return told


def test_a_silent_receiver_holds_up_nobody(app: Metered, receiver: Receiver) -> None:
    """It costs the few tries that are made at once, and is then left alone for a while that grows; others are told meanwhile."""
    silent, other = subscribed(app, SILENT), subscribed(app, receiver.url)
    for _ in range(6):
        ended_run(app)
    app.queue_passes(1)

    assert [("delivered", 1)] * 6 == states(app, other)
    assert 4 == sum(tries for _, tries in states(app, silent))
    app.queue_passes(1)
    assert 4 == sum(tries for _, tries in states(app, silent))
    app.queue_passes(5)
    assert 8 == sum(tries for _, tries in states(app, silent))


def test_a_receiver_that_is_back_hears_what_is_new_within_minutes(app: Metered, receiver: Receiver) -> None:
    """However late what it did not take is to be tried again."""
    subscription = subscribed(app, receiver.url)
    receiver.status = 500
    first = ended_run(app)
    app.queue_passes(1, 10, 400, 2400)
    assert [("pending", 4)] == states(app, subscription)
    receiver.status = 200

    second = ended_run(app)
    app.queue_passes(10)

    assert f"{second}.ended" == receiver.ids[-1]
    assert [("delivered", 1), ("pending", 4)] == states(app, subscription)
    assert [f"{first}.ended"] * 4 == receiver.ids[:-1]


def test_what_a_run_does_is_told_in_its_order(app: Metered, receiver: Receiver) -> None:
    """Also where one pass finds both; and what is told is how it stood then."""
    subscribed(app, receiver.url, ALL)
    run_id, session = begun_run(app)
    ends(app, session)

    app.queue_passes(1)

    assert ["run.started", "run.succeeded"] == receiver.types
    assert ["Running", "Succeeded"] == [each.message["data"]["status"] for each in receiver.heard]
    assert [f"{run_id}.started", f"{run_id}.ended"] == receiver.ids


def test_a_start_that_did_not_get_through_is_not_told_after_the_end(app: Metered, receiver: Receiver) -> None:
    """It is superseded before the end is sent, so that no crash can bring it back."""
    subscription = subscribed(app, receiver.url, ALL)
    receiver.answers = [500]
    _, session = begun_run(app)
    app.queue_passes(1)
    ends(app, session)

    app.queue_passes(1, 10, 400)

    assert ["run.started", "run.succeeded"] == receiver.types
    assert {("superseded", 1), ("delivered", 1)} == set(states(app, subscription))


def test_a_destination_is_told_by_one_pass_at_a_time(instances: MakeInstances, receiver: Receiver) -> None:
    """While one instance sends, another one's pass sends nothing there; it does once the first must be dead."""
    first, second = instances(2)
    subscribed(first, receiver.url)
    run_id = ended_run(first)
    first.queue_passes(1)
    again = {"subscriptionId": deliveries_of(first), "deliveryId": f"{run_id}.ended"}
    first.call(redeliver, **again)
    found = first.app.outstanding.to_do()
    (wake,) = found.wakes
    assert first.app.wakes.hold(wake, first.app.clock.now() + timedelta(seconds=HELD_SECONDS)) is not None

    second.queue_passes(1)
    assert 1 == len(receiver.heard)
    second.queue_passes(HELD_SECONDS)
    assert 2 == len(receiver.heard)


def deliveries_of(app: Metered) -> str:
    (stored,) = app.app.subscriptions.all()
    return stored.subscription.id


def test_without_events_nothing_is_written(instances: MakeInstances, receiver: Receiver) -> None:
    """EVENTS=0: no row, nobody is told, and nobody can subscribe."""
    (app,) = instances(1, EVENTS="0")

    ended_run(app)
    app.queue_passes(1)

    assert [] == outstanding(app)
    assert 409 == app.call(subscribe, {"url": receiver.url, "events": ALL}).status_code


def test_what_was_to_be_told_goes_with_its_subscription(app: Metered, receiver: Receiver) -> None:
    """Its deliveries at once; the row that leads there a day later, for a write may be late."""
    receiver.status = 500
    subscription = subscribed(app, receiver.url)
    ended_run(app)
    app.queue_passes(1)

    assert 204 == app.call(unsubscribe, subscriptionId=subscription).status_code
    app.queue_passes(1)

    assert [] == _rows_of(app, subscription)
    assert [f"{WAKE}{subscription}"] == outstanding(app)
    app.queue_passes(timedelta(days=1).total_seconds())
    assert [] == outstanding(app)
    assert [] == list(app.app.store._table.range("subscriptions", "", "~"))
    assert 1 == len(receiver.heard)


def _rows_of(app: Metered, destination: str) -> list[str]:
    return [row.key for row in app.app.store._table.range(f"to-{destination}", "", "~")]


def test_deliveries_are_kept_for_as_long_as_they_are_to_be_seen(
    instances: MakeInstances, receiver: Receiver
) -> None:
    """DELIVERY_DAYS; also those to addresses that runs named themselves. Where nothing is kept, nothing leads there."""
    (app,) = instances(1, DELIVERY_DAYS="2")
    subscription = subscribed(app, receiver.url)
    old = ended_run(app, webhookUrl=receiver.url)
    app.queue_passes(1)
    app.watch.advance(days=1.5)
    young = ended_run(app)
    app.queue_passes(1)
    assert {old, young} == {each["runId"] for each in deliveries(app, subscription)}

    app.watch.advance(days=1.1)
    app.queue_passes(1, 1)

    assert [young] == [each["runId"] for each in deliveries(app, subscription)]
    assert [f"{WAKE}{subscription}"] == outstanding(app)
    app.watch.advance(days=3)
    app.queue_passes(1, 1)
    assert [] == outstanding(app)
    assert [] == _rows_of(app, subscription)


def test_what_is_to_be_told_outlasts_what_is_seen(instances: MakeInstances, receiver: Receiver) -> None:
    """Tries go on for three days, however short DELIVERY_DAYS is; what a disabled subscription never took goes."""
    (app,) = instances(1, DELIVERY_DAYS="1")
    subscription = subscribed(app, receiver.url)
    receiver.status = 500
    ended_run(app)
    app.queue_passes(1, 10, 400, 2400)
    app.watch.advance(days=1.1)
    app.queue_passes(1)
    assert [("pending", 5)] == states(app, subscription)

    (stored,) = app.app.subscriptions.all()
    receiver.answers = [410]
    ended_run(app)
    app.queue_passes(1)
    assert "The receiver answered 410 Gone." == _shown(app, stored.subscription.id)["disabledBecause"]
    app.watch.advance(days=1.1)
    app.queue_passes(1)
    assert [] == _rows_of(app, subscription)


@pytest.mark.parametrize(("days", "age"), [("1", 0), ("2", 30)], ids=["seen briefly", "of a long run"])
def test_a_dead_letter_is_kept_from_its_last_try_on(
    instances: MakeInstances, receiver: Receiver, days: str, age: int
) -> None:
    """However old its run was by then."""
    (app,) = instances(1, DELIVERY_DAYS=days)
    subscription = subscribed(app, receiver.url)
    receiver.status = 500
    run = app.started(app.define())
    app.watch.advance(days=age)
    ends(app, run["sessionId"])
    app.queue_passes(1, *[timedelta(hours=27).total_seconds()] * 9)
    assert [("dead", 10)] == states(app, subscription)

    app.watch.advance(days=int(days), hours=-1)
    app.queue_passes(1)
    assert [("dead", 10)] == states(app, subscription)
    app.watch.advance(days=1.1)
    app.queue_passes(1)
    assert [] == _rows_of(app, subscription)


def test_many_deliveries_are_removed_with_few_requests(app: Metered, receiver: Receiver) -> None:
    """A hundred in at most three transactions."""
    subscription = subscribed(app, receiver.url)
    for _ in range(30):
        ended_run(app)
    app.queue_passes(1)
    app.watch.advance(days=31)
    app.tables.requests.clear()
    app.queue_passes(1)

    assert [] == _rows_of(app, subscription)
    writes = [each for each in app.tables.requests if each.endswith("$batch")]
    assert 3 >= len(writes), app.tables.requests


def test_a_row_that_cannot_be_read_holds_up_nothing(app: Metered, receiver: Receiver) -> None:
    """A newer version's event, delivery and wake are left alone."""
    subscription = subscribed(app, receiver.url)
    table = app.app.store._table
    newer = {"layout": 99}
    for partition, key in (
        ("00", f"{WENT}{'0' * 8}|1"),
        ("00", f"{WAKE}own-x"),
        (f"to-{subscription}", "due|0000000000001|x"),
    ):
        table.commit(partition, [Operation(Verb.PUT, Row(key, newer))])

    ended_run(app)
    app.queue_passes(1)

    assert [("delivered", 1)] == states(app, subscription)
    assert 1 == len(receiver.heard)


def test_many_events_that_cannot_be_read_hold_up_no_other(app: Metered, receiver: Receiver) -> None:
    """As many as a pass reads of a shard, before the one that is to be told."""
    subscribed(app, receiver.url)
    run_id = ended_run(app)
    newer = [Row(f"{WENT}{number:08d}|1", {"layout": 99}) for number in range(100)]
    app.app.store._table.commit(run_id[16:18], [Operation(Verb.PUT, row) for row in newer])

    app.queue_passes(1)

    assert [f"{run_id}.ended"] == receiver.ids


def test_a_slow_receiver_keeps_no_start_from_its_turn(app: Metered, receiver: Receiver) -> None:
    """What joins the queue while somebody is told is started meanwhile."""
    subscribed(app, receiver.url)
    ended_run(app)
    flow, started = app.define(), list[bool]()

    def slowly(heard: Heard) -> int:
        receiver.heard.append(heard)
        _queued(app, flow)
        app.watch.advance(seconds=6)
        patience = SYSTEM_CLOCK.deadline(3)
        while patience.remaining > 0 and not app.sessions(flow):
            SYSTEM_CLOCK.sleep(0.05)
        started.append(bool(app.sessions(flow)))
        return 204

    receiver.answer = slowly  # type: ignore[method-assign]
    app.queue_passes(1)

    assert [True] == started


def _queued(app: Metered, flow: str) -> None:
    """A run that waits although nothing holds it back any more."""
    pause = Pause(scope=Scope.ALL, reason="x", source=PausedBy.OPERATOR, since=app.app.clock.now())
    app.app.gate.pause(pause)
    assert "QueuedForConnection" == app.started(flow)["statusReason"]
    app.app.gate.resume(pause.id)


def test_a_wake_that_cannot_be_read_holds_up_nobody_else(app: Metered, receiver: Receiver) -> None:
    """What is to be told there is placed, and waits until the newer version that wrote it is there again."""
    waits, other = subscribed(app, receiver.url), subscribed(app, receiver.url)
    ended_run(app)
    app.queue_passes(1)
    assert 2 == len(receiver.heard)
    table, (shard, row) = app.app.store._table, _wake_of(app, waits)
    table.commit(shard, [Operation(Verb.PUT, Row(row.key, {"layout": 99}))])
    looked_at = table.get(shard, row.key)
    assert looked_at is not None

    ended_run(app)
    app.queue_passes(1)

    assert [("delivered", 1)] * 2 == states(app, other)
    assert [("pending", 0), ("delivered", 1)] == states(app, waits)
    assert not [key for key in outstanding(app) if key.startswith(WENT)]
    with pytest.raises(TransactionRefusedError):  # who has looked there before that looks again
        table.commit(shard, [Operation(Verb.DELETE, looked_at)])

    table.commit(shard, [Operation(Verb.PUT, row)])
    app.queue_passes(timedelta(days=1).total_seconds())
    assert [("delivered", 1)] * 2 == states(app, waits)


def _wake_of(app: Metered, destination: str) -> tuple[str, Row]:
    """Its shard and row."""
    table, key = app.app.store._table, f"{WAKE}{destination}"
    found = {shard: row for shard in shard_names() if (row := table.get(shard, key)) is not None}
    (item,) = found.items()
    return item


def test_a_subscription_that_cannot_be_read_loses_nothing(app: Metered, receiver: Receiver) -> None:
    """A newer version has written it: what it is to be told waits until that version is there again."""
    subscription = subscribed(app, receiver.url)
    receiver.status = 500
    ended_run(app)
    app.queue_passes(1)
    receiver.status = 200
    with _unreadable(app, subscription):
        app.queue_passes(10, HELD_SECONDS + 1)
        assert 1 == len(receiver.heard)

    app.queue_passes(HELD_SECONDS + 1)

    assert [("delivered", 2)] == states(app, subscription)


def test_what_happens_while_a_subscription_cannot_be_read_is_told_later(
    app: Metered, receiver: Receiver
) -> None:
    """What it asked for, once it can be read again; nothing else, and nothing else is shown as its own."""
    mine, other = app.define(), app.define()
    subscription = subscribed(app, receiver.url, flowId=mine)
    with _unreadable(app, subscription):
        wanted, session = begun_run(app, mine)
        ends(app, session)
        ended_run(app, other)
        app.queue_passes(1)
        assert [] == receiver.ids
    assert [("pending", 0)] == states(app, subscription)

    app.queue_passes(HELD_SECONDS + 1)

    assert [f"{wanted}.ended"] == receiver.ids
    assert [("delivered", 1)] == states(app, subscription)
    assert 1 == len(_rows_of(app, subscription))


@contextmanager
def _unreadable(app: Metered, subscription: str) -> Iterator[None]:
    """As one that a newer version has written."""
    table, key = app.app.store._table, f"subscription|{subscription}"
    row = table.get("subscriptions", key)
    assert row is not None
    table.commit("subscriptions", [Operation(Verb.PUT, Row(key, {"layout": 99}))])
    yield
    table.commit("subscriptions", [Operation(Verb.PUT, row)])


def test_the_address_of_a_run_is_told_to_nobody_else(app: Metered, receiver: Receiver) -> None:
    """It stands in the run, in its event and in its own delivery, never in a subscription's rows."""
    subscription = subscribed(app, receiver.url.replace("hush", "other"))
    run_id = ended_run(app, webhookUrl=receiver.url)
    app.queue_passes(1)

    told = [str(row.properties) for row in app.app.store._table.range(f"to-{subscription}", "", "~")]
    assert told
    assert not any("hush" in each for each in told)
    assert b"hush" not in app.call(get_run, runId=run_id).get_body()
    assert {run_id[16:18]} == {
        shard for shard in shard_names() if list(app.app.store._table.range(shard, "run|", "run|~"))
    }
