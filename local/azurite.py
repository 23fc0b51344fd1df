"""Azurite, which stands in for Table Storage: installed from npm's lock file once, run in memory unless told otherwise."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import environment, node, npm_ci, places, processes
from local.processes import Child, Log

_NPM = places.CHECKOUT / "local" / "npm"
_EXIT_WITH_PARENT = _NPM / "exit-with-parent.js"
# The table service alone: it starts faster, and no other is used.
_TABLE_SERVICE = Path("node_modules", "azurite", "dist", "src", "table", "main.js")
_ACCOUNT = "deskhand"


@dataclass(frozen=True, slots=True)
class Azurite:
    child: Child
    port: int
    connection_string: str

    def wait_until_ready(self) -> None:
        self.child.wait_until(lambda: processes.answers(self.port))


@contextmanager
def running(log: Log, keep: Path | None = None) -> Iterator[Azurite]:
    azurite = start(log, keep)
    try:
        azurite.wait_until_ready()
        yield azurite
    finally:
        processes.stop([azurite.child])


def start(log: Log, keep: Path | None = None) -> Azurite:
    """Installs Azurite if need be, and starts it with an account key of its own; does not wait until it is ready.

    With a folder to `keep` the tables in, they outlive a stop; the last seconds before a kill are lost even so.
    """
    runtime = node.find(places.cache())
    folder = npm_ci.installed("Azurite", _NPM, runtime, places.cache())
    port, key = processes.free_port(), base64.b64encode(secrets.token_bytes(32)).decode()
    command = [runtime.binary, "--require", str(_EXIT_WITH_PARENT), str(folder / _TABLE_SERVICE)]
    options = ["--tableHost", "127.0.0.1", "--tablePort", str(port)]
    options += ["--inMemoryPersistence"] if keep is None else ["--location", str(keep)]
    options += ["--disableTelemetry", "--silent"]
    account = environment.for_child(AZURITE_ACCOUNTS=f"{_ACCOUNT}:{key}")
    child = Child("Azurite", [*command, *options], account, log, folder=folder)
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    connection_string = (
        f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={key};TableEndpoint={endpoint};"
    )
    return Azurite(child, port, connection_string)
