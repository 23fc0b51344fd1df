"""Deskhand's API and the simulator's controls, as the demo uses them."""

import time
import uuid
from typing import Any

import requests

from local.stack import Stack

ENDED = {"Succeeded", "Failed", "Canceled"}
_TIMEOUT = 60


class Api:
    """Answers are `requests` responses: the demo looks at status and headers as a caller does."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._keyed = requests.Session()
        self._keyed.headers["x-functions-key"] = stack.key

    def get(self, path: str, **params: str) -> requests.Response:
        return self._keyed.get(f"{self.stack.functions}{path}", params=params, timeout=_TIMEOUT)

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> requests.Response:
        return self._keyed.post(f"{self.stack.functions}{path}", json=body, headers=headers, timeout=_TIMEOUT)

    def send_event(self, event: dict[str, Any]) -> requests.Response:
        return self.post("/events", event, {"Content-Type": "application/cloudevents+json"})

    def handshake(self, origin: str) -> requests.Response:
        """As a sender asks, who has no key yet."""
        asking = {"WebHook-Request-Origin": origin}
        return requests.options(f"{self.stack.functions}/events", headers=asking, timeout=_TIMEOUT)

    def delete(self, path: str) -> requests.Response:
        return self._keyed.delete(f"{self.stack.functions}{path}", timeout=_TIMEOUT)

    def start(self, flow_id: str, *, key: str | None = None, **body: Any) -> requests.Response:
        order = {"connectionReference": "contoso_FinanceDesk", "runMode": "unattended", **body}
        return self.post(f"/flows/{flow_id}/runs", order, {"Idempotency-Key": key} if key else None)

    def run(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.get(f"/runs/{run_id}").json()
        return run

    def wait(self, run_id: str, *statuses: str, seconds: float = 30) -> dict[str, Any]:
        """The run, once its status is one of these; as it stands after so many seconds otherwise."""
        deadline = time.monotonic() + seconds
        while (run := self.run(run_id))["status"] not in statuses and time.monotonic() < deadline:
            time.sleep(0.1)
        return run

    def define_flow(self, **definition: Any) -> str:
        flow_id = str(uuid.uuid4())
        self._control("PUT", f"/flows/{flow_id}", definition)
        return flow_id

    def fault(self, operation: str, do: str, times: int = 1) -> None:
        self._control("POST", "/faults", {"operation": operation, "do": do, "times": times})

    def switch(self, **settings: Any) -> None:
        self._control("PATCH", "/settings", settings)

    def asked(self) -> dict[str, int]:
        """What has been asked of Dataverse since `forget`, by operation."""
        counts: dict[str, int] = self._control("GET", "/requests").json()["byOperation"]
        return counts

    def forget(self) -> None:
        self._control("DELETE", "/requests")

    def sessions(self, flow_id: str) -> list[dict[str, Any]]:
        rows = self._control("GET", "/sessions").json()["value"]
        return [row for row in rows if row["_regardingobjectid_value"] == flow_id]

    def move(self, session_id: str, **changes: Any) -> None:
        self._control("PATCH", f"/sessions/{session_id}", changes)

    def _control(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = requests.request(method, f"{self.stack.simulator}{path}", json=body, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer
