"""Instances of the app: each wired as in production, out of the simulation's parts. One dies, and another takes its place, empty."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from shared.clock import Clock
from shared.wiring import Deskhand, wire
from tests.simulation.adapter import Adapter
from tests.simulation.dataverse import EPOCH, ORIGIN, Environment, VirtualTime
from tests.simulation.pool import TaskPool
from tests.simulation.receivers import Receivers, Sender
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.tables import TableClient, TableStorage
from tests.simulation.threads import TaskLocal, Turnstile
from tests.simulation.weather import Fault

MOST_SKEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Instance:
    process: Process
    app: Deskhand


@dataclass(frozen=True, slots=True)
class Services:
    """What all instances share."""

    scheduler: Scheduler
    storage: TableStorage
    environment: Environment
    settings: Mapping[str, str]
    receivers: Receivers


class Fleet:
    """The live instances."""

    def __init__(self, services: Services, size: int, dice: random.Random) -> None:
        self._services = services
        self._dice = dice
        self._made = self._tasks = 0
        self.live = [self._new() for _ in range(size)]

    def any(self) -> Instance:
        """A live one, as a load balancer picks it."""
        self._replace_dead()
        return self._dice.choice(self.live)

    def run(self, name: str, work: Callable[[Deskhand], Any]) -> None:
        """In a task of its own, on some instance."""
        instance = self.any()
        self._tasks += 1
        task = f"{name} #{self._tasks} on {instance.process.name}"
        self._services.scheduler.spawn(task, instance.process, lambda: work(instance.app))

    def kill_one(self) -> None:
        instance = self.any()
        self._services.scheduler.note(f"{instance.process.name} is killed")
        self._services.scheduler.kill(instance.process)

    def pause_one(self, seconds: float) -> None:
        instance = self.any()
        self._services.scheduler.note(f"{instance.process.name} is paused for {seconds:.0f} s")
        self._services.scheduler.pause(instance.process, seconds)

    def close(self) -> None:
        """Nothing runs any more."""
        for instance in self.live:
            self._services.scheduler.kill(instance.process)
        self._services.scheduler.run(self._services.scheduler.now)

    def _replace_dead(self) -> None:
        self.live = [self._new() if each.process.dead else each for each in self.live]

    def _new(self) -> Instance:
        self._made += 1
        process = Process(f"instance {self._made}")
        skew = self._dice.uniform(-MOST_SKEW_SECONDS, MOST_SKEW_SECONDS)
        return Instance(process, _wired(self._services, process, skew, random.Random(self._dice.random())))


def _wired(services: Services, process: Process, skew: float, dice: random.Random) -> Deskhand:
    scheduler, environment = services.scheduler, services.environment
    clock = _clock(scheduler, skew)
    app = wire(
        services.settings,
        clock=clock,
        dice=dice,
        new_pool=lambda workers, name: TaskPool(scheduler, process, workers, name),
        table=lambda _, told: TableClient(services.storage, process, told, VirtualTime(scheduler).now),
        credential=lambda _: _Credential(environment),
        new_adapter=lambda: Adapter(environment, process, clock.now, services.receivers),
        webhooks=lambda settings: Sender(settings, services.receivers, process),
    )
    # What threads have for themselves, tasks need for themselves; and a thread's lock, held while its holder waits, would
    # wait for ever where there is only one thread.
    app.api._threads = TaskLocal(scheduler)  # type: ignore[assignment]  # as much of a local as is used
    app.api._tokens._lock = Turnstile(scheduler)  # type: ignore[assignment]  # as much of a lock as is used
    app.topic._tokens._lock = Turnstile(scheduler)  # type: ignore[assignment]
    app.permits._renewing = Turnstile(scheduler)  # type: ignore[assignment]
    return app


def _clock(scheduler: Scheduler, skew: float) -> Clock:
    def now() -> datetime:
        at = EPOCH + timedelta(seconds=scheduler.now + skew)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    return Clock(now=now, monotonic=lambda: scheduler.now, sleep=lambda seconds: _slept(scheduler, seconds))


def _slept(scheduler: Scheduler, seconds: float) -> None:
    scheduler.wait(seconds)


@dataclass(frozen=True, slots=True)
class _Credential:
    """A managed identity that now and then gives no token."""

    environment: Environment

    def get_token(self, *_scopes: str) -> AccessToken:
        environment = self.environment
        environment.scheduler.wait(0.01)
        if environment.weather.comes(Fault.NO_TOKEN):
            raise ClientAuthenticationError("The identity endpoint does not answer.")
        life = environment.world.settings.token_life_seconds
        issued = environment.world.tokens.issue(ORIGIN, life, None)
        return AccessToken(issued["access_token"], int(issued["expires_on"]))
