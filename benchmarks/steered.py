"""The simulator, as the cases steer and ask it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

_LOOK_SECONDS = 0.02
_PATIENCE_SECONDS = 30.0


class NeverHappenedError(Exception):
    """What a case waits for did not come."""


def eventually(happened: Callable[[], bool], what: str, seconds: float = _PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise NeverHappenedError(f"{seconds:.0f} s passed without {what}")
        time.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Steered:
    base: str
    """Up to and with /simulator."""

    def flow(self, flow_id: str) -> None:
        """It has no inputs, and its runs go on until they are moved."""
        self._ask("PUT", f"/flows/{flow_id}", {"name": "Measured", "waitSeconds": 0, "runSeconds": None})

    def seeded(self, count: int, statuscode: int, flow_id: str) -> list[str]:
        """The ids of so many sessions."""
        told = self._ask(
            "POST", "/sessions:seed", {"count": count, "statuscode": statuscode, "flowId": flow_id}
        )
        ids: list[str] = told["ids"]
        return ids

    def move(self, session_id: str, statuscode: int) -> None:
        self._ask("PATCH", f"/sessions/{session_id}", {"statuscode": statuscode})

    def fault(self, operation: str, do: str, **more: Any) -> None:
        self._ask("POST", "/faults", {"operation": operation, "do": do, **more})

    def heal(self) -> None:
        self._ask("DELETE", "/faults")

    def switch(self, **settings: Any) -> None:
        self._ask("PATCH", "/settings", settings)

    def forget(self) -> None:
        self._ask("DELETE", "/requests")

    def asked(self, operation: str) -> int:
        """How often, since it was told to forget."""
        count: int = self._ask("GET", "/requests")["byOperation"].get(operation, 0)
        return count

    def answered(self, operation: str, status: int) -> int:
        """How often so, among the newest thousand requests of all kinds."""
        return sum(each["status"] == status for each in self._newest(operation))

    def times(self, operation: str) -> list[datetime]:
        """When, of the newest thousand requests of all kinds, in their order."""
        return [datetime.fromisoformat(each["at"]) for each in self._newest(operation)]

    def _newest(self, operation: str) -> list[dict[str, Any]]:
        newest = self._ask("GET", "/requests")["requests"]
        return [each for each in newest if each["operation"] == operation]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.base}{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None
