"""The app in the test's own process: real table, simulated Dataverse, every request counted, and a clock that can be moved."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import azure.functions as func
import requests

from callback_handler.verification import verify
from run_status.listing import list_runs
from run_status.reading import get_run
from shared.clock import SYSTEM_CLOCK, Clock
from shared.http.call import Call
from shared.http.caller import Caller
from shared.http.serve import answered
from shared.http.use_case import UseCase
from shared.wiring import Deskhand
from start_waiting.tick import tick
from status_poller.poll import poll
from tests.support.counting import CountingTransport
from tests.support.operations import functions_of, held
from trigger_run.start import run_and_wait


class Watch:
    """The system's clock, moved ahead by hand, and Table Storage's with it. Dataverse's own time goes on as it is."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.clock = Clock(
            now=lambda: SYSTEM_CLOCK.now() + self.ahead,
            monotonic=lambda: SYSTEM_CLOCK.monotonic() + self.ahead.total_seconds(),
            sleep=SYSTEM_CLOCK.sleep,
        )

    def advance(self, **step: float) -> None:
        self.ahead += timedelta(**step)


BASE = "http://127.0.0.1:9"
"""Nothing listens there: callbacks are sent by the tests themselves."""


@dataclass
class Metered:
    app: Deskhand
    tables: CountingTransport
    watch: Watch
    simulator: str
    dataverse: list[str] = field(default_factory=list)
    caller: Caller | None = None
    """Who asks, where callers are told apart."""

    def close(self) -> None:
        self.app.close()
        self.tables.close()

    def cost(self, work: Callable[[], Any]) -> tuple[int, int]:
        """Dataverse operations and table requests."""
        self.dataverse.clear()
        self.tables.requests.clear()
        work()
        return len(self.dataverse), len(self.tables.requests)

    def call(
        self, use_case: UseCase, body: Any = None, headers: dict[str, str] | None = None, /, **route: str
    ) -> func.HttpResponse:
        request = func.HttpRequest(
            method="POST",
            url=f"{BASE}/api",
            route_params=route,
            headers=headers or {},
            body=body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
        )
        return self._asked(use_case, request)

    def listed(self, **filters: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = json.loads(self.asked(list_runs, **filters).get_body())["value"]
        return runs

    def asked(self, use_case: UseCase, **parameters: str) -> func.HttpResponse:
        """With these parameters in the query."""
        request = func.HttpRequest(method="GET", url=f"{BASE}/api", params=parameters, body=b"")
        return self._asked(use_case, request)

    def _asked(self, use_case: UseCase, request: func.HttpRequest) -> func.HttpResponse:
        call = Call(request, BASE, function=functions_of(use_case)[0], caller=self.caller)
        return held(use_case, answered(self.app, call, use_case))

    def order(
        self,
        flow: str,
        *,
        key: str | None = None,
        inputs: dict[str, Any] | None = None,
        connection: str = "",
        **more: Any,
    ) -> func.HttpResponse:
        """A start on a connection of its own, so that no test meets another's rate limit."""
        body = {
            "connectionName": connection or key or str(uuid.uuid4()),
            "runMode": "attended",
            "inputs": inputs or {"A": "x"},
        } | more
        return self.call(run_and_wait, body, {"idempotency-key": key} if key else {}, flowId=flow)

    def started(self, flow: str, **order: Any) -> dict[str, Any]:
        answer = self.order(flow, **order)
        run: dict[str, Any] = json.loads(answer.get_body())
        assert answer.status_code == requests.codes.accepted, run
        return run

    def read(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = json.loads(self.call(get_run, runId=run_id).get_body())
        return run

    def passes(self, *after: float) -> None:
        """A pass of the poller after each of these pauses, in seconds."""
        for seconds in after:
            self.watch.advance(seconds=seconds)
            poll(self.app)

    def queue_passes(self, *after: float) -> None:
        """A pass over the queue after each of these pauses, in seconds."""
        for seconds in after:
            self.watch.advance(seconds=seconds)
            tick(self.app)

    def notified(self, session_id: str) -> int:
        """Post the genuine callback of a session; the status of the answer."""
        route = self.callback_of(session_id)
        answer = self.call(verify, {"flowsessionid": session_id}, {"x-ms-run-id": session_id}, **route)
        status: int = answer.status_code
        return status

    def callback_of(self, session_id: str) -> dict[str, str]:
        run_id, signature = self.session(session_id)["callbackurl"].split("/")[-2:]
        return {"runId": run_id, "signature": signature}

    def define(self, **changes: Any) -> str:
        flow_id = str(uuid.uuid4())
        definition = {
            "name": "Tested",
            "inputs": {"A": "string"},
            "outputs": {"B": "string"},
            "waitSeconds": 0,
            "runSeconds": None,
        }
        self._control("PUT", f"/flows/{flow_id}", definition | changes)
        return flow_id

    def seed(self, count: int, code: int, callback_url: str | None = None) -> None:
        """Sessions that no start of ours has made."""
        seed = {"count": count, "statuscode": code, "flowId": str(uuid.uuid4())}
        named = {"callbackUrlTemplate": callback_url} if callback_url else {}
        self._control("POST", "/sessions:seed", seed | named)

    def end(self, session_id: str, outputs: dict[str, str] | None = None, code: int = 4, **more: str) -> None:
        self._control(
            "PATCH",
            f"/sessions/{session_id}",
            {"statuscode": code, **more} | ({"outputs": outputs} if outputs else {}),
        )

    def only_session(self, flow: str) -> str:
        (session,) = self.sessions(flow)
        return str(session["flowsessionid"])

    def unlist(self, session_id: str, seconds: float = 3600) -> None:
        """Lists leave it out for so long, of Dataverse's time; 0: they show it again."""
        code = self.session(session_id)["statuscode"]
        self._control("PATCH", f"/sessions/{session_id}", {"statuscode": code, "unlistedSeconds": seconds})

    def purge(self, session_id: str) -> None:
        self._control("DELETE", f"/sessions/{session_id}")

    def purge_all(self) -> None:
        for session in self._control("GET", "/sessions").json()["value"]:
            self.purge(session["flowsessionid"])

    def dataverse_ahead(self) -> float:
        """Seconds by which Dataverse's clock was moved."""
        return float(self._control("GET", "/clock").json()["advancedSeconds"])

    def time_passes(self, **step: float) -> None:
        """For Dataverse as well as for us."""
        self.watch.advance(**step)
        seconds = timedelta(**step).total_seconds()
        self._control("POST", "/clock", {"advanceSeconds": seconds})

    def fault(self, operation: str, do: str, times: int | None = 1, **more: Any) -> None:
        self._control("POST", "/faults", {"operation": operation, "do": do, "times": times, **more})

    def heal(self) -> None:
        self._control("DELETE", "/faults")

    def switch(self, **settings: Any) -> None:
        self._control("PATCH", "/settings", settings)

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = self._control("GET", "/settings").json()
        return settings

    def sessions(self, flow: str) -> list[dict[str, Any]]:
        rows = self._control("GET", "/sessions").json()["value"]
        return [row for row in rows if row["_regardingobjectid_value"] == flow]

    def session(self, session_id: str) -> dict[str, Any]:
        rows = self._control("GET", "/sessions").json()["value"]
        return next(row for row in rows if row["flowsessionid"] == session_id)

    def _control(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = requests.request(method, f"{self.simulator}{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer
