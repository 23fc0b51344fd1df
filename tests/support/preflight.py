"""infra.preflight as tests give it, and the report of an app that has nothing to tell."""

from collections.abc import Callable

from tests.e2e.client import Json

type Command = Callable[..., tuple[int, dict[str, Json]]]
REPORT: Json = {"outcome": "passed", "checkedAt": "2026-11-23T21:29:55Z", "callbackBase": None, "checks": []}
