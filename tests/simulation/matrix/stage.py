"""The simulation's parts with a script: an instance on trial, and a second one, that knows nothing and makes up for it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from local.dataverse.flows import FlowDefinition, VariableType
from shared.run.ids import shard_of
from shared.run.model import Run
from shared.storage.rows import read_run, run_key
from shared.wiring import Deskhand
from tests.simulation.callers import BASE, Callers, Order
from tests.simulation.dataverse import ORIGIN, Environment
from tests.simulation.evidence import Evidence
from tests.simulation.instances import Fleet, Instance, Services
from tests.simulation.matrix.script import Script, SteadyWire
from tests.simulation.postman import Postman
from tests.simulation.receivers import Receivers
from tests.simulation.scheduler import Scheduler
from tests.simulation.tables import TableStorage
from tests.simulation.workload import QUEUE, TIMERS

QUICK = "11111111-1111-4111-8111-111111111111"
"""A flow that ends after a second."""
LONG = "22222222-2222-4222-8222-222222222222"
"""A flow that takes five minutes."""
ENDLESS = "33333333-3333-4333-8333-333333333333"
"""A flow that runs until it is cancelled."""
_LONG_SECONDS = 300.0
_INPUTS = {"Invoice": VariableType.STRING}
_A_MINUTE = 70


@dataclass(frozen=True, slots=True)
class Begun:
    """A task that somebody began: a request of a caller, a callback, a pass."""

    at: float
    task: str

    @property
    def verb(self) -> str:
        return self.task.partition(" ")[0]


class Pair(Fleet):
    """The first instance until its trial has begun, and from then on the second."""

    def __init__(self, services: Services, script: Script, dice: random.Random) -> None:
        super().__init__(services, 2, dice)
        self.begun: list[Begun] = []
        self._scheduler, self._script = services.scheduler, script
        self._number = 0
        self._next_is_on_trial = False

    @override
    def any(self) -> Instance:
        return self.live[self._number]

    @override
    def run(self, name: str, work: Callable[[Deskhand], Any]) -> None:
        task = f"{name} #{self._tasks + 1} on {self.any().process.name}"
        self.begun.append(Begun(self._scheduler.now, task))
        super().run(name, work)
        if self._next_is_on_trial:
            self._script.on_trial = task
            self._next_is_on_trial = False
            self._number = 1

    def try_next(self) -> None:
        """Whatever begins next is what may be disturbed."""
        self._next_is_on_trial = True


class Stage:
    def __init__(self, *, has_callbacks: bool = True) -> None:
        self.dice = random.Random(1)
        self.scheduler = Scheduler(random.Random(2))
        self.script = Script(self.scheduler)
        wire = SteadyWire(self.scheduler, random.Random(3), 0)
        self.storage = TableStorage(self.scheduler, wire, self.script, page_size=1000)
        self.script.run_now = self._run_now
        self.postman = Postman(self.scheduler, self.script, random.Random(4))
        self.environment = Environment(
            self.scheduler, wire, self.script, random.Random(5), self.postman.session_ended
        )
        settings = _settings(BASE if has_callbacks else "")
        receivers = Receivers(self.scheduler, self.script, random.Random(8))
        services = Services(self.scheduler, self.storage, self.environment, settings, receivers)
        self.fleet = self.postman.fleet = Pair(services, self.script, random.Random(6))
        self.callers = Callers(self.scheduler, self.fleet, random.Random(7))
        self.has_callbacks = has_callbacks
        self.order: Order | None = None
        self.known: set[str] = set()
        """Runs that were there before and have ended: not what it is about."""
        for flow_id, seconds in ((QUICK, 1.0), (LONG, _LONG_SECONDS), (ENDLESS, None)):
            definition = FlowDefinition(
                name="Tested", inputs=_INPUTS, run_seconds=seconds, output_values={"Total": 1}
            )
            self.environment.world.catalogue.define(flow_id, definition)

    @property
    def evidence(self) -> Evidence:
        return Evidence.of(
            self.storage,
            self.environment,
            self.callers.record,
            self.scheduler,
            has_callbacks=self.has_callbacks,
            a_minute=_A_MINUTE,
        )

    @property
    def run_id(self) -> str:
        """The run that it is about, as the caller was told."""
        return self.callers.record.run_ids[-1]

    @property
    def settled(self) -> bool:
        """No run is open, except for those that run until they are cancelled."""
        rows = self.storage.twin.rows().items()
        return all(read_run(row).ended for (_, key), row in rows if key.startswith("run|"))

    @property
    def starts_are_stopped(self) -> bool:
        return any(key.startswith("pause|") for _, key in self.storage.twin.rows())

    def _run_now(self, run_id: str) -> Run | None:
        row = self.storage.twin.get(shard_of(run_id), run_key(run_id))
        return None if row is None else read_run(row)

    def pass_time(self, seconds: float) -> None:
        self.scheduler.run(self.scheduler.now + seconds)

    def warm(self) -> None:
        """Earlier runs have come to their end: the first instance has all that it needs, lists have sessions to show."""
        for flow_id in (QUICK, LONG):
            self.start(flow_id)
        self.pass_time(_LONG_SECONDS + 30)
        self.run_timers()
        self.known = set(self.callers.record.run_ids)

    def start(self, flow_id: str) -> None:
        number = 1 if self.order is None else self.order.number + 1
        body = {
            "connectionName": "desk",
            "runMode": "unattended",
            "inputs": {"Invoice": str(number)},
        }
        self.order = Order(number, flow_id, body, f"key-{number}")
        self.callers.start(self.order)

    def start_again(self) -> None:
        """The same order, with its key."""
        assert self.order is not None
        self.callers.start(self.order)

    def look_at_its_shard(self) -> None:
        self.script.shard = shard_of(self.run_id)

    def run_timer(self, name: str) -> None:
        self.fleet.run(name, TIMERS[name])

    def run_timers(self) -> None:
        self.run_timer("poll")
        self.run_timer(QUEUE)
        self.pass_time(60)


def _settings(base: str) -> dict[str, str]:
    return {
        "DATAVERSE_URL": ORIGIN,
        "TABLES_CONNECTION_STRING": "the twin",
        "SIGNING_KEYS": "1:" + "a" * 43 + "=",
        "PUBLIC_BASE_URL": base,
        "STARTS_PER_MINUTE": str(_A_MINUTE),
        "PYTHON_THREADPOOL_THREAD_COUNT": "32",
    }
