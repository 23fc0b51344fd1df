"""A table store and a simulated Dataverse, each in a process of its own, and nobody yet who works with them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from local import azurite, environment, processes, simulator
from local.processes import Log
from local.simulator import Simulator

BASE = "http://127.0.0.1:9"
"""Where callbacks would go: nobody is there, and none is sent."""
RUNS_TABLE = "runs"
PLAIN_TABLE = "plain"
"""The same rows once more, for the poller that Deskhand's is compared with."""
_SECONDS = 120.0
"""For what is done with a hundred thousand sessions."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of Dataverse: the parts of a batch are operations, and the batch is one HTTP request."""

    operations: int
    http_requests: int


@dataclass(frozen=True, slots=True)
class Ground:
    dataverse: Simulator
    tables: str
    """Connection string."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Of an app that works here."""
        return {
            "DATAVERSE_URL": self.dataverse.url,
            "TABLES_CONNECTION_STRING": self.tables,
            "IDENTITY_ENDPOINT": self.dataverse.identity_endpoint,
            "IDENTITY_HEADER": self.dataverse.identity_header,
            "RUNS_TABLE": RUNS_TABLE,
            "PUBLIC_BASE_URL": BASE,
            "ALLOW_LOOPBACK_CALLBACKS": "1",
            "SIGNING_KEYS": "1:" + "a" * 43 + "=",
            "POLL_SCHEDULE": "0 * * * * *",
            "START_SCHEDULE": "*/10 * * * * *",
            "PYTHON_THREADPOOL_THREAD_COUNT": "32",
        }

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Work the simulator."""
        answer = requests.request(method, f"{self.dataverse.control}/{path}", json=body, timeout=_SECONDS)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def asked(self) -> Asked:
        """Since it was last forgotten."""
        told = self.control("GET", "requests")
        return Asked(told["total"], told["httpRequests"])

    def forget(self) -> None:
        self.control("DELETE", "requests")

    def end(self, sessions: list[str]) -> None:
        """As succeeded, some time after whatever happened before."""
        self.control("POST", "clock", {"advanceSeconds": 300})
        self.control("PATCH", "sessions", {"ids": sessions, "statuscode": 4})


@contextmanager
def ground(log: Log) -> Iterator[Ground]:
    environment.bypass_proxies()
    child = simulator.start(log)
    try:
        with azurite.running(log) as store:
            found = Ground(simulator.ready(child), store.connection_string)
            found.control("PATCH", "settings", {"callbackOnSuccess": False, "allowLoopbackCallbacks": True})
            with identity(found):
                yield found
    finally:
        processes.stop([child])


@contextmanager
def identity(found: Ground) -> Iterator[None]:
    """azure-identity looks for its endpoint in this process's own environment."""
    own = {name: value for name, value in found.settings.items() if name.startswith("IDENTITY_")}
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
