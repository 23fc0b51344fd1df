from collections.abc import Iterator
from pathlib import Path

import pytest

from local import functions
from local.functions import FunctionsHost

TOY = Path(__file__).parent / "toy"
SETTINGS = {
    "TICK_SCHEDULE": "0 0 0 1 1 *",
    "TICK_SECONDS": "0",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000",
}


@pytest.fixture(scope="session")
def toy_log() -> list[str]:
    return []


@pytest.fixture(scope="session")
def toy(toy_log: list[str]) -> Iterator[FunctionsHost]:
    """The toy application behind the functions host, in a process of its own."""
    with functions.running(TOY, SETTINGS, toy_log.append) as host:
        yield host
