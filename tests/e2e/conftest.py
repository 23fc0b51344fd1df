"""The system as its callers meet it, and a hand on the Dataverse behind it."""

from collections.abc import Iterator

import pytest

from local import functions, places
from local.stack import Stack
from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse

DEFAULT_REFERENCE = "contoso_WarehouseDesk"
ENVIRONMENT_ID = "2b7e1f64-90c3-4d8a-b5f1-7a60c9e3d812"

_IMPATIENT = {
    "RUNS_TABLE": "impatient",
    "PUBLIC_BASE_URL": "",
    "ALLOW_LOOPBACK_CALLBACKS": "0",
    "DEFAULT_CONNECTION_REFERENCE": DEFAULT_REFERENCE,
    "POWER_PLATFORM_ENVIRONMENT_ID": ENVIRONMENT_ID,
    "INPUT_CHECK": "strict",
    "START_DEADLINE_SECONDS": "6",
    "START_UNCONFIRMED_AFTER_SECONDS": "5",
    "CANCEL_DEADLINE_SECONDS": "10",
    "CATALOGUE_CACHE_SECONDS": "0",
    "HEALTH_PROBE_SECONDS": "1",
}


@pytest.fixture(scope="session")
def client(stack: Stack) -> Iterator[Client]:
    with Client(stack.functions, stack.key) as client:
        yield client


@pytest.fixture(scope="session")
def impatient(stack: Stack) -> Iterator[Client]:
    """A second deployment beside the first: no base for callback URLs, nothing cached, strict, and short of patience."""
    log: list[str] = []
    with (
        functions.running(places.CHECKOUT, {**stack.settings, **_IMPATIENT}, log.append) as host,
        Client(host.base, host.key) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def _simulated(stack: Stack) -> Iterator[Dataverse]:
    with Dataverse(stack.simulator) as hand:
        yield hand


@pytest.fixture
def dataverse(_simulated: Dataverse) -> Iterator[Dataverse]:
    """The simulated Dataverse. Whatever a test does to it is undone afterwards."""
    yield _simulated
    _simulated.settle()
