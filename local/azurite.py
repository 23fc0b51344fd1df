"""Azurite, which stands in for Table Storage: installed from npm's lock file once, run in memory unless told otherwise."""

import base64
import hashlib
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import environment, node, places, processes
from local.locks import exclusive
from local.node import Node
from local.processes import Child, Log
from local.progress import say

_NPM = places.CHECKOUT / "local" / "npm"
_MANIFESTS = (_NPM / "package.json", _NPM / "package-lock.json")
_EXIT_WITH_PARENT = _NPM / "exit-with-parent.js"
# The table service alone: it starts faster, and no other is used.
_TABLE_SERVICE = Path("node_modules", "azurite", "dist", "src", "table", "main.js")
_ACCOUNT = "deskhand"


class AzuriteError(Exception):
    """npm could not install Azurite."""


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
    folder = _installed(runtime, places.cache())
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


def _installed(runtime: Node, cache: Path) -> Path:
    manifests = hashlib.sha256(b"".join(path.read_bytes() for path in _MANIFESTS))
    folder = cache / f"azurite-{manifests.hexdigest()[:16]}"
    with exclusive(cache / "azurite.lock"):
        if not folder.exists():
            _install(runtime, folder)
    return folder


def _install(runtime: Node, folder: Path) -> None:
    say("Installing Azurite from npm, once ...")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for manifest in _MANIFESTS:
        shutil.copy(manifest, part)
    quietly = [
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
        f"--cache={part / 'npm-cache'}",
    ]
    command = [*runtime.npm, "ci", "--omit=optional", "--ignore-scripts", *quietly]
    if subprocess.run(command, cwd=part, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode:
        raise AzuriteError("npm could not install Azurite; its own message stands above.")
    shutil.rmtree(part / "npm-cache")
    part.rename(folder)
