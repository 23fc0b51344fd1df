"""What each use case costs: requests to Table Storage and operations in Dataverse, with everything warm.

The use cases are called directly, against the real table and the simulator, through transports that count. The figures are
those of docs/architecture.md.
"""

import pytest
import requests

from callback_handler.verification import verify
from cancel_run.cancel import cancel
from local.stack import Stack
from run_status.reading import get_outputs, get_result, get_run
from shared.run import life
from shared.run.model import Source, Told
from shared.storage.table import StorageUnavailableError
from shared.wiring import wire
from start_waiting.tick import tick
from start_waiting.turn import take_turn
from status_poller.poll import poll
from subscriptions.run_deliveries import list_run_deliveries
from tests.contract.conftest import MakeInstances
from tests.support.events import ALL, begun_run, ended_run, ends, subscribed
from tests.support.metered import Metered
from tests.support.webhook_receiver import receiving


def test_a_warm_start(metered: Metered, flow: str) -> None:
    """1 Dataverse request and 3 table requests: the intent and a permit, at the same time, and the session.

    One more reads a connection's permits when an instance first starts something on it, one the gate every two seconds.
    """
    metered.started(flow, connection="warm")

    assert (1, 3) == metered.cost(lambda: metered.started(flow, connection="warm"))
    assert (1, 3) == metered.cost(lambda: metered.started(flow, connection="warm", key="k"))
    assert (1, 4) == metered.cost(lambda: metered.started(flow, connection="another"))
    metered.watch.advance(seconds=3)
    assert (1, 4) == metered.cost(lambda: metered.started(flow, connection="warm"))


def test_a_repeated_start(metered: Metered, flow: str) -> None:
    """0 Dataverse requests and 2 table requests: the key, the run."""
    metered.started(flow, key="again")

    assert (0, 2) == metered.cost(lambda: metered.started(flow, key="again"))


def test_a_start_that_waits(instances: MakeInstances) -> None:
    """0 Dataverse requests and 2 table requests; cancelled: 0 and 2; its turn: 1 and 5."""
    (app,) = instances(1, PYTHON_THREADPOOL_THREAD_COUNT="4")
    flow = app.define()
    app.started(flow, connection="line")
    with app.app.seats.seat("line"):  # one of two: the only one for this connection
        assert (0, 2) == app.cost(lambda: app.started(flow, connection="line"))
        waiting = app.started(flow, connection="line")["runId"]
    assert (0, 2) == app.cost(lambda: app.call(cancel, runId=waiting))
    (turn,) = app.app.outstanding.waiting()
    assert (1, 5) == app.cost(lambda: take_turn(app.app, turn))


def test_a_pass_with_nothing_waiting(metered: Metered) -> None:
    """0 Dataverse requests, and one table request a shard."""
    assert (0, 16) == metered.cost(lambda: tick(metered.app))


@pytest.mark.parametrize("subscriptions", [0, 1, 2])
def test_telling_of_a_run(metered: Metered, flow: str, subscriptions: int) -> None:
    """A callback costs no request more for its event. Told with the next pass: 1 table request and one for the event's shard,
    and for each destination 6 and one for each event.
    """
    with receiving() as receiver:
        for _ in range(subscriptions):
            subscribed(metered, receiver.url)
        session = metered.started(flow)["sessionId"]
        metered.end(session)

        assert (1, 2) == metered.cost(lambda: metered.notified(session))
        assert (0, 16 + 1 + 1 + 7 * subscriptions) == metered.cost(lambda: tick(metered.app))
        assert (0, 16) == metered.cost(lambda: tick(metered.app))
        assert subscriptions == len(receiver.heard)


def test_telling_of_a_start(metered: Metered) -> None:
    """Whoever hears of starts as well: a further read for each end."""
    with receiving() as receiver:
        subscribed(metered, receiver.url, ALL)
        _, session = begun_run(metered)
        ends(metered, session)

        assert (0, 16 + 1 + 1 + 6 + 2 + 1) == metered.cost(lambda: tick(metered.app))
        assert 2 == len(receiver.heard)


def test_reading_what_was_told_of_a_run(metered: Metered) -> None:
    """The run, and one table request for its own address."""
    with receiving() as receiver:
        run_id = ended_run(metered, webhookUrl=receiver.url)
        metered.queue_passes(1)

        assert (0, 2) == metered.cost(lambda: metered.call(list_run_deliveries, runId=run_id))


def test_a_callback(metered: Metered, flow: str) -> None:
    """The first genuine one: 1 Dataverse request and 2 table requests. A forgery, and a duplicate: 0 and 0."""
    session = metered.started(flow)["sessionId"]
    metered.end(session)
    route = metered.callback_of(session)
    forged = {**route, "signature": route["signature"][:-1] + ("0" if route["signature"][-1] != "0" else "1")}

    assert (0, 0) == metered.cost(lambda: metered.call(verify, {}, {}, **forged))
    assert (1, 2) == metered.cost(lambda: metered.notified(session))
    assert (0, 0) == metered.cost(lambda: metered.notified(session))


