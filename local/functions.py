"""The functions host as a child process."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local import environment, places, processes
from local.host.keys import Keys
from local.processes import Child, Log

_PLATFORM = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "FUNCTIONS_WORKER_RUNTIME": "python",
    # What the cloud settings say as well: the default, cores + 4, is few for handlers that wait for others.
    "PYTHON_THREADPOOL_THREAD_COUNT": "32",
}


@dataclass(frozen=True, slots=True)
class FunctionsHost:
    base: str
    """Up to and with the route prefix."""
    key: str
    master_key: str
    tokens: str | None
    """Where callers get tokens; None where keys are asked for."""
    child: Child = field(repr=False)


@contextmanager
def running(app: Path, settings: Mapping[str, str], log: Log, port: int = 0) -> Iterator[FunctionsHost]:
    child = start(app, settings, log, port)
    try:
        yield ready(child)
    finally:
        processes.stop([child])


def start(app: Path, settings: Mapping[str, str], log: Log, port: int = 0) -> Child:
    """Starts the host for the application in this folder; does not wait until it is ready.

    Started again it has the same keys and, where one was given, the same port.
    """
    command = [sys.executable, "-m", "local.host", "--app", str(app), "--port", str(port)]
    told = environment.for_child(**{**_PLATFORM, **Keys.generate().as_settings(), **settings})
    return Child("Functions", command, told, log, folder=places.CHECKOUT)


def ready(child: Child) -> FunctionsHost:
    told = json.loads(child.first_line())
    return FunctionsHost(told["functions"], told["key"], told["masterKey"], told.get("tokens"), child)
