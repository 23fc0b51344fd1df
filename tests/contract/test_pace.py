"""The pace of a connection, its queue, and what stops starts: several instances over one table, time moved by hand."""

import json
from typing import Any

import pytest

from cancel_run.cancel import cancel
from flow_catalog.reading import get_flow
from pauses.pausing import pause_starts
from shared.pace.allowance import Errand
from shared.pace.gate import Pause, PausedBy, Scope
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
    monkeypatch.setattr("trigger_run.start.LOOK_UP_SECONDS", 0.5)

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


def test_throttling_pauses_the_identity_on_every_instance(instances: MakeInstances) -> None:
    """Service protection: the run waits, the other instance sends nothing more either, and both go on after Retry-After."""
    one, two = instances(2)
    flow = one.define()
    order(two, flow)
    one.fault("RunDesktopFlow", "status", status=429, code="0x80072322", retryAfter=20)
    first = order(one, flow)
    two.watch.advance(seconds=2.5)

    assert 0 == two.cost(lambda: order(two, flow, connection="elsewhere"))[0]
    assert statuses(one, [first]) == [("NotStarted", "QueuedForConnection")]
    one.queue_passes(1)
    assert 1 == len(one.sessions(flow))
    two.queue_passes(30)
    assert 3 == len(one.sessions(flow))


def test_a_wait_that_nobody_else_was_told_of_is_kept(instances: MakeInstances) -> None:
    """The gate could not be written: that it shows no pause is no reason to ask Dataverse before it said so."""
    (one,) = instances(1)
    flow = one.define()
    one.fault("RetrieveFlow", "status", status=429, code="0x80072322", retryAfter=60)
    one.tables.unreachable = "gate"
    assert 429 == one.call(get_flow, flowId=flow).status_code
    one.tables.unreachable = None
    one.watch.advance(seconds=3)

    assert 0 == one.cost(lambda: order(one, flow))[0]
    assert 429 == one.call(get_flow, flowId=flow).status_code
    one.watch.advance(seconds=60)
    assert 200 == one.call(get_flow, flowId=flow).status_code


def test_a_throttled_connection_pauses_alone(instances: MakeInstances) -> None:
    """DesktopFlowsActionThrottled: its own runs wait, those of other connections are started."""
    (one,) = instances(1)
    flow = one.define()
    one.fault("RunDesktopFlow", "status", status=429, code="DesktopFlowsActionThrottled", retryAfter=20)
    runs = [order(one, flow), order(one, flow), order(one, flow, connection="elsewhere")]

    assert [False, False, True] == [run["sessionId"] is not None for run in runs]
    one.queue_passes(25)
    assert 3 == len(one.sessions(flow))


def test_too_many_requests_at_once_pause_nobody(instances: MakeInstances) -> None:
    """0x80072326: fewer at a time, which the next pass over the queue does."""
    (one,) = instances(1)
    flow = one.define()
    one.fault("RunDesktopFlow", "status", status=429, code="0x80072326", retryAfter=20)
    waiting = order(one, flow)
    other = order(one, flow, connection="elsewhere")

    assert (waiting["sessionId"], other["sessionId"] is not None) == (None, True)
    one.queue_passes(0)
    assert 2 == len(one.sessions(flow))


@pytest.mark.parametrize("scope", list(Scope))
def test_an_operator_stops_everything_a_flow_or_a_connection(instances: MakeInstances, scope: Scope) -> None:
    """What is concerned waits, on every instance, until it is resumed; what is not goes on."""
    one, two = instances(2)
    flow, other = one.define(), one.define()
    target = {Scope.ALL: None, Scope.FLOW: flow, Scope.CONNECTION: LINE}[scope]
    pause = Pause(
        scope=scope,
        target=target,
        reason="Month end",
        source=PausedBy.OPERATOR,
        by="kim",
        since=one.app.clock.now(),
    )
    one.app.gate.pause(pause)
    held = order(two, flow)
    free = order(two, other, connection="elsewhere")

    assert [False, scope is not Scope.ALL] == [run["sessionId"] is not None for run in (held, free)]
    one.queue_passes(70)
    assert [] == one.sessions(flow)
    assert two.app.gate.resume(pause.id)
    one.queue_passes(1)
    assert 1 == len(one.sessions(flow))


def test_a_pause_of_dataverse_does_not_shorten_an_operators(instances: MakeInstances) -> None:
    """The same row; the operator's word outranks, the longer of Dataverse's stays."""
    (one,) = instances(1)
    now = one.app.clock.now()
    operators = Pause(scope=Scope.ALL, reason="x", source=PausedBy.OPERATOR, since=now)
    dataverses = Pause(scope=Scope.ALL, reason="429", source=PausedBy.DATAVERSE, since=now, until=now)

    assert dataverses == one.app.gate.pause(dataverses)
    assert operators == one.app.gate.pause(operators)
    assert operators == one.app.gate.pause(dataverses)


