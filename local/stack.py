"""The whole system on one machine: Azurite, the Dataverse simulator and the functions host."""

import base64
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from local import azurite, environment, functions, places, polling, processes, simulator
from local.azurite import Azurite
from local.processes import Child, Log
from local.simulator import Simulator

_DEFAULT_POLL_SECONDS = 5
_QUEUE_SECONDS = 1
AUTH_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "keys": {},
    "entra": {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True"},
}
"""How callers are told apart; the second setting is the platform's own."""


class PortTakenError(Exception):
    """Somebody else listens on the port that was asked for."""


@dataclass(frozen=True, slots=True)
class Stack:
    functions: str
    """Base URL up to and with /api."""
    key: str
    """Opens every function."""
    master_key: str
    """Opens /admin as well."""
    dataverse: str
    """Base URL of the simulated environment."""
    tables: str
    """Connection string."""
    tokens: str | None
    """Where callers get tokens; None where keys are asked for."""
    simulator: str
    """Base URL of what steers the simulator."""
    settings: Mapping[str, str] = field(repr=False)
    """The app settings of the functions, with which a test can make the same app in its own process."""
    parts: "Parts" = field(repr=False)

    def check(self) -> None:
        """Raises ChildError if a part of the stack has ended."""
        for part in self.parts.all:
            part.check()


@dataclass(frozen=True, slots=True)
class Parts:
    """The processes. Each can be stopped, killed, paused and started again."""

    host: Child
    """Comes back at its old address, with its old keys and settings."""
    simulator: Child
    """Comes back as another Dataverse: sessions, address and identity end with its process."""
    azurite: Azurite | None
    """Comes back at its old address, empty. None where the store was there before."""

    @property
    def all(self) -> tuple[Child, ...]:
        store = () if self.azurite is None else (self.azurite.child,)
        return (self.host, self.simulator, *store)


@contextmanager
def running(
    log: Log,
    *,
    port: int = 0,
    poll_seconds: int = _DEFAULT_POLL_SECONDS,
    auth: str = "keys",
    tables: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """The stack, ready; gone with the block. `tables` is a store that runs already, `settings` outrank our own."""
    environment.bypass_proxies()
    if port and processes.answers(port):
        raise PortTakenError(
            f"Port {port} is in use. Give another one with --port, or --port 0 for any that is free."
        )
    port = port or processes.free_port()
    stores: list[Child] = []
    hosts: list[Child] = []
    try:
        stores.append(simulated := simulator.start(log))
        store = None if tables is not None else azurite.start(log)
        if store is not None:
            stores.append(store.child)
        dataverse = simulator.ready(simulated)
        dataverse.set(allowLoopbackCallbacks=True)
        table_string = store.connection_string if store else tables or ""
        own = {
            **_settings(port, poll_seconds, table_string, dataverse),
            **AUTH_SETTINGS[auth],
            **(settings or {}),
        }
        hosts.append(host := functions.start(places.CHECKOUT, own, log, port))
        if store is not None:
            store.wait_until_ready()
        served = functions.ready(host)
        yield Stack(
            functions=served.base,
            key=served.key,
            master_key=served.master_key,
            dataverse=dataverse.url,
            tables=table_string,
            tokens=served.tokens,
            simulator=dataverse.control,
            settings=own,
            parts=Parts(host, simulated, store),
        )
    finally:
        # The host first: what it is doing still needs the others.
        processes.stop(hosts, seconds=6)
        processes.stop(stores, seconds=2)


def _settings(port: int, poll_seconds: int, tables: str, dataverse: Simulator) -> dict[str, str]:
    return {
        "DATAVERSE_URL": dataverse.url,
        "IDENTITY_ENDPOINT": dataverse.identity_endpoint,
        "IDENTITY_HEADER": dataverse.identity_header,
        "TABLES_CONNECTION_STRING": tables,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "SIGNING_KEYS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "ALLOW_LOOPBACK_CALLBACKS": "1",
        "WEBHOOK_ALLOW_LOCAL": "1",
        "POLL_SCHEDULE": polling.schedule(poll_seconds),
        "START_SCHEDULE": polling.schedule(_QUEUE_SECONDS),
    }
