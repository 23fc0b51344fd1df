"""One seed, from beginning to end: things happen while faults strike, then it is quiet until all has settled, then the judges look."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from shared.run.model import Run
from shared.storage.outbox import WENT
from shared.storage.wakes import WAKE, read_wake
from tests.simulation.accidents import Accidents
from tests.simulation.audience import Audience
from tests.simulation.callers import BASE, Callers
from tests.simulation.dataverse import EPOCH, LATEST_WORK_SECONDS, Environment
from tests.simulation.evidence import Evidence, Pace, Violation
from tests.simulation.instances import MOST_SKEW_SECONDS, Fleet, Services
from tests.simulation.judges import JUDGES
from tests.simulation.postman import Postman
from tests.simulation.scheduler import Scheduler
from tests.simulation.tables import LATEST_COMMIT_SECONDS, TableStorage
from tests.simulation.weather import Weather
from tests.simulation.wire import Wire
from tests.simulation.workload import QUEUE, TIMERS, Scene, act, define_flows

_QUIET = (*[30.0] * 16, *[300.0] * 10, *[1800.0] * 2)
"""Seconds from pass to pass: until every deadline has passed, and those that are looked for now and then were looked for."""
_QUEUE_SECONDS, _MOST_QUEUE_PASSES = 60.0, 60
_LAST_LOOK_SECONDS = 6 * 86_400.0
"""By then everything was told and forgotten; after a week keys would expire."""
_NOBODY_ASKS_BEFORE = 8
"""Passes: what was on its way when it became quiet has arrived by then."""


@dataclass(frozen=True, slots=True)
class Result:
    seed: int
    steps: int
    injected: Counter[str]
    ends: Counter[str]
    """What runs came to: a simulation in which nothing goes wrong proves nothing."""
    violations: list[Violation]
    fingerprint: str
    """Of all that happened: equal for a replay."""


def simulate(seed: int) -> Result:
    trial = Trial(seed)
    trial.run()
    evidence = trial.evidence()
    violations = [violation for judge in JUDGES for violation in judge(evidence)]
    trace = trial.scheduler.trace
    fingerprint = blake2b(repr(trace).encode(), digest_size=16).hexdigest()
    ends = Counter(_end_of(run) for run in evidence.runs.values()) + evidence.on_the_way
    return Result(seed, trial.scheduler.steps, trial.weather.injected, ends, violations, fingerprint)


def _end_of(run: Run) -> str:
    return f"{run.status} {run.error.code}" if run.error is not None else str(run.status)


class Trial:
    def __init__(self, seed: int) -> None:
        dice = self._dice = random.Random(seed)
        self.accidents = Accidents(seed)
        self.scheduler = scheduler = Scheduler(_part(dice))
        self.weather = weather = Weather(_part(dice))
        storage_wire = Wire(scheduler, _part(dice), LATEST_COMMIT_SECONDS)
        self.storage = TableStorage(scheduler, storage_wire, weather, page_size=dice.choice((1000, 2, 5)))
        self.postman = Postman(scheduler, weather, _part(dice), silent=self.accidents.silent)
        self.environment = Environment(
            scheduler,
            Wire(scheduler, _part(dice), LATEST_WORK_SECONDS),
            weather,
            _part(dice),
            self.postman.session_ended,
            ahead=self.accidents.ahead,
        )
        switches = _switches(dice) | self.accidents.switches
        self.environment.world.switchboard.change(switches)
        self.audience = audience = Audience(seed, scheduler, weather)
        settings = _settings(dice, created_by_us=switches["createdByCaller"]) | audience.settings
        services = Services(scheduler, self.storage, self.environment, settings, audience.receivers)
        self.fleet = self.postman.fleet = audience.fleet = Fleet(services, dice.randint(2, 4), _part(dice))
        self.callers = Callers(scheduler, self.fleet, _part(dice))
        self.has_callbacks = settings["PUBLIC_BASE_URL"] != ""
        self.settings = settings
        self.passes: list[float] = []
        """Those of the poller, since it became quiet."""

    def run(self) -> None:
        scene = self._scene()
        self._busy(scene)
        self._become_quiet(scene)
        for number, pause in enumerate(_QUIET):
            self.passes.append(self.scheduler.now)
            for name, timer in TIMERS.items():
                self.fleet.run(name, timer)
            self.scheduler.run(self.scheduler.now + pause)
            self._work_off_the_queue()
            if number >= _NOBODY_ASKS_BEFORE and not self._outstanding():
                break
        self._tell_the_rest()
        self.fleet.close()

    def _work_off_the_queue(self) -> None:
        for _ in range(_MOST_QUEUE_PASSES):
            if not any(key.startswith("work|wait|") for _, key in self.storage.twin.rows()):
                return
            self.fleet.run(QUEUE, TIMERS[QUEUE])
            self.scheduler.run(self.scheduler.now + _QUEUE_SECONDS)

    def _tell_the_rest(self) -> None:
        """Days pass, until what was told is kept no longer."""
        while looks := list(self._looks()):
            if min(looks) > _LAST_LOOK_SECONDS:
                return
            self.scheduler.run(max(self.scheduler.now, min(looks)) + MOST_SKEW_SECONDS + 1)
            for name, timer in TIMERS.items():
                self.fleet.run(name, timer)
            self.scheduler.run(self.scheduler.now + _QUEUE_SECONDS)

    def _looks(self) -> Iterator[float]:
        """When passes are to find something to tell, or to tidy up."""
        for (_, key), row in self.storage.twin.rows().items():
            if key.startswith(WENT):
                yield self.scheduler.now
            if key.startswith(WAKE):
                wake = read_wake(row).wake
                moments = (wake.not_before, wake.quiet_until, wake.held_until)
                yield max((at - EPOCH).total_seconds() for at in moments if at is not None)

    def evidence(self) -> Evidence:
        return Evidence.of(
            self.storage,
            self.environment,
            self.callers.record,
            self.scheduler,
            has_callbacks=self.has_callbacks,
            a_minute=int(self.settings["STARTS_PER_MINUTE"]),
            pace=self._pace(),
            audience=self.audience,
        )

    def _pace(self) -> Pace:
        world = self.environment.world.settings
        named = world.callbackurl_stored or not self.has_callbacks
        told = world.modifiedon_moves and world.created_by_caller and named
        reads_each = self.settings["POLL_EACH_UP_TO"] == "500"
        sweep_seconds = 60.0 * int(self.settings["SWEEP_MINUTES"])
        return Pace(tuple(self.passes), sweep_seconds, prompt=told or reads_each)

    def _scene(self) -> Scene:
        flows = define_flows(self.environment, self._dice)
        return Scene(
            _part(self._dice),
            self.scheduler,
            self.weather,
            self.environment,
            self.fleet,
            self.callers,
            self.postman,
            flows,
        )

    def _busy(self, scene: Scene) -> None:
        """A minute, so that much happens at once; or ten, so that deadlines pass while faults strike."""
        dice, scheduler = scene.dice, self.scheduler
        self.audience.gather(scene)
        pace = dice.choice((1.0, 1.0, 10.0))
        for _ in range(dice.randint(10, 60)):
            act(scene)
            self.audience.act(scene)
            self.accidents.befall(self.storage, self.environment, self.weather)
            scheduler.run(scheduler.now + pace * dice.choice((0.0, 0.5, 2.0, 8.0)) * dice.random())
            for name, timer in TIMERS.items():
                if dice.random() < 0.2:
                    self.fleet.run(name, timer)

    def _become_quiet(self, scene: Scene) -> None:
        """No more faults. Most flows that would go on for ever come to an end; some go on, and that is the truth then."""
        self.scheduler.note("it becomes quiet")
        self.weather.calm = True
        self.audience.become_quiet()
        world = self.environment.world
        world.switchboard.change({"accessLevel": "Owner", "hiddenFromListsSeconds": 0})
        for session in list(world.sessions):
            if not session.ended and scene.dice.random() < 0.8:
                scene.end_later(session, scene.dice.uniform(0, 100) + self.accidents.later)

    def _outstanding(self) -> bool:
        return any(
            key.startswith("work|") and not key.startswith(WAKE) for _, key in self.storage.twin.rows()
        )


def _part(dice: random.Random) -> random.Random:
    """Each part has dice of its own: what one of them does more often leaves the others as they were."""
    return random.Random(dice.getrandbits(64))


def _settings(dice: random.Random, *, created_by_us: bool) -> dict[str, str]:
    return {
        "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
        "TABLES_CONNECTION_STRING": "the twin",
        "SIGNING_KEYS": "1:" + "a" * 43 + "=",
        "PUBLIC_BASE_URL": dice.choice((BASE, BASE, BASE, "")),
        "CANCEL_DEADLINE_SECONDS": dice.choice(("10", "60", "600")),
        "STARTS_PER_MINUTE": dice.choice(("70", "70", "70", "70", "3", "2")),
        "PYTHON_THREADPOOL_THREAD_COUNT": dice.choice(("32", "32", "32", "5")),
        "LATE_STARTS": dice.choice(("report", "cancel")),
        "RETRY_THROTTLED_RUNS": dice.choice(("0", "1")),
        "POLL_EACH_UP_TO": dice.choice(("500", "0", "2")),
        "SWEEP_MINUTES": dice.choice(("10", "1")),
        "SESSIONS_CREATED_BY_US": "1" if created_by_us else "0",
    }


def _switches(dice: random.Random) -> dict[str, Any]:
    """Of the simulated Dataverse: what the documentation leaves open is one way in this seed, another in the next."""
    mostly = (True, True, True, False)
    return {
        "callbackurlStored": dice.choice(mostly),
        "createdByCaller": dice.choice(mostly),
        "completedonOnInferredEnds": dice.choice(mostly),
        "callbackOnFailure": dice.choice(mostly),
        "callbackAheadSeconds": dice.choice((0, 0, 3)),
        "cancelDelaySeconds": dice.choice((0, 0, 5, 100, 1200)),
        "cancelAfterEnd": dice.choice(("noop", "400", "412")),
        "queuedStatuscode": dice.choice((3, 3, 0, 1)),
        "unreadableSeconds": dice.choice((0, 0, 2, 60)),
        "hiddenFromListsSeconds": dice.choice((0, 0, 2, 60)),
        "largestPage": dice.choice((5000, 2, 3)),
        "wholeSeconds": dice.choice(mostly),
        "machinesPerConnection": dice.choice((None, None, 1)),
        "connectionRateLimit": dice.choice((70, 70, 70, 70, 3)),
        "rateLimitOutcome": dice.choice(("refuse", "fail-run")),
        "tokenLifeSeconds": dice.choice((3600, 400)),
    }