def test_a_pause_that_is_lifted_holds_nobody_back(instances: MakeInstances) -> None:
    """An instance that refuses starts because of a pause asks again whether it is still in force."""
    one, two = instances(2, WHEN_PAUSED="refuse")
    flow = one.define()
    pause = Pause(scope=Scope.ALL, reason="x", source=PausedBy.OPERATOR, since=one.app.clock.now())
    one.app.gate.pause(pause)
    assert 503 == two.order(flow, connection=LINE).status_code
    one.app.gate.resume(pause.id)
    two.watch.advance(seconds=3)

    assert 202 == two.order(flow, connection=LINE).status_code


def test_a_reference_that_cannot_be_looked_up_is_not_paused(instances: MakeInstances) -> None:
    """502: a pause of the reference alone would stop no start that knows the connection behind it."""
    (one,) = instances(1)
    reference = one.app.catalogue.connection_references(one.app.read_deadline())[0].logical_name
    body = {"scope": "connection", "connectionReference": reference, "reason": "Month end"}
    (two,) = instances(1)
    two.fault("ListConnectionReferences", "status", status=500)

    assert 502 == two.call(pause_starts, body).status_code
    assert {} == two.app.gate.read().pauses
    assert 201 == two.call(pause_starts, body).status_code


def test_a_pause_set_while_another_is_lifted_stays(instances: MakeInstances) -> None:
    """Lifting takes away the pause that stood there, once, and none that is set in its place a moment later."""
    one, two = instances(2)
    first, second = (
        Pause(scope=Scope.ALL, reason=reason, source=PausedBy.OPERATOR, since=one.app.clock.now())
        for reason in ("first", "second")
    )
    one.app.gate.pause(first)
    one.tables.requests.clear()

    def set_anew() -> None:
        if len(one.tables.requests) == 3:  # the first two looked at the pause, and took it away
            two.app.gate.pause(second)

    one.tables.before_send = set_anew
    assert one.app.gate.resume(first.id)
    assert [second] == two.app.gate.pauses()
    assert {second.id: second} == two.app.gate.read().pauses


@pytest.mark.parametrize(("when", "expected"), [("queue", 202), ("refuse", 503)])
def test_starts_are_paused_by_setting(instances: MakeInstances, when: str, expected: int) -> None:
    """STARTS=paused: queued or refused; polls, cancels and callbacks go on."""
    (one,) = instances(1)
    flow = one.define()
    running = order(one, flow)
    (paused,) = instances(1, STARTS="paused", WHEN_PAUSED=when)

    assert expected == paused.order(flow).status_code
    paused.queue_passes(0)
    assert 1 == len(one.sessions(flow))
    one.end(running["sessionId"])
    assert 204 == paused.notified(running["sessionId"])


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


def test_as_the_days_allowance_ends_sweeps_thin_out_then_the_catalogue_then_callbacks(
    instances: MakeInstances,
) -> None:
    """At 80, 90 and 95 per cent, counted over all instances; starts and cancels go on to the end."""
    one, two = instances(2, DATAVERSE_REQUESTS_A_DAY="1000", CATALOGUE_CACHE_SECONDS="0")
    flow = one.define()
    runs = [order(one, flow), order(one, flow), order(one, flow)]
    poll_cost = one.cost(lambda: one.passes(1))[0]

    spend(two, one, 820)
    assert (1, 1) == (poll_cost, one.cost(lambda: one.passes(1))[0])  # the first rare sweep
    assert 0 == one.cost(lambda: one.passes(60))[0]
    assert 200 == one.call(get_flow, flowId=flow).status_code
    spend(two, one, 920)
    other = one.define()
    assert 503 == one.call(get_flow, flowId=other).status_code
    assert 200 == one.call(get_flow, flowId=flow).status_code
    one.end(runs[0]["sessionId"])
    assert 204 == one.notified(runs[0]["sessionId"])
    spend(two, one, 970)
    one.end(runs[1]["sessionId"])
    assert 503 == one.notified(runs[1]["sessionId"])
    assert order(one, flow)["sessionId"]
    assert 202 == one.call(cancel, runId=runs[2]["runId"]).status_code
    one.passes(600)
    assert "Succeeded" == one.read(runs[1]["runId"])["status"]


def spend(app: Metered, other: Metered, total: int) -> None:
    """One instance asks so much in all; the other hears of it."""
    app.app.allowance.spend(total - app.app.allowance._own)
    for each in (app, other):
        each.watch.advance(seconds=31)
        each.app.allowance.exchange()


def test_a_new_day_has_its_own_allowance(instances: MakeInstances) -> None:
    """What was spent yesterday does not count, and its rows are cleared away."""
    one, two = instances(2, DATAVERSE_REQUESTS_A_DAY="100")
    spend(one, two, 97)
    assert not two.app.allowance.allows(Errand.SWEEP)
    one.watch.advance(days=1)
    two.app.allowance.exchange()

    assert two.app.allowance.allows(Errand.SWEEP)
    assert 1 == len(two.app.gate.read().spendings)
