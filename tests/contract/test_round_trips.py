"""What each use case costs: requests to Table Storage and operations in Dataverse, with everything warm.

The use cases are called directly, against the real table and the simulator, through transports that count. The figures are
those of docs/architecture.md.
"""

import json
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func
import pytest
import requests

from callback_handler.verification import verify
from cancel_run.cancel import cancel
from local.stack import Stack
from run_status.reading import get_outputs, get_result, get_run
from shared.http.call import Call
from shared.http.serve import UseCase, answered
from shared.run import life
from shared.run.model import Source, Told
from shared.wiring import Deskhand, wire
from status_poller.poll import poll
from tests.support.counting import CountingAdapter, CountingTransport
from trigger_run.start import start

BASE = "http://127.0.0.1:9"
"""Nothing listens there: callbacks are sent by the tests themselves."""


@dataclass
class Metered:
    app: Deskhand
    tables: CountingTransport
    dataverse: list[str] = field(default_factory=list)

    def cost(self, work: Callable[[], Any]) -> tuple[int, int]:
        """Dataverse operations and table requests."""
        self.dataverse.clear()
        self.tables.requests.clear()
        work()
        return len(self.dataverse), len(self.tables.requests)

    def call(
        self, use_case: UseCase, body: Any = None, headers: dict[str, str] | None = None, **route: str
    ) -> func.HttpResponse:
        request = func.HttpRequest(
            method="POST",
            url=f"{BASE}/api",
            route_params=route,
            headers=headers or {},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        return answered(self.app, Call(request, BASE), use_case)


@pytest.fixture
def metered(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Metered]:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, stack.settings[name])
    tables, counted = CountingTransport(), list[str]()
    settings = {**stack.settings, "RUNS_TABLE": f"t{secrets.token_hex(8)}", "PUBLIC_BASE_URL": BASE}
    app = wire(settings, table_transport=tables, new_adapter=lambda: CountingAdapter(counted))
    yield Metered(app, tables, counted)
    app.close()
    tables.close()


@pytest.fixture
def flow(stack: Stack) -> str:
    flow_id = str(uuid.uuid4())
    definition = {
        "name": "Counted",
        "inputs": {"A": "string"},
        "outputs": {"B": "string"},
        "waitSeconds": 0,
        "runSeconds": None,
    }
    requests.put(f"{stack.simulator}/flows/{flow_id}", json=definition, timeout=10).raise_for_status()
    return flow_id


def started(metered: Metered, flow: str, key: str | None = None) -> dict[str, Any]:
    body = {"connectionName": key or str(uuid.uuid4()), "runMode": "attended", "inputs": {"A": "x"}}
    answer = metered.call(start, body, {"idempotency-key": key} if key else {}, flowId=flow)
    run: dict[str, Any] = json.loads(answer.get_body())
    assert 202 == answer.status_code
    return run


def end(stack: Stack, session_id: str, outputs: dict[str, str] | None = None) -> None:
    body = {"statuscode": 4} | ({"outputs": outputs} if outputs else {})
    requests.patch(f"{stack.simulator}/sessions/{session_id}", json=body, timeout=10).raise_for_status()


def callback_of(stack: Stack, session_id: str) -> dict[str, str]:
    rows = requests.get(f"{stack.simulator}/sessions", timeout=10).json()["value"]
    url = next(row["callbackurl"] for row in rows if row["flowsessionid"] == session_id)
    run_id, signature = url.split("/")[-2:]
    return {"runId": run_id, "signature": signature}


def notified(metered: Metered, stack: Stack, session_id: str, status: int) -> None:
    route = callback_of(stack, session_id)
    answer = metered.call(verify, {"flowsessionid": session_id}, {"x-ms-run-id": session_id}, **route)
    assert status == answer.status_code


def test_a_warm_start(metered: Metered, flow: str) -> None:
    """1 Dataverse request and 2 table requests: the intent, and the session."""
    started(metered, flow)

    assert (1, 2) == metered.cost(lambda: started(metered, flow))
    assert (1, 2) == metered.cost(lambda: started(metered, flow, key="k"))


