"""The system as its callers meet it, and a hand on the Dataverse behind it."""

from collections.abc import Iterator

import pytest

from local import functions, places
from local.stack import Stack
from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse
from tests.e2e.deployments import IMPATIENT


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
