"""A house of its own to set fire to: kept tables, a simulated Dataverse, and two functions hosts over both."""

import random
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import azurite as local_azurite
from local import functions, places, processes
from local import stack as local_stack
from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse
from tests.fire.crowd import Crowd
from tests.fire.house import House

SETTINGS = {
    # Ten seconds after its start a lost one is given up, not 160. Sound here: the simulator shows a session the moment
    # it exists, and no answer of it is delayed by more than a moment. Against Dataverse it would not be.
    "START_UNCONFIRMED_AFTER_SECONDS": "5",
}


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    log: deque[str] = deque(maxlen=2000)
    kept: Path = tmp_path_factory.mktemp("tables")
    with (
        local_azurite.running(log.append, keep=kept) as store,
        local_stack.running(
            log.append, poll_seconds=1, tables=store.connection_string, settings=SETTINGS
        ) as stack,
        functions.running(places.CHECKOUT, stack.settings, log.append, processes.free_port()) as second,
        Client(stack.functions, stack.key, stack.master_key) as one,
        Client(second.base, second.key, second.master_key) as other,
        Dataverse(stack.simulator) as dataverse,
    ):
        yield House(store, (stack.parts.host, second.child), (one, other), dataverse, log)


@pytest.fixture
def fire(house: House) -> Iterator[House]:
    """The house as a test finds it: whatever the last one did to it is undone."""
    house.dataverse.forget_requests()
    yield house
    house.dataverse.settle()
    for client in house.clients:
        client.lift_pauses()


@pytest.fixture
def crowd(fire: House) -> Crowd:
    return Crowd(fire.clients, random.Random(7))
