"""A request on its way: the work is done by the other side when it arrives, whatever has become of its sender meanwhile."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.scheduler import Process, Scheduler, Signal
from tests.simulation.weather import Fault


class LostError(Exception):
    """The connection broke before an answer came."""


class TimedOutError(Exception):
    """The sender's patience ended before an answer came."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request. `there` and `back` are seconds on the way; None: it never gets there."""

    there: float | None
    back: float | None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    scheduler: Scheduler
    dice: random.Random
    latest: float
    """Seconds after which a request that is late may still arrive."""

    def fate(self, fault: Fault | None) -> Fate:
        there, back = self._moment(), self._moment()
        match fault:
            case Fault.LOST:
                return Fate(None, None, fault)
            case Fault.ANSWER_LOST:
                return Fate(there, None, fault)
            case Fault.LATE:
                late = self.dice.choice((0.5, 2.0, self.latest))
                return Fate(self.dice.uniform(0.1, late), None, fault)
            case Fault.SLOW:
                return Fate(self.dice.uniform(0.1, 20), back, fault)
            case _:
                return Fate(there, back, fault)

    def ask[A](self, process: Process, fate: Fate, work: Callable[[], A], patience: float) -> A:
        """In a task of the process: its request goes out at once. Raises LostError, TimedOutError, or what the work raises."""
        scheduler = self.scheduler
        if fate.fault is Fault.DIES_BEFORE:
            scheduler.kill(process)
            scheduler.check(process)
        answered = Signal(scheduler)
        answers: list[A | Exception] = []

        def arrive() -> None:
            answers.append(_outcome(work))
            if fate.back is not None:
                scheduler.later(fate.back, answered.give)

        if fate.there is not None:
            scheduler.later(fate.there, arrive)
        if (broken := self._breaks_after(fate)) is not None:
            scheduler.wait(min(patience, broken))
            raise LostError
        if not scheduler.wait(patience, answered):
            raise TimedOutError
        if fate.fault is Fault.DIES_AFTER:
            scheduler.kill(process)
            scheduler.check(process)
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _breaks_after(self, fate: Fate) -> float | None:
        """After so many seconds its sender hears that nothing will come. None: it waits as long as it likes."""
        if (fate.there is None or fate.back is None) and self.dice.random() < 0.5:
            return self.dice.choice((0.05, 5.0)) * self.dice.random()
        return None

    def _moment(self) -> float:
        """Mostly milliseconds; now and then long enough to let others pass."""
        return self.dice.uniform(0.001, 0.02) if self.dice.random() < 0.9 else self.dice.uniform(0.02, 1)


def _outcome[A](work: Callable[[], A]) -> A | Exception:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # it is the answer
        return error
