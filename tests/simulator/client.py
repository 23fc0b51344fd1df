"""A simulator in a process of its own, and a hand to work it with."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import requests

ROOT = Path(__file__).parents[2]
PROMPT = 10
"""Seconds within which anything on this machine answers."""


@contextmanager
def simulator() -> Iterator["Simulator"]:
    command = [sys.executable, "-m", "local.dataverse"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            ready = json.loads(process.stdout.readline())
            with Simulator(ready["url"], ready["identityEndpoint"], ready["identityHeader"]) as hand:
                yield hand
        process.wait(PROMPT)


class Simulator:
    def __init__(self, url: str, identity_endpoint: str, identity_header: str) -> None:
        self.url = url
        self.identity_endpoint = identity_endpoint
        self.identity_header = identity_header
        self.http = requests.Session()
        self.http.trust_env = False
        self.control("PATCH", "settings", json={"connectionRateLimit": None, "allowLoopbackCallbacks": True})
        self.defaults = self.control("GET", "settings").json()
        self.authorization = f"Bearer {self.token(url)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def reset(self) -> None:
        """Everything as at the start, but for the sessions, the flows and the time that passed."""
        self.control("DELETE", "requests")
        self.control("DELETE", "faults")
        self.control("PATCH", "settings", json=self.defaults)

    def token(self, resource: str, **query: str) -> str:
        token: str = self.token_answer(resource, **query).json()["access_token"]
        return token

    def token_answer(self, resource: str, **query: str) -> requests.Response:
        return self.http.get(
            self.identity_endpoint,
            params={"api-version": "2019-08-01", "resource": resource} | query,
            headers={"X-IDENTITY-HEADER": self.identity_header},
            timeout=PROMPT,
        )

    def api(self, method: str, path: str, **request: Any) -> requests.Response:
        headers = {"Authorization": self.authorization} | request.pop("headers", {})
        address = path if path.startswith("http") else f"{self.url}/api/data/v9.2/{path}"
        return self.http.request(method, address, headers=headers, timeout=PROMPT, **request)

    def get(self, path: str, **query: str) -> requests.Response:
        return self.api("GET", path, params=query)

    def control(self, method: str, path: str, **request: Any) -> requests.Response:
        answer = self.http.request(method, f"{self.url}/simulator/{path}", timeout=PROMPT, **request)
        answer.raise_for_status()
        return answer

    def settings(self, **changes: Any) -> None:
        self.control("PATCH", "settings", json=changes)

    def fault(self, operation: str, do: str, **rule: Any) -> None:
        self.control("POST", "faults", json={"operation": operation, "do": do, **rule})

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", json={"advanceSeconds": seconds})

    def flow(self, **definition: Any) -> str:
        """A new flow that, unless told otherwise, begins at once and stays running."""
        flow_id = str(uuid.uuid4())
        defined = {"name": "A flow", "waitSeconds": 0, "runSeconds": None} | definition
        self.control("PUT", f"flows/{flow_id}", json=defined)
        return flow_id

    def run(self, flow_id: str, **body: Any) -> requests.Response:
        started = {"runMode": "attended", "connectionName": "desk"} | body
        return self.api("POST", f"workflows({flow_id})/Microsoft.Dynamics.CRM.RunDesktopFlow", json=started)

    def started(self, flow_id: str, **body: Any) -> str:
        answer = self.run(flow_id, **body)
        assert answer.status_code == 200, answer.text
        session: str = answer.json()["flowsessionId"]
        return session

    def session(self, session_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.control("GET", f"sessions/{session_id}").json()
        return shown

    def move(self, session_id: str, statuscode: int, **change: Any) -> None:
        self.control("PATCH", f"sessions/{session_id}", json={"statuscode": statuscode, **change})

    def cancel(self, session_id: str, **request: Any) -> requests.Response:
        path = f"flowsessions({session_id})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"
        return self.api("POST", path, **request)

    def listed(self, condition: str, **query: str) -> list[str]:
        answer = self.get("flowsessions", **{"$filter": condition, "$select": "flowsessionid"} | query)
        assert answer.status_code == 200, answer.text
        return [row["flowsessionid"] for row in answer.json()["value"]]

    def asked(self) -> dict[str, Any]:
        journal: dict[str, Any] = self.control("GET", "requests").json()
        return journal


def eventually[T](look: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    """What `look` sees once it is as wanted; what it saw last if it never is."""
    until = time.monotonic() + PROMPT
    while not wanted(seen := look()) and time.monotonic() < until:
        time.sleep(0.01)
    return seen


def error_of(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
