from collections.abc import Iterator

import pytest

from tests.simulator.client import Simulator, simulator
from tests.simulator.receiver import Receiver, receiver


@pytest.fixture(scope="session")
def process() -> Iterator[Simulator]:
    with simulator() as running:
        yield running


@pytest.fixture
def dataverse(process: Simulator) -> Simulator:
    """The process-wide simulator, with its settings, faults and journal as new."""
    process.reset()
    return process


@pytest.fixture
def listener() -> Iterator[Receiver]:
    with receiver() as running:
        yield running
