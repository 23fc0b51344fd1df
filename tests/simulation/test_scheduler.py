"""Virtual time: everything waits in it, and nothing survives the end of its process."""

import random
from collections.abc import Callable
from concurrent.futures import Executor

import pytest

from tests.simulation.pool import TaskPool
from tests.simulation.scheduler import KilledError, Process, Scheduler, Signal
from tests.simulation.threads import TaskLocal, Turnstile


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(random.Random(1))


@pytest.fixture
def process() -> Process:
    return Process("tested")


def pool(scheduler: Scheduler, process: Process, workers: int = 2) -> Executor:
    return TaskPool(scheduler, process, workers, "pool")


def waiting(scheduler: Scheduler, log: list[str], name: str, *seconds: float) -> Callable[[], None]:
    def work() -> None:
        for each in seconds:
            scheduler.wait(each)
            log.append(f"{name} at {scheduler.now:g}")

    return work


def test_tasks_take_turns_by_time(scheduler: Scheduler, process: Process) -> None:
    """An hour takes no time, and what is due first comes first."""
    log: list[str] = []
    scheduler.spawn("a", process, waiting(scheduler, log, "a", 2, 3600))
    scheduler.spawn("b", process, waiting(scheduler, log, "b", 1, 2))
    scheduler.run(4000)

    assert ["b at 1", "a at 2", "b at 3", "a at 3602"] == log


def test_a_killed_process_does_nothing_more(scheduler: Scheduler, process: Process) -> None:
    """Wherever its tasks wait, those of its pools too; what they clean up meets a dead wire."""
    log: list[str] = []
    other = Process("other")

    def cleaning() -> None:
        try:
            list(pool(scheduler, process).map(scheduler.wait, [10, 20, 30]))
        finally:
            log.append("cleaning")
            scheduler.wait(1)
            log.append("never")

    scheduler.spawn("cleaning", process, cleaning)
    scheduler.spawn("waiting", process, waiting(scheduler, log, "dead", 100))
    scheduler.spawn("other", other, waiting(scheduler, log, "other", 100))
    scheduler.later(5, lambda: scheduler.kill(process))
    scheduler.later(5, lambda: scheduler.spawn("too late", process, lambda: log.append("too late")))
    scheduler.run(200)

    assert ["cleaning", "other at 100"] == log
    assert [] == scheduler.crashes
    assert not process.tasks


def test_a_process_can_end_itself(scheduler: Scheduler, process: Process) -> None:
    """At that very point, with all that it does elsewhere."""
    log: list[str] = []

    def dying() -> None:
        scheduler.wait(1)
        scheduler.kill(process)
        with pytest.raises(KilledError):
            scheduler.check(process)
        scheduler.check(process)
        log.append("never")

    scheduler.spawn("dying", process, dying)
    scheduler.spawn("waiting", process, waiting(scheduler, log, "waiting", 2))
    scheduler.run(10)

    assert [] == log


def test_a_paused_process_wakes_up_late(scheduler: Scheduler, process: Process) -> None:
    """What it waited for has come meanwhile."""
    log: list[str] = []
    answer = Signal(scheduler)
    scheduler.spawn("waiting", process, waiting(scheduler, log, "waiting", 2))
    scheduler.spawn(
        "asking", process, lambda: log.append(f"{scheduler.wait(5, answer)} at {scheduler.now:g}")
    )
    scheduler.later(1, lambda: scheduler.pause(process, 100))
    scheduler.later(3, answer.give)
    scheduler.run(200)

    assert ["True at 101", "waiting at 101"] == sorted(log)


def test_a_pool_has_so_many_workers(scheduler: Scheduler, process: Process) -> None:
    """Its results come in the order of what was asked, and its errors where they are asked for."""
    log: list[str] = []

    def work(seconds: float) -> float:
        scheduler.wait(seconds)
        if seconds > 5:
            raise ValueError("too long")
        return scheduler.now

    def asking() -> None:
        with pool(scheduler, process) as workers:
            log.append(str(list(workers.map(work, [3, 1, 1]))))
            failing = workers.submit(work, 9)
            with pytest.raises(ValueError, match="too long"):
                failing.result()

    scheduler.spawn("asking", process, asking)
    scheduler.run(100)

    assert ["[3.0, 1.0, 2.0]"] == log
    assert [] == scheduler.crashes


def test_what_nobody_expected_is_reported(scheduler: Scheduler, process: Process) -> None:
    """A defect in a task ends the task, and is told."""
    scheduler.spawn("broken", process, lambda: 1 // 0)
    scheduler.run(1)

    assert ["broken"] == [crash.task for crash in scheduler.crashes]


def test_a_turnstile_lets_one_through(scheduler: Scheduler, process: Process) -> None:
    """The others wait, no longer than they want to."""
    log: list[str] = []
    turnstile = Turnstile(scheduler)

    def passing(name: str, patience: float) -> None:
        if turnstile.acquire(timeout=patience):
            scheduler.wait(5)
            turnstile.release()
            log.append(f"{name} passed at {scheduler.now:g}")
        else:
            log.append(f"{name} gave up at {scheduler.now:g}")

    scheduler.spawn("a", process, lambda: passing("a", 100))
    scheduler.later(1, lambda: scheduler.spawn("b", process, lambda: passing("b", 100)))
    scheduler.later(1, lambda: scheduler.spawn("c", process, lambda: passing("c", 2)))
    scheduler.run(100)

    assert ["c gave up at 3", "a passed at 5", "b passed at 10"] == log


def test_each_task_has_its_own(scheduler: Scheduler, process: Process) -> None:
    """As each thread has what it keeps in a local."""
    own, seen = TaskLocal(scheduler), []

    def work(value: int) -> None:
        assert not hasattr(own, "value")
        own.value = value
        scheduler.wait(1)
        seen.append(own.value)

    scheduler.spawn("a", process, lambda: work(1))
    scheduler.spawn("b", process, lambda: work(2))
    scheduler.run(5)

    assert [1, 2] == sorted(seen)
    assert [] == scheduler.crashes
