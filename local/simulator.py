"""The Dataverse simulator as a child process."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import requests

from local import environment, places
from local.processes import Child, Log


@dataclass(frozen=True, slots=True)
class Simulator:
    url: str
    identity_endpoint: str
    identity_header: str

    @property
    def control(self) -> str:
        """The base of the addresses that steer it."""
        return f"{self.url}/simulator"

    def set(self, **settings: Any) -> None:
        requests.patch(f"{self.control}/settings", json=settings, timeout=10).raise_for_status()


def start(log: Log) -> Child:
    command = [sys.executable, "-m", "local.dataverse"]
    return Child("Dataverse", command, environment.for_child(), log, folder=places.CHECKOUT)


def ready(child: Child) -> Simulator:
    told = json.loads(child.first_line())
    return Simulator(told["url"], told["identityEndpoint"], told["identityHeader"])
