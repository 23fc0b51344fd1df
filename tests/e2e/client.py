"""Deskhand as its callers see it: requests over HTTP with a function key or a token, and answers read back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import requests

from tests.support.operations import held_over_http

type Json = dict[str, Any]

ENDED = ("Succeeded", "Failed", "Canceled")
_PROMPT = 40
"""Seconds within which any request is answered: a start may take thirty."""
_LOOKS_A_PASS = 5


class Client:
    """`base` is the URL up to and with /api. What is given to a request beside its path goes to `requests` as it is."""

    def __init__(self, base: str, key: str, master_key: str, token: str = "") -> None:
        self.base = base
        self.key = key
        self._credential = {"Authorization": f"Bearer {token}"} if token else {"x-functions-key": key}
        self._master_key = master_key
        self.http = requests.Session()
        self.http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def send(self, method: str, path: str, *, keyed: bool = True, **request: Any) -> requests.Response:
        """`path` begins below /api, or is a whole URL that an earlier answer gave. Asserts that the answer is one that is declared."""
        address = path if path.startswith("http") else f"{self.base}{path}"
        headers = (self._credential if keyed else {}) | request.pop("headers", {})
        answer = self.http.request(
            method, address, headers=headers, timeout=_PROMPT, allow_redirects=False, **request
        )
        return held_over_http(self.base, answer)

    def get(self, path: str, params: dict[str, str] | None = None, **request: Any) -> requests.Response:
        return self.send("GET", path, params=params, **request)

    def start(
        self, flow: str, *, key: str | None = None, headers: dict[str, str] | None = None, **members: Any
    ) -> requests.Response:
        """On a connection named like the flow, unless told otherwise: so no test meets another's rate limit."""
        order: Json = {"runMode": "unattended"} | members
        if not {"connectionName", "connectionReference"} & order.keys():
            order["connectionName"] = f"connection-{flow}"
        given = (headers or {}) | ({"Idempotency-Key": key} if key else {})
        return self.send("POST", f"/flows/{flow}/runs", json=order, headers=given)

    def started(self, flow: str, **order: Any) -> Json:
        return body_of(self.start(flow, **order), 202)

    def run(self, run: Json) -> Json:
        return body_of(self.get(f"/runs/{run['runId']}"), 200)

    def result(self, run: Json) -> requests.Response:
        return self.get(f"/runs/{run['runId']}/result")

    def outputs(self, run: Json) -> requests.Response:
        return self.get(f"/runs/{run['runId']}/outputs")

    def listed(self, **filters: str) -> list[Json]:
        """The first page of the runs that pass these filters."""
        runs: list[Json] = body_of(self.get("/runs", filters), 200)["value"]
        return runs

    def cancel(self, run: Json, **request: Any) -> requests.Response:
        return self.send("POST", f"/runs/{run['runId']}/cancel", **request)

    def call_back(
        self, session: Json, url: str = "", headers: dict[str, str] | None = None, **body: Any
    ) -> requests.Response:
        """The callback of a session as Dataverse sends it, without any key; `body` are changes of its members."""
        told = {"statuscode": 4, "statecode": 0, "flowsessionid": session["flowsessionid"]} | body
        return self.send("POST", url or session["callbackurl"], keyed=False, json=told, headers=headers or {})

    def lift_pauses(self) -> None:
        for pause in body_of(self.get("/pauses"), 200)["value"]:
            self.send("DELETE", f"/pauses/{pause['pauseId']}")

    def poll(self) -> None:
        """Ask the host for a pass of the poller at once; it is not waited for."""
        address = f"{self.base.removesuffix('/api')}/admin/functions/status_poller"
        answer = self.send("POST", address, headers={"x-functions-key": self._master_key})
        assert answer.status_code == requests.codes.accepted

    def wait(self, run: Json, *statuses: str, seconds: float = 20) -> Json:
        """The run once it has one of these statuses; without any, once it has ended."""
        wanted = statuses or ENDED
        return self.wait_for(run, lambda shown: shown["status"] in wanted, seconds)

    def wait_for(self, run: Json, holds: Callable[[Json], object], seconds: float = 20) -> Json:
        """The run once this holds of it. The poller is hurried meanwhile: no test waits for its timer."""
        looks = count(1)

        def met() -> Json:
            shown = self.run(run)
            if holds(shown):
                return shown
            if next(looks) % _LOOKS_A_PASS == 0:
                self.poll()
            return {}

        return eventually(met, seconds)


def eventually[T](met: Callable[[], T], seconds: float = 20) -> T:
    """The first answer that counts as true. Asserts that there is one within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := met()):
        assert time.monotonic() < deadline, f"It did not come about in {seconds} s."
        time.sleep(0.05)
    return found


def body_of(answer: requests.Response, status: int) -> Json:
    """The JSON object of an answer that has to have this status."""
    told = f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:2000]}"
    assert answer.status_code == status, told
    assert answer.headers["Content-Type"].startswith("application/json"), told
    body = answer.json()
    assert isinstance(body, dict), told
    return body


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error object and the status that it came with."""

    status: int
    code: str
    message: str
    target: str | None
    details: list[Json]

    @property
    def said(self) -> tuple[int, str]:
        return self.status, self.code

    @property
    def targets(self) -> list[str]:
        return [detail["target"] for detail in self.details]


def refusal(answer: requests.Response) -> Refusal:
    """Asserts what all errors have in common: the shape of the object, and the headers that go with it."""
    error = body_of(answer, answer.status_code)["error"]
    assert answer.status_code >= requests.codes.bad_request, answer.text[:2000]
    assert {"code", "message"} <= error.keys() <= {"code", "message", "target", "details"}
    assert all(detail.keys() == {"code", "target", "message"} for detail in error.get("details", ()))
    assert answer.headers["x-ms-error-code"] == error["code"]
    assert answer.headers["x-ms-request-id"]
    return Refusal(
        answer.status_code, error["code"], error["message"], error.get("target"), error.get("details", [])
    )


def way(run: Json) -> list[tuple[str, str]]:
    """The statuses that a run has gone through, and who told of each."""
    return [(entry["status"], entry["source"]) for entry in run["history"]]
