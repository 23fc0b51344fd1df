"""What callers, machines, administrators and attackers do while faults strike.

A new use case is a function below and a line in `ACTIONS`; a new timer function is a line in `TIMERS`.
"""

import dataclasses
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from local.dataverse.flows import Ending, FlowDefinition, VariableType
from local.dataverse.outcome import Outcome
from local.dataverse.session import NO_FAILURE, RunFailure, Session
from local.dataverse.status import Statuscode
from shared.wiring import Deskhand
from start_waiting.tick import tick
from status_poller.poll import poll
from tests.simulation.callers import Callers, Order
from tests.simulation.dataverse import Environment
from tests.simulation.instances import Fleet
from tests.simulation.postman import Postman
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import OUTAGES, Fault, Weather

QUEUE = "start_queued"
TIMERS: dict[str, Callable[[Deskhand], None]] = {"poll": poll, QUEUE: tick}
"""Run every few seconds while things happen, on any instance: they overlap."""

_RETRIED = RunFailure("DesktopFlowsActionThrottled", "Too many at once.")
_ENDS: tuple[Ending, ...] = (
    "Succeeded",
    "Succeeded",
    "Failed",
    "Faulted",
    "Aborted",
    "Terminated",
    "Skipped",
    "Ignored",
    "TimedOut",
)
_ODD_CODES = (0, 1, 2, 3, 6, 15, 99)
_LONGEST_PAUSE_SECONDS = 200.0


@dataclass(slots=True)
class Scene:
    """All that actions act on."""

    dice: random.Random
    scheduler: Scheduler
    weather: Weather
    environment: Environment
    fleet: Fleet
    callers: Callers
    postman: Postman
    flows: list[str]
    orders: list[Order] = field(default_factory=list)

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def session(self, condition: Callable[[Session], bool] = lambda _: True) -> Session | None:
        """Some session of ours."""
        found = [each for each in self.environment.world.sessions if condition(each)]
        return self.dice.choice(found) if found else None

    def newest_sessions(self) -> list[Session]:
        """The last three: their runs may not know of them yet."""
        return list(islice(self.environment.world.sessions.newest(), 3))

    def end_later(self, session: Session, seconds: float) -> None:
        """Unless it has ended by then, or is gone."""
        end = an_end(self.dice)

        def act() -> None:
            if not session.ended and self.environment.world.sessions.find(session.id) is session:
                self.scheduler.note(f"session {session.id} ends as {int(end.statuscode)}")
                self.environment.world.life.move(session, end)

        self.scheduler.later(seconds, act)

    def run_id(self) -> str | None:
        """Some run that a caller knows, rather a recent one."""
        known = self.callers.record.run_ids
        return self.dice.choice(known[-4:]) if known else None


def define_flows(environment: Environment, dice: random.Random) -> list[str]:
    """Quick ones and slow ones, with every end, and one that runs until somebody ends it."""
    inputs = {"A": VariableType.STRING, "N": VariableType.NUMBER}
    flows = []
    for run_seconds in (dice.uniform(0, 3), dice.uniform(5, 60), None):
        flow_id = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        definition = FlowDefinition(
            name="Tested",
            inputs=inputs,
            wait_seconds=dice.choice((0.0, 1.0, 20.0)),
            run_seconds=run_seconds,
            ends=dice.choice(_ENDS),
        )
        environment.world.catalogue.define(flow_id, definition)
        flows.append(flow_id)
    return flows


def start(scene: Scene) -> None:
    """A new order. Some have a key, some are sent again while nothing is heard, some are those of before, word for word."""
    dice = scene.dice
    inputs: dict[str, Any] = {"A": dice.choice(("same", scene.new_id())), "N": dice.choice((1, "1", 2.5))}
    body: dict[str, Any] = {
        "connectionName": dice.choice(("desk-1", "desk-2")),
        "runMode": dice.choice(("attended", "unattended")),
    }
    body |= {"inputs": inputs} if dice.random() < 0.8 else {}
    body |= {"runPriority": "high"} if dice.random() < 0.2 else {}
    body |= {"startWithinSeconds": dice.choice((1, 20, 90))} if dice.random() < 0.1 else {}
    key = scene.new_id() if dice.random() < 0.6 else None
    order = Order(len(scene.orders), dice.choice(scene.flows), body, key)
    scene.orders.append(order)
    scene.callers.start(order, tries=dice.choice((1, 3)))
    if key is not None and dice.random() < 0.4:
        scene.callers.start(order)
    elif key is None and dice.random() < 0.3:
        start_identical(scene, order)


