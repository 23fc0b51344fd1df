"""The pace of a connection, its queue, and what stops starts: several instances over one table, time moved by hand."""

import json
from typing import Any

import pytest

from cancel_run.cancel import cancel
from shared.storage.table import Operation, Row, Verb
from tests.contract.conftest import MakeInstances
from tests.support.metered import Metered

LINE = "the-line"


def order(app: Metered, flow: str, **more: Any) -> dict[str, Any]:
    return app.started(flow, **({"connection": LINE} | more))


def statuses(app: Metered, runs: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    read = [app.read(run["runId"]) for run in runs]
    return [("started" if run["sessionId"] else run["status"], run["statusReason"]) for run in read]


def test_what_exceeds_the_pace_waits_and_is_started_when_its_turn_comes(instances: MakeInstances) -> None:
    """Two instances share three starts a minute. The others are accepted, wait, and are sent a minute later."""
    one, two = instances(2, STARTS_PER_MINUTE="3")
    flow = one.define()
    runs = [order(app, flow, inputs={"A": str(n)}) for n, app in enumerate([one, two, one, two, one])]

    assert 3 == len(one.sessions(flow))
    assert statuses(one, runs[3:]) == [("NotStarted", "QueuedForConnection")] * 2
    one.queue_passes(0)
    assert 3 == len(one.sessions(flow))
    two.queue_passes(66)
    assert 5 == len(one.sessions(flow))
    assert all(run["sessionId"] for run in (one.read(run["runId"]) for run in runs))


def test_sixty_seconds_see_no_more_starts_than_allowed(instances: MakeInstances) -> None:
    """A pass that begins before a permit is free waits for it: no start comes within a minute of the one before."""
    (one,) = instances(1, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow)
    first = one.watch.clock.monotonic()
    order(one, flow)
    one.queue_passes(58)

    assert 2 == len(one.sessions(flow))
    assert one.watch.clock.monotonic() - first > 60


def test_high_before_normal_then_first_come_first_served(instances: MakeInstances) -> None:
    """One start a minute: the queue is worked off in its order, whichever instance took the runs in."""
    one, two = instances(2, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow, inputs={"A": "first"})
    for name, app, priority in (
        ("b", one, "normal"),
        ("c", two, "high"),
        ("d", one, "normal"),
        ("e", two, "high"),
    ):
        order(app, flow, inputs={"A": name}, runPriority=priority)
        one.watch.advance(seconds=0.01)
    for _ in range(4):
        two.queue_passes(70)

    deadline = one.app.read_deadline()
    rows = one.sessions(flow)  # as they were made
    assert ["first", "c", "e", "b", "d"] == [
        one.app.sessions.inputs(row["flowsessionid"], deadline)["A"] for row in rows
    ]


def test_a_reference_shares_the_budget_of_its_connection(instances: MakeInstances) -> None:
    """A connection given by name and by a reference to it has one pace."""
    (one,) = instances(1, STARTS_PER_MINUTE="2")
    flow = one.define()
    reference = one.app.catalogue.connection_references(one.app.read_deadline())[0]
    assert reference.connection_id is not None
    by_reference = {"connectionName": None, "connectionReference": reference.logical_name}
    by_name = {"connectionName": reference.connection_id.upper()}

    runs = [order(one, flow, **each) for each in (by_reference, by_name, by_reference, by_name)]

    assert [True, True, False, False] == [run["sessionId"] is not None for run in runs]


def test_references_that_cannot_be_looked_up_stop_no_start(
    instances: MakeInstances, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dataverse does not answer the list of references: the start is sent all the same, in the time that is left."""
    (one,) = instances(1, START_DEADLINE_SECONDS="10")
    flow = one.define()
    reference = one.app.catalogue.connection_references(one.app.read_deadline())[0].logical_name
    one.watch.advance(days=1)
    one.fault("ListConnectionReferences", "delay", times=None, seconds=30)
    monkeypatch.setattr("shared.starting.start.LOOK_UP_SECONDS", 0.5)

    assert order(one, flow, connectionName=None, connectionReference=reference)["sessionId"] is not None


def test_newcomers_go_behind_a_queue(instances: MakeInstances) -> None:
    """Although a permit has become free, a start does not overtake those that wait, on whatever instance it arrives."""
    one, two = instances(2, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow)
    waiting = order(one, flow)
    one.watch.advance(seconds=70)

    newcomer = order(two, flow)

    assert [waiting["sessionId"], newcomer["sessionId"]] == [None, None]


def test_a_queue_that_is_gone_holds_nobody_back(instances: MakeInstances) -> None:
    """An instance that queues a start, and works off no queue itself, learns that it is over: it sends at once again."""
    one, two = instances(2, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow)
    assert order(two, flow)["sessionId"] is None
    one.queue_passes(70)
    two.watch.advance(seconds=70)

    assert order(two, flow)["sessionId"] is not None


@pytest.mark.parametrize("size", [0, 1000, 70_000, 1_100_000, 2_097_000])
def test_inputs_are_kept_while_a_run_waits_and_no_longer(instances: MakeInstances, size: int) -> None:
    """Up to two megabytes, in rows of the run's own partition; the transaction that records the start removes them."""
    (one,) = instances(1, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow)
    text = "ä" * (size // 2)
    run = order(one, flow, inputs={"A": text})

    assert _input_rows(one, run) == -(-len(f'{{"A":"{text}"}}'.encode()) // (11 * 65536))
    one.queue_passes(70)
    assert _input_rows(one, run) == 0
    session = one.read(run["runId"])["sessionId"]
    assert one.app.sessions.inputs(session, one.app.read_deadline()) == {"A": text}


def _input_rows(app: Metered, run: dict[str, Any]) -> int:
    prefix = f"inputs|{run['runId']}|"
    rows = app.app.store._table.range(run["runId"][16:18], prefix, prefix + "~")
    return len(list(rows))


def test_cancelling_a_waiting_run_costs_no_dataverse_request(instances: MakeInstances) -> None:
    """It ends as Canceled at once, its inputs go with it, and it is never sent."""
    (one,) = instances(1, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow)
    run = order(one, flow)

    assert (0, 2) == one.cost(lambda: one.call(cancel, runId=run["runId"]))
    assert ("Canceled", "CanceledBeforeStart") == _end(one, run)
    one.queue_passes(70)
    assert 1 == len(one.sessions(flow))
    assert 0 == _input_rows(one, run)


def _end(app: Metered, run: dict[str, Any]) -> tuple[str, str | None]:
    read = app.read(run["runId"])
    return read["status"], read["error"] and read["error"]["code"]


def test_a_key_that_expired_while_its_run_waited_is_its_new_runs(instances: MakeInstances) -> None:
    """The run that waits is refused at last: that does not free the key, which a later run has taken over."""
    (one,) = instances(1, STARTS="paused")
    flow = one.define()
    first = order(one, flow, key="k")
    one.watch.advance(days=8)
    second = order(one, flow, key="k")
    assert first["runId"] != second["runId"]
    (two,) = instances(1, STARTS_PER_MINUTE="1")
    two.fault("RunDesktopFlow", "status", status=403, code="0x80040220")
    two.queue_passes(0)

    assert "Failed" == two.read(first["runId"])["status"]
    assert second["runId"] == order(two, flow, key="k")["runId"]


def test_a_waiting_run_whose_inputs_are_gone_can_be_canceled(instances: MakeInstances) -> None:
    """All of its rows: what was to be removed is not there, and the run ends all the same."""
    (one,) = instances(1, STARTS="paused")
    flow = one.define()
    run = order(one, flow, inputs={"A": "x" * 2_000_000})
    rows = [Row(f"inputs|{run['runId']}|{number}", {}) for number in range(3)]
    one.app.store._table.commit(run["runId"][16:18], [Operation(Verb.DELETE, row) for row in rows])

    assert 200 == one.call(cancel, runId=run["runId"]).status_code


def test_a_run_that_waited_too_long_fails_and_is_not_sent(instances: MakeInstances) -> None:
    """startWithinSeconds: NotStartedInTime, and its key still names this run."""
    (one,) = instances(1, STARTS_PER_MINUTE="1")
    flow = one.define()
    order(one, flow)
    run = order(one, flow, key="late", startWithinSeconds=30)
    one.queue_passes(40)

    assert ("Failed", "NotStartedInTime") == _end(one, run)
    one.queue_passes(70)
    assert 1 == len(one.sessions(flow))
    assert run["runId"] == order(one, flow, key="late", startWithinSeconds=30)["runId"]


def test_a_queue_that_is_full_refuses(instances: MakeInstances) -> None:
    """429 QueueFull with Retry-After; a repeated key is answered all the same, and nothing is written."""
    (one,) = instances(1, STARTS_PER_MINUTE="1", QUEUE_LIMIT="2")
    flow = one.define()
    order(one, flow)
    runs = [order(one, flow, key=f"k{n}") for n in range(2)]
    refused = one.order(flow, connection=LINE)

    assert (429, "QueueFull") == (refused.status_code, json.loads(refused.get_body())["error"]["code"])
    assert int(refused.headers["Retry-After"]) > 0
    assert runs[1]["runId"] == order(one, flow, key="k1")["runId"]
    assert 202 == one.order(flow, connection="another").status_code


def test_a_queue_whose_runs_were_all_canceled_is_empty(instances: MakeInstances) -> None:
    """A pass finds its mark although nothing waits any more: a queue that was full takes starts again."""
    (one,) = instances(1, STARTS_PER_MINUTE="1", QUEUE_LIMIT="2")
    flow = one.define()
    order(one, flow)
    for run in [order(one, flow), order(one, flow)]:
        one.call(cancel, runId=run["runId"])
    one.queue_passes(70)

    assert {} == one.app.gate.read().queues
    assert order(one, flow)["sessionId"] is not None


def test_a_start_beyond_the_seats_waits(instances: MakeInstances) -> None:
    """With no seat left a start does not ask Dataverse: it becomes a waiting run, which costs two table requests."""
    (one,) = instances(1, PYTHON_THREADPOOL_THREAD_COUNT="4")
    flow = one.define()
    with one.app.seats.seat(LINE) as seated:
        assert seated
        waiting = order(
            one, flow, connection=LINE.upper()
        )  # the second on one connection, of two seats in all
        one.app.gate.read()
        assert (0, 2) == one.cost(lambda: order(one, flow))
    assert waiting["sessionId"] is None
    one.queue_passes(0)
    assert 2 == len(one.sessions(flow))


def test_runs_that_cannot_be_read_hold_up_no_others(
    instances: MakeInstances, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many stand at the head of the queue: they are tried, reported and passed over."""
    (one,) = instances(1, STARTS="paused")
    flow = one.define()
    for run in [order(one, flow) for _ in range(9)]:
        lost = Operation(Verb.DELETE, Row(f"inputs|{run['runId']}|0", {}))
        one.app.store._table.commit(run["runId"][16:18], [lost])
    behind = order(one, flow)
    (two,) = instances(1, PYTHON_THREADPOOL_THREAD_COUNT="32")
    monkeypatch.setattr("start_waiting.queue.PASS_SECONDS", 6)
    cost = two.cost(lambda: two.queue_passes(0))

    assert two.read(behind["runId"])["sessionId"] is not None
    assert cost < (2, 150)


def test_a_queue_of_many_connections_begins_at_once(instances: MakeInstances) -> None:
    """Permits are looked up for as many as there are senders for, not for all that wait, before anything is sent."""
    (one,) = instances(1, STARTS="paused")
    flow = one.define()
    for number in range(120):
        order(one, flow, connection=f"line-{number}")
    (two,) = instances(1, PYTHON_THREADPOOL_THREAD_COUNT="32")
    sent_before = list[int]()
    two.tables.before_send = lambda: sent_before.append(len(two.dataverse))
    two.queue_passes(0)

    assert 120 == len(two.sessions(flow))
    assert sent_before.count(0) < 120


def test_a_start_whose_permit_cannot_be_looked_up_waits(instances: MakeInstances) -> None:
    """Its intent is written by then, and nothing was sent: it is sent when its turn comes, and its caller is told 202."""
    (one,) = instances(1)
    flow = one.define()
    one.tables.unreachable = "pace-"
    run = order(one, flow)
    one.tables.unreachable = None
    one.queue_passes(0)

    assert one.read(run["runId"])["sessionId"] is not None


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_an_answer_lost_while_a_turn_is_taken(instances: MakeInstances, number: int) -> None:
    """Of the mark, the permit, the claim or the record: the run is sent once, and by whoever has claimed it."""
    (one,) = instances(1, STARTS_PER_MINUTE="2")
    flow = one.define()
    order(one, flow)
    order(one, flow)
    run = order(one, flow)
    one.tables.answers_to_lose = number
    one.queue_passes(70, 70)

    assert 3 == len(one.sessions(flow))
    assert one.read(run["runId"])["sessionId"] is not None
    assert 0 == one.tables.answers_to_lose


def test_a_start_that_we_are_too_slow_for_waits_for_its_turn(instances: MakeInstances) -> None:
    """Its send window is all but over before Dataverse could be asked: nothing was sent, and nobody says that Dataverse fails."""
    (one,) = instances(1)
    flow = one.define()
    order(one, flow)  # what is asked for once is known

    def slow() -> None:
        one.tables.before_send = lambda: None
        one.watch.advance(seconds=4.8)

    one.tables.before_send = slow
    run = order(one, flow, inputs={"A": "slow"})

    assert ("NotStarted", "QueuedForConnection") == (run["status"], run["statusReason"])
    one.queue_passes(66)
    assert 2 == len(one.sessions(flow))