def test_reading(metered: Metered, flow: str) -> None:
    """A run, and a result that is open: 0 and 1. An ended result and its outputs: 1 and 1."""
    run = metered.started(flow)
    read, result, outputs = (
        lambda use_case=use_case: metered.call(use_case, runId=run["runId"])
        for use_case in (get_run, get_result, get_outputs)
    )

    assert [(0, 1)] * 3 == [metered.cost(each) for each in (read, result, outputs)]
    metered.end(run["sessionId"], {"B": "y"})
    metered.notified(run["sessionId"])
    assert (0, 1) == metered.cost(read)
    assert [(1, 1)] * 2 == [metered.cost(each) for each in (result, outputs)]


def test_reading_what_has_no_outputs(metered: Metered, flow: str) -> None:
    """Where the closing read showed no outputs, they are not asked for: 0 and 1."""
    run = metered.started(flow)
    metered.end(run["sessionId"])
    metered.notified(run["sessionId"])

    assert (0, 1) == metered.cost(lambda: metered.call(get_outputs, runId=run["runId"]))


def test_a_cancel(metered: Metered, flow: str) -> None:
    """1 Dataverse request and 3 table requests: read, the wish, that it was carried out. A second one: 0 and 1."""
    run_id = metered.started(flow)["runId"]

    assert (1, 3) == metered.cost(lambda: metered.call(cancel, runId=run_id))
    assert (0, 1) == metered.cost(lambda: metered.call(cancel, runId=run_id))


def test_a_pass_with_nothing_open(metered: Metered) -> None:
    """0 Dataverse requests, and one table request a shard."""
    poll(metered.app)

    assert (0, 16) == metered.cost(lambda: poll(metered.app))


def test_a_pass_over_open_runs(metered: Metered, flow: str) -> None:
    """1 Dataverse request however many are open; of each that changed a table read, of those of a shard a write, of others none."""
    runs = [metered.started(flow) for _ in range(6)]
    poll(metered.app)

    assert (1, 16) == metered.cost(lambda: poll(metered.app))
    for run in runs[:2]:
        metered.end(run["sessionId"])
    shards = {run["runId"][16:18] for run in runs[:2]}
    assert (1, 16 + 2 + len(shards)) == metered.cost(lambda: poll(metered.app))


def test_a_pass_with_nothing_open_where_many_are_followed(followers: MakeInstances) -> None:
    """0 Dataverse requests, and one table request a shard: what is followed costs nothing once it has ended."""
    (app,) = followers(1)
    run = app.started(app.define())
    app.end(run["sessionId"])
    app.passes(1)

    assert (0, 16) == app.cost(lambda: app.passes(1))


def test_a_pass_between_sweeps(followers: MakeInstances) -> None:
    """1 Dataverse request and 18 table requests, however many are open; of each that changed a read, of those of a shard a write."""
    (app,) = followers(1)
    flow = app.define()
    runs = [app.started(flow) for _ in range(8)]
    app.passes(1)

    assert (1, 18) == app.cost(lambda: app.passes(1))
    ended = runs[:3]
    for run in ended:
        app.end(run["sessionId"])
    shards = {run["runId"][16:18] for run in ended}
    assert (1, 18 + 3 + len(shards)) == app.cost(lambda: app.passes(1))
    assert (1, 18) == app.cost(lambda: app.passes(1))


def test_a_sweep(followers: MakeInstances) -> None:
    """1 Dataverse request for 5,000 open runs, beside that for changes; a table request a shard for 300 of its runs, one for
    the step, and one for the report to /health, which is read again every five minutes.
    """
    (app,) = followers(1)
    flow = app.define()
    for _ in range(8):
        app.started(flow)
    app.passes(1)
    app.time_passes(minutes=10)

    assert (2, 18 + 16 + 2) == app.cost(lambda: app.passes(0))


def test_nothing_is_done_before_the_first_request() -> None:
    """Making the clients costs no I/O: nothing listens at these addresses."""
    key = "1:" + "a" * 43 + "="
    tables = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a;"
    app = wire(
        {
            "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
            "SIGNING_KEYS": key,
            "TABLES_CONNECTION_STRING": tables,
        }
    )

    assert app.api.pulse.succeeded_at is None
    app.close()


def test_ended_by_somebody_else_meanwhile(metered: Metered, flow: str) -> None:
    """A callback that loses the race against the poller is one read more, and is still answered 204."""
    run = metered.started(flow)
    metered.end(run["sessionId"])
    stored = metered.app.store.get(run["runId"])
    assert stored is not None
    metered.app.store.advance(stored, life.hinted)
    session = metered.app.sessions.read(run["sessionId"], metered.app.read_deadline())
    told = Told(Source.POLLER, metered.app.clock.now())
    metered.app.store.advance(stored, lambda each: life.observed(each, session, told))

    assert (0, 1) == metered.cost(lambda: metered.notified(run["sessionId"]))


def test_table_storage_by_identity(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an endpoint in place of a connection string, the managed identity is asked for a token before anything is sent."""
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, stack.settings[name])
    endpoint = {"TABLES_CONNECTION_STRING": "", "TABLES_ENDPOINT": "https://127.0.0.1:9"}
    app = wire({**stack.settings, **endpoint})
    before = tokens_asked_for(stack)
    with pytest.raises(StorageUnavailableError):
        app.store.get("01941234-5678-8003-8000-000000000001")
    app.close()

    assert before + 1 == tokens_asked_for(stack)


def tokens_asked_for(stack: Stack) -> int:
    counts = requests.get(f"{stack.simulator}/requests", timeout=10).json()["byOperation"]
    return int(counts.get("Token", 0))
