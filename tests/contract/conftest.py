"""A run store over a real table, and a count of what is asked of it."""

import secrets
from collections.abc import Iterator

import pytest

from shared.clock import SYSTEM_CLOCK
from shared.settings import load
from shared.storage.runs import RunStore
from shared.storage.table import StorageClock, Table, open_table
from tests.support.counting import CountingTransport

KEYS = "1:" + "a" * 43 + "="


@pytest.fixture
def transport() -> Iterator[CountingTransport]:
    """Refuses any query without a partition, and loses answers when told to."""
    counting = CountingTransport()
    yield counting
    counting.close()


@pytest.fixture
def table(azurite: str, transport: CountingTransport) -> Table:
    """A table of its own for each test."""
    settings = load(
        {
            "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
            "TABLES_CONNECTION_STRING": azurite,
            "SIGNING_KEYS": KEYS,
            "RUNS_TABLE": f"t{secrets.token_hex(8)}",
        }
    )
    return open_table(settings, None, StorageClock(SYSTEM_CLOCK.now), transport)


@pytest.fixture
def store(table: Table) -> Iterator[RunStore]:
    store = RunStore(table, SYSTEM_CLOCK)
    yield store
    store.close()
