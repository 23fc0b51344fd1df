"""What stops starts: Dataverse's 429, an operator, a setting. Several instances over one table, time moved by hand."""

from typing import Any

import pytest

from flow_catalog.reading import get_flow
from pauses.pausing import pause_starts
from shared.pace.gate import Pause, PausedBy, Scope
from tests.contract.conftest import MakeInstances
from tests.support.metered import Metered

LINE = "the-line"


def order(app: Metered, flow: str, **more: Any) -> dict[str, Any]:
    return app.started(flow, **({"connection": LINE} | more))


def statuses(app: Metered, runs: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    read = [app.read(run["runId"]) for run in runs]
    return [("started" if run["sessionId"] else run["status"], run["statusReason"]) for run in read]


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
