"""The two wires over which Deskhand is measured. Both have the same parts; on the longer one their answers take time.

Nothing in the product sleeps for it: the storage's answers pass through a process that holds them back, the simulator
holds back its own.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from benchmarks.case import Regime
from local import azurite, environment, places, processes, stack
from local.processes import Child, Log
from local.stack import Stack

STORAGE_MILLISECONDS = 10
DATAVERSE_MILLISECONDS = 60
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")


@contextmanager
def running(log: Log, regime: Regime, **options: Any) -> Iterator[Stack]:
    """`local.stack.running`, with these options, on a wire of this kind. `tables` of the stack lead over that wire too."""
    with (
        azurite.running(log) as store,
        reached(store.connection_string, regime, log) as tables,
        stack.running(log, tables=tables, **options) as running,
    ):
        if regime is Regime.WAN:
            far = {"latencyMilliseconds": DATAVERSE_MILLISECONDS}
            requests.patch(f"{running.simulator}/settings", json=far, timeout=10).raise_for_status()
        yield running


@contextmanager
def reached(tables: str, regime: Regime, log: Log) -> Iterator[str]:
    """The connection string that leads to these tables over a wire of this kind."""
    if regime is not Regime.WAN:
        yield tables
        return
    wire = _start(port_of(tables), log)
    try:
        yield through(tables, wire.first_line())
    finally:
        processes.stop([wire])


def port_of(tables: str) -> int:
    found = _PORT.search(tables)
    assert found is not None
    return int(found[0])


def through(tables: str, port: str | int) -> str:
    """The connection string that leads to the same tables by way of this port."""
    return _PORT.sub(str(port), tables)


def _start(port: int, log: Log) -> Child:
    command = [sys.executable, "-m", "benchmarks.distance"]
    command += ["--to", str(port), "--milliseconds", str(STORAGE_MILLISECONDS)]
    return Child("Wire", command, environment.for_child(), log, folder=places.CHECKOUT)