def start_identical(scene: Scene, order: Order) -> None:
    """Somebody else asks for the very same, in the same second."""
    twin = dataclasses.replace(order, number=len(scene.orders))
    scene.orders.append(twin)
    scene.callers.start(twin)


def repeat(scene: Scene) -> None:
    """A key comes again, later; or its key comes with another body."""
    keyed = [order for order in scene.orders if order.key is not None]
    if not keyed:
        return
    order = scene.dice.choice(keyed)
    if scene.dice.random() < 0.3:
        order = dataclasses.replace(order, body=order.body | {"timeoutSeconds": 77})
    scene.callers.start(order)


def cancel(scene: Scene) -> None:
    if (run_id := scene.run_id()) is not None:
        scene.callers.cancel(run_id)


def read(scene: Scene) -> None:
    if (run_id := scene.run_id()) is not None:
        scene.callers.read(run_id)


def move(scene: Scene) -> None:
    """A machine shows a status that is no end, or one that nobody knows; or ends a run in its own way."""
    session = scene.session(lambda each: not each.ended)
    if session is None:
        return
    if scene.dice.random() < 0.6:
        to = Outcome(Statuscode(scene.dice.choice(_ODD_CODES)))
    else:
        to = an_end(scene.dice)
    scene.scheduler.note(f"a machine moves session {session.id} to {int(to.statuscode)}")
    scene.environment.world.life.move(session, to)


def an_end(dice: random.Random) -> Outcome:
    code = Statuscode(dice.choice((4, 5, 7, 8, 9, 10, 11, 12, 13, 14)))
    failure = _RETRIED if dice.random() < 0.2 else RunFailure("Broken", "It broke.")
    return Outcome(code, NO_FAILURE if code is Statuscode.SUCCEEDED else failure)


def pause(scene: Scene) -> None:
    """An operator stops everything for a while."""
    scene.callers.pause(scene.dice.uniform(5, 60))


def start_foreign(scene: Scene) -> None:
    """Another program starts what we have started: as another user word for word, as our own user with inputs of its own."""
    session = scene.session()
    if session is None:
        return
    by_us = scene.dice.random() < 0.5 or not scene.environment.world.settings.created_by_caller
    inputs = json.dumps({"A": scene.new_id()}) if by_us else session.order.inputs
    order = dataclasses.replace(session.order, inputs=inputs, callback_url=None)
    scene.environment.start_foreign(order, by_us=by_us)


def purge(scene: Scene) -> None:
    session = scene.session()
    if session is not None and scene.weather.comes(Fault.PURGED):
        scene.environment.purge(session)


def unlist(scene: Scene) -> None:
    session = scene.session()
    if session is not None and scene.weather.comes(Fault.UNLISTED):
        scene.environment.unlist(session)


def withdraw_access(scene: Scene) -> None:
    if scene.weather.comes(Fault.NO_ACCESS):
        scene.environment.withdraw_access(scene.dice.uniform(1, scene.dice.choice((60, 400))))


def forge(scene: Scene) -> None:
    newest, other = scene.newest_sessions(), scene.session()
    if other is not None and Fault.FORGED in scene.weather.rates:
        scene.postman.forge(scene.dice.choice(newest), other.id)


def outage(scene: Scene) -> None:
    """Nothing goes well for some seconds, or for a minute."""
    fault = scene.dice.choice(OUTAGES)
    over = scene.weather.outage(fault)
    scene.scheduler.note(f"an outage begins: {fault}")
    scene.scheduler.later(scene.dice.uniform(1, 60), over)


def trouble(scene: Scene) -> None:
    """What befalls instances."""
    if scene.weather.comes(Fault.KILLED):
        scene.fleet.kill_one()
    if scene.weather.comes(Fault.PAUSED):
        scene.fleet.pause_one(scene.dice.uniform(1, _LONGEST_PAUSE_SECONDS))


ACTIONS: tuple[tuple[Callable[[Scene], None], int], ...] = (
    (start, 10),
    (repeat, 4),
    (cancel, 5),
    (read, 3),
    (move, 4),
    (forge, 5),
    (pause, 1),
    (start_foreign, 1),
    (purge, 2),
    (unlist, 2),
    (withdraw_access, 1),
    (outage, 1),
    (trouble, 6),
)
"""With how often each is done, in comparison."""


def act(scene: Scene) -> None:
    actions, weights = zip(*ACTIONS, strict=True)
    scene.dice.choices(actions, weights)[0](scene)
