"""A run store over a real table, and a count of what is asked of it."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest

from local import processes, simulator
from local.simulator import Simulator
from local.stack import Stack
from shared.clock import SYSTEM_CLOCK
from shared.settings import load
from shared.storage.azure_table import open_table
from shared.storage.clock import StorageClock
from shared.storage.outstanding import Outstanding
from shared.storage.runs import RunStore
from shared.storage.shards import SHARDS
from shared.storage.table import Table
from shared.wiring import thread_pool, wire
from tests.support.counting import CountingTransport
from tests.support.liar import Liar, LyingAdapter, lying
from tests.support.metered import BASE, Metered, Watch
from tests.support.scene import Scene, a_scene

type MakeInstances = Callable[..., list[Metered]]

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
    return open_table(settings, StorageClock(SYSTEM_CLOCK), transport)


@pytest.fixture
def store(table: Table) -> Iterator[RunStore]:
    store = RunStore(table, SYSTEM_CLOCK, thread_pool(SHARDS, "shard"))
    yield store
    store.close()


@pytest.fixture
def outstanding(table: Table) -> Iterator[Outstanding]:
    with thread_pool(SHARDS, "shard") as readers:
        yield Outstanding(table, readers)


@pytest.fixture
def liar() -> Iterator[Liar]:
    """Honest until it is told what to lie about."""
    with lying() as liar:
        yield liar


@pytest.fixture
def metered(stack: Stack, monkeypatch: pytest.MonkeyPatch, liar: Liar) -> Iterator[Metered]:
    """The app in this process, with a table of its own. Faults and switches of the simulator are undone afterwards."""
    yield from _metered(stack, monkeypatch, liar, BASE)


@pytest.fixture
def without_callbacks(stack: Stack, monkeypatch: pytest.MonkeyPatch, liar: Liar) -> Iterator[Metered]:
    """The same, with no base for callback URLs."""
    yield from _metered(stack, monkeypatch, liar, "")


def _metered(stack: Stack, monkeypatch: pytest.MonkeyPatch, liar: Liar, base: str) -> Iterator[Metered]:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, stack.settings[name])
    settings = {**stack.settings, "RUNS_TABLE": f"t{secrets.token_hex(8)}", "PUBLIC_BASE_URL": base}
    metered = instance(stack.simulator, settings, Watch(), liar)
    before = metered.settings()
    yield metered
    metered.heal()
    metered.switch(**before)
    metered.close()


def instance(control: str, settings: Mapping[str, str], watch: Watch, liar: Liar) -> Metered:
    """One more instance of the app, with the environment's table, Dataverse and time."""
    tables, counted = CountingTransport(), list[str]()
    tables.ahead = lambda: watch.ahead
    app = wire(
        settings,
        clock=watch.clock,
        table=lambda settings, clock: open_table(settings, clock, tables),
        new_adapter=lambda: LyingAdapter(counted, liar),
    )
    return Metered(app, tables, watch, control, counted)


@pytest.fixture
def instances(stack: Stack, monkeypatch: pytest.MonkeyPatch, liar: Liar) -> Iterator[MakeInstances]:
    """Instances of the app over one table that is their own, with settings as a test wants them."""
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, stack.settings[name])
    own = {**stack.settings, "RUNS_TABLE": f"t{secrets.token_hex(8)}", "PUBLIC_BASE_URL": BASE}
    yield from _instances(stack.simulator, own, Watch(), liar)


def _instances(control: str, own: Mapping[str, str], watch: Watch, liar: Liar) -> Iterator[MakeInstances]:
    made: list[Metered] = []

    def make(count: int, **settings: str) -> list[Metered]:
        made.extend(instance(control, {**own, **settings}, watch, liar) for _ in range(count))
        return made[-count:]

    yield make
    for each in made:
        each.heal()
        each.close()


@pytest.fixture(scope="session")
def dataverse() -> Iterator[Simulator]:
    """A Dataverse in whose lists stands nothing that other tests have started."""
    child = simulator.start(logging.getLogger("dataverse").info)
    try:
        ready = simulator.ready(child)
        ready.set(allowLoopbackCallbacks=True)
        yield ready
    finally:
        processes.stop([child], seconds=2)


@pytest.fixture
def followers(
    azurite: str, dataverse: Simulator, monkeypatch: pytest.MonkeyPatch, liar: Liar
) -> Iterator[MakeInstances]:
    """Instances to which any open run is one of many. Their Dataverse is as new: its clock alone may be ahead, as theirs is."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", dataverse.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", dataverse.identity_header)
    own = {
        "DATAVERSE_URL": dataverse.url,
        "TABLES_CONNECTION_STRING": azurite,
        "RUNS_TABLE": f"t{secrets.token_hex(8)}",
        "PUBLIC_BASE_URL": BASE,
        "ALLOW_LOOPBACK_CALLBACKS": "1",
        "SIGNING_KEYS": KEYS,
        "POLL_EACH_UP_TO": "0",
    }
    watch = Watch()
    steering = instance(dataverse.control, own, watch, liar)
    watch.ahead = timedelta(seconds=steering.dataverse_ahead())
    before = steering.settings()
    yield from _instances(dataverse.control, own, watch, liar)
    steering.switch(**before)
    steering.purge_all()
    steering.close()


@pytest.fixture
def flow(metered: Metered) -> str:
    """A flow with one input and one output that runs until it is moved."""
    return metered.define()


@pytest.fixture
def scene(metered: Metered) -> Scene:
    """A run whose session is known and running."""
    return a_scene(metered)
