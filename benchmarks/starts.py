"""The starts that are measured: as the README recommends them, with a key, a reference and inputs, spread over many connections.

Their flow never ends by itself: no callback and no poll mixes with what is measured.
"""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import requests

from local import polling
from local.stack import Stack

POLL_SECONDS = 3600
CALLERS = 32
"""Starts under way at most, of every side: what is due then waits, and that counts."""
SETTINGS = {
    # Once an hour, as the poller: Azurite answers each of a pass's sixteen questions by going through its whole table, and
    # nobody else meanwhile. Table Storage reads no more than a range.
    "START_SCHEDULE": polling.schedule(POLL_SECONDS),
    # Two are kept free for other work; a start more than the rest would be queued, and another thing measured.
    "PYTHON_THREADPOOL_THREAD_COUNT": str(CALLERS + 2),
}
"""Of the stack."""
NO_TIMERS = "No timer runs meanwhile: Azurite goes through its whole table for each question of a pass, which Table Storage does not."
_INPUTS = {"InvoiceNumber": "string", "Amount": "number"}


@dataclass(frozen=True, slots=True)
class Orders:
    """Of one flow. Each number is another order; so many numbers on, it is the same connection's turn again."""

    flow_id: str
    connections: int

    def body(self, number: int) -> dict[str, Any]:
        return {
            "connectionName": f"connection-{number % self.connections:05d}",
            "runMode": "unattended",
            "clientReference": f"invoice {number:06d}",
            "inputs": {"InvoiceNumber": f"{number:06d}", "Amount": 12.5},
        }

    def json(self, number: int) -> bytes:
        return json.dumps(self.body(number)).encode()


def defined(stack: Stack, connections: int) -> Orders:
    """The flow exists, and runs until it is moved."""
    flow_id = str(uuid.uuid4())
    flow = {"name": "Measured", "inputs": _INPUTS, "waitSeconds": 0, "runSeconds": None}
    requests.put(f"{stack.simulator}/flows/{flow_id}", json=flow, timeout=10).raise_for_status()
    return Orders(flow_id, connections)


def arrivals(a_second: float, count: int, seed: int) -> Sequence[float]:
    """When each of so many independent callers comes, in seconds: at random, so many a second in the long run."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    return list(accumulate(dice.expovariate(a_second) for _ in range(count)))


class Numbers:
    """Of orders. None is given twice."""

    def __init__(self) -> None:
        self._next = 0

    def next(self, count: int) -> range:
        self._next += count
        return range(self._next - count, self._next)
