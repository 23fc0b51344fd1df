"""The system as its callers meet it, and a hand on the Dataverse behind it."""

from collections.abc import Iterator

import pytest

from local import functions, places, processes
from local.stack import AUTH_SETTINGS, Stack
from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse
from tests.e2e.deployments import IMPATIENT
from tests.e2e.entra import Entra


@pytest.fixture(scope="session")
def client(stack: Stack) -> Iterator[Client]:
    with Client(stack.functions, stack.key, stack.master_key) as client:
        yield client


@pytest.fixture(scope="session")
def impatient(stack: Stack) -> Iterator[Client]:
    """A second deployment beside the first: no base for callback URLs, nothing cached, strict, and short of patience."""
    log: list[str] = []
    with (
        functions.running(places.CHECKOUT, {**stack.settings, **IMPATIENT}, log.append) as host,
        Client(host.base, host.key, host.master_key) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def entra(stack: Stack) -> Iterator[Entra]:
    """A third one, where roles decide; its callbacks reach it."""
    log: list[str] = []
    port = processes.free_port()
    own = {"RUNS_TABLE": "entra", "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}"}
    settings = {**stack.settings, **AUTH_SETTINGS["entra"], **own}
    with (
        functions.running(places.CHECKOUT, settings, log.append, port) as host,
        Entra(host) as deployment,
    ):
        yield deployment


@pytest.fixture(scope="session")
def _simulated(stack: Stack) -> Iterator[Dataverse]:
    with Dataverse(stack.simulator) as hand:
        yield hand


@pytest.fixture
def dataverse(_simulated: Dataverse, client: Client) -> Iterator[Dataverse]:
    """The simulated Dataverse. Whatever a test does to it is undone afterwards, and so are the pauses that it asked for."""
    yield _simulated
    if _simulated.settle():
        client.lift_pauses()


@pytest.fixture
def silent(dataverse: Dataverse) -> Dataverse:
    """It sends no callbacks, so that tests send them themselves; its lists fail, so that the poller learns nothing."""
    dataverse.fault("Callback", "skip")
    dataverse.fault("ListSessions", "drop-connection")
    return dataverse
