"""A caller's trace goes with its run: to Dataverse, in the log, and in what others are told, whoever finds the end."""

import json
from typing import Any

import pytest

from shared.run.events import EventType
from shared.storage.outbox import State
from tests.contract.conftest import MakeInstances
from tests.support.events import deliveries, subscribed
from tests.support.metered import Metered
from tests.support.webhook_receiver import receiving
from trigger_run.start import run_and_wait

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACE = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@pytest.fixture
def app(instances: MakeInstances) -> Metered:
    (app,) = instances(1)
    return app


def started(app: Metered, headers: dict[str, str]) -> dict[str, Any]:
    order = {"connectionName": "desk", "runMode": "attended", "inputs": {"A": "x"}}
    answer = app.call(run_and_wait, order, headers, flowId=app.define())
    run: dict[str, Any] = json.loads(answer.get_body())
    return run


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.message) for record in caplog.records if record.name.startswith("deskhand")]


def test_a_trace_stays_with_its_run(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """The call, the run's lines in it, and its end, which the poller has found."""
    caplog.set_level("INFO")
    run = started(app, {"traceparent": TRACE})
    app.end(run["sessionId"])
    app.passes(1)

    of_the_run = [line for line in lines(caplog) if line.get("runId") == run["runId"]]
    assert ["run.created", "start.sent", "call", "run.ended"] == [line["name"] for line in of_the_run]
    assert {TRACE_ID} == {line.get("traceId") for line in of_the_run}
    assert ["accepted"] == [line["outcome"] for line in of_the_run if line["name"] == "start.sent"]
    assert [None] == [line.get("traceId") for line in lines(caplog) if line["name"] == "poll.done"]


def test_a_start_that_is_throttled_says_so(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asks for one run sees that it waited, why, and when it was sent after all."""
    caplog.set_level("INFO")
    app.fault("RunDesktopFlow", "status", status=429, retryAfter=3)
    run = started(app, {})
    app.queue_passes(1, 30, 60)

    told = [line for line in lines(caplog) if line.get("runId") == run["runId"]]
    assert ["throttled", "accepted"] == [line["outcome"] for line in told if line["name"] == "start.sent"]
    assert {"dataverse.refused", "throttled", "call"} <= {line["name"] for line in told}


def test_receivers_are_told_the_trace(app: Metered) -> None:
    """As the header of a webhook."""
    with receiving() as receiver:
        subscription = subscribed(app, receiver.url)
        for headers in ({"traceparent": TRACE}, {}):
            app.end(started(app, headers)["sessionId"])
        app.passes(1)
        app.queue_passes(1)

    assert {TRACE, None} == {heard.headers.get("traceparent") for heard in receiver.heard}
    assert [State.DELIVERED] * 2 == [each["state"] for each in deliveries(app, subscription)]
    assert {EventType.SUCCEEDED} == set(receiver.types)


def test_an_event_grid_event_has_the_trace(instances: MakeInstances) -> None:
    """As CloudEvents' extension for distributed tracing."""
    with receiving() as topic:
        (app,) = instances(1, EVENT_GRID_ENDPOINT=topic.url.partition("/in")[0])
        app.end(started(app, {"traceparent": TRACE})["sessionId"])
        app.passes(1)
        app.queue_passes(1)

    ((event,),) = (heard.message for heard in topic.heard)
    assert TRACE == event["traceparent"]


@pytest.mark.parametrize(
    "header",
    [
        TRACE.upper(),
        f"{TRACE}-more",
        f"{TRACE}\n",
        TRACE.replace(TRACE_ID, "0" * 32),
        TRACE.replace("00f067aa0ba902b7", "0" * 16),
        "x" * 100_000,
    ],
)
def test_what_is_no_trace_goes_nowhere(app: Metered, caplog: pytest.LogCaptureFixture, header: str) -> None:
    """Neither into the run nor into the log; the start itself is as good as any."""
    caplog.set_level("INFO")
    run = started(app, {"traceparent": header})
    stored = app.app.store.get(run["runId"])

    assert stored is not None
    assert stored.run.traceparent is None
    assert {None} == {line.get("traceId") for line in lines(caplog)}
