"""The simulated Dataverse, steered: flows defined, sessions moved, faults and switches set, requests counted."""

import uuid
from typing import Any, Self

import requests

from tests.e2e.client import Json, eventually

_PROMPT = 10


class Dataverse:
    """`base` is the URL up to and with /simulator. What a test changes is undone by `settle`."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._http = requests.Session()
        self._http.trust_env = False
        self._flows: list[str] = []
        self._defaults: Json = self._ask("GET", "/settings").json()
        self._switched: set[str] = set()
        self._throttles = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def flow(self, **definition: Any) -> str:
        """A new flow that, unless told otherwise, begins at once, takes a moment and succeeds."""
        flow = str(uuid.uuid4())
        self._flows.append(flow)
        return self.redefine(flow, **definition)

    def endless_flow(self, **definition: Any) -> str:
        """A new flow that begins at once and runs until it is moved."""
        return self.flow(runSeconds=None, **definition)

    def redefine(self, flow: str, **definition: Any) -> str:
        shape = {"name": f"Flow {flow}", "waitSeconds": 0, "runSeconds": 0.1} | definition
        self._ask("PUT", f"/flows/{flow}", shape)
        return flow

    def fault(self, operation: str, do: str, *, times: int | None = None, **rule: Any) -> None:
        self._throttles |= rule.get("status") == requests.codes.too_many_requests
        self._ask("POST", "/faults", {"operation": operation, "do": do, "times": times, **rule})

    def refuse(self, operation: str, status: int, code: str | None = None, **rule: Any) -> None:
        self.fault(operation, "status", status=status, code=code, **rule)

    def heal(self) -> None:
        self._ask("DELETE", "/faults")

    def switch(self, **settings: Any) -> None:
        self._switched |= settings.keys()
        self._ask("PATCH", "/settings", settings)

    def sessions(self, *flows: str) -> list[Json]:
        """All sessions of these flows, in the order of their start."""
        rows = self._ask("GET", "/sessions").json()["value"]
        return [row for row in rows if row["_regardingobjectid_value"] in flows]

    def session(self, flow: str) -> Json:
        """The only session of a flow."""
        (only,) = self.sessions(flow)
        return only

    def session_of(self, run: Json) -> Json:
        row: Json = self._ask("GET", f"/sessions/{run['sessionId']}").json()
        return row

    def callback_answers(self, run: Json, expected: int) -> list[int | None]:
        """How the callbacks of a run were answered, once there have been so many attempts."""

        def met() -> list[Json]:
            attempts: list[Json] = self.session_of(run)["callbacks"]
            return attempts if len(attempts) >= expected else []

        return [attempt["answer"] for attempt in eventually(met)]

    def move(self, session: Json, statuscode: int, **changes: Any) -> None:
        self._ask("PATCH", f"/sessions/{session['flowsessionid']}", {"statuscode": statuscode} | changes)

    def purge(self, session: Json) -> None:
        self._ask("DELETE", f"/sessions/{session['flowsessionid']}")

    def asked(self, operation: str, record: str) -> int:
        """How often an operation on one record was asked for."""
        return sum(entry["operation"] == operation for entry in self._requests(record))

    def traces(self, record: str) -> list[str | None]:
        """The traceparent of each request for one record, oldest first."""
        return [entry.get("traceparent") for entry in self._requests(record)]

    def all_requests(self) -> list[Json]:
        """All that was asked since they were forgotten; of more than a thousand the newest."""
        entries: list[Json] = self._ask("GET", "/requests").json()["requests"]
        return entries

    def forget_requests(self) -> None:
        self._ask("DELETE", "/requests")

    def _requests(self, record: str) -> list[Json]:
        return [entry for entry in self.all_requests() if record in entry["path"]]

    def settle(self) -> bool:
        """No fault, no switch, and no open session of this test: the next one finds a quiet house.

        Whether it may have asked somebody to pause.
        """
        throttled, self._throttles = self._throttles, False
        self.heal()
        if self._switched:
            self._ask("PATCH", "/settings", {name: self._defaults[name] for name in self._switched})
            self._switched.clear()
        for session in self.sessions(*self._flows) if self._flows else ():
            if session["completedon"] is None:
                self._end(session)
        self._flows.clear()
        return throttled

    def _end(self, session: Json) -> None:
        self.move(session, 4)
        if session["callbackurl"]:
            self.callback_answers({"sessionId": session["flowsessionid"]}, 1)

    def _ask(self, method: str, path: str, body: Json | None = None) -> requests.Response:
        answer = self._http.request(method, f"{self._base}{path}", json=body, timeout=_PROMPT)
        assert answer.ok, answer.text
        return answer