def test_a_repeated_start(metered: Metered, flow: str) -> None:
    """0 Dataverse requests and 3 table requests: the refused intent, the key, the run (and a look whether the intent was ours)."""
    started(metered, flow, key="again")
    dataverse, tables = metered.cost(lambda: started(metered, flow, key="again"))

    assert 0 == dataverse
    assert tables <= 4


def test_a_callback(metered: Metered, stack: Stack, flow: str) -> None:
    """The first genuine one: 1 Dataverse request and 2 table requests. A duplicate: 0 and 1. A forgery: 0 and 0."""
    session = started(metered, flow)["sessionId"]
    end(stack, session)
    route = callback_of(stack, session)
    forged = {**route, "signature": route["signature"][:-1] + ("0" if route["signature"][-1] != "0" else "1")}

    assert (0, 0) == metered.cost(lambda: metered.call(verify, {}, {}, **forged))
    assert (1, 2) == metered.cost(lambda: notified(metered, stack, session, 204))
    assert (0, 1) == metered.cost(lambda: notified(metered, stack, session, 204))


def test_reading(metered: Metered, stack: Stack, flow: str) -> None:
    """A run, and a result that is open: 0 and 1. An ended result and its outputs: 1 and 1."""
    run = started(metered, flow)
    read, result, outputs = (
        lambda use_case=use_case: metered.call(use_case, runId=run["runId"])
        for use_case in (get_run, get_result, get_outputs)
    )

    assert [(0, 1)] * 3 == [metered.cost(each) for each in (read, result, outputs)]
    end(stack, run["sessionId"], {"B": "y"})
    notified(metered, stack, run["sessionId"], 204)
    assert (0, 1) == metered.cost(read)
    assert [(1, 1)] * 2 == [metered.cost(each) for each in (result, outputs)]


def test_reading_what_has_no_outputs(metered: Metered, stack: Stack, flow: str) -> None:
    """Where the closing read showed no outputs, they are not asked for: 0 and 1."""
    run = started(metered, flow)
    end(stack, run["sessionId"])
    notified(metered, stack, run["sessionId"], 204)

    assert (0, 1) == metered.cost(lambda: metered.call(get_outputs, runId=run["runId"]))


def test_a_cancel(metered: Metered, flow: str) -> None:
    """1 Dataverse request and 3 table requests: read, the wish, that it was carried out. A second one: 0 and 1."""
    run_id = started(metered, flow)["runId"]

    assert (1, 3) == metered.cost(lambda: metered.call(cancel, runId=run_id))
    assert (0, 1) == metered.cost(lambda: metered.call(cancel, runId=run_id))


def test_a_pass_with_nothing_open(metered: Metered) -> None:
    """0 Dataverse requests, and one table request a shard."""
    poll(metered.app)

    assert (0, 16) == metered.cost(lambda: poll(metered.app))


def test_a_pass_over_open_runs(metered: Metered, stack: Stack, flow: str) -> None:
    """1 Dataverse request however many are open; 2 table requests for each that changed, and none for the others."""
    runs = [started(metered, flow) for _ in range(6)]
    poll(metered.app)

    assert (1, 16) == metered.cost(lambda: poll(metered.app))
    for run in runs[:2]:
        end(stack, run["sessionId"])
    assert (1, 16 + 2 * 2) == metered.cost(lambda: poll(metered.app))


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


def test_ended_by_somebody_else_meanwhile(metered: Metered, stack: Stack, flow: str) -> None:
    """A callback that loses the race against the poller is one read more, and is still answered 204."""
    run = started(metered, flow)
    end(stack, run["sessionId"])
    stored = metered.app.store.get(run["runId"])
    assert stored is not None
    metered.app.store.advance(stored, life.hinted)
    session = metered.app.sessions.read(run["sessionId"], metered.app.read_deadline())
    told = Told(Source.POLLER, metered.app.clock.now())
    metered.app.store.advance(stored, lambda each: life.observed(each, session, told))

    assert (0, 1) == metered.cost(lambda: notified(metered, stack, run["sessionId"], 204))
