"""A sweep whose process is killed in the middle, and whoever goes on with it."""

import time
from dataclasses import dataclass

from benchmarks.case import Bench
from benchmarks.scale import apart
from benchmarks.scale.apart import Order
from benchmarks.scale.following import Cost, Follower, follower
from benchmarks.scale.ground import Asked, Ground
from benchmarks.scale.population import Population
from shared.storage.poll_state import Sweep

_SLOW = {"latencyMilliseconds": 300}
"""So that the middle of a sweep is not over before it is seen."""
_FAST = {"latencyMilliseconds": 0}
_PATIENCE = 120.0
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Killed:
    looked_at: int
    """By the pass that was killed, as far as it was noted."""
    asked: Asked
    rest: Cost
    """What it took to end the sweep."""
    rest_looked_at: int
    open_still: int
    """Of the runs that had ended before: none is to be left."""


def killed(bench: Bench, ground: Ground, population: Population, ended: list[str], order: Order) -> Killed:
    bench.say("a pass that is killed")
    ground.control("PATCH", "settings", {"modifiedonMoves": False, **_SLOW})
    ground.end(ended)
    ground.forget()
    with follower(ground, ahead=order.ahead) as ours:
        with apart.started(order) as process:
            _until(ours, population.size // 3)
            process.kill()
            process.wait()
        asked, before = ground.asked(), _sweep(ours)
        ground.control("PATCH", "settings", _FAST)
        rest, _ = ours.swept()
        after = _sweep(ours)
        assert before is not None
        assert after is not None
        return Killed(
            before.looked_at,
            asked,
            rest,
            after.looked_at - before.looked_at,
            _open(ours, population, set(ended)),
        )


def _until(ours: Follower, looked_at: int) -> None:
    """A sweep is under way, and so many runs have been looked at."""
    began, last = time.monotonic(), _sweep(ours)
    while time.monotonic() < began + _PATIENCE:
        sweep = _sweep(ours)
        if sweep is not None and sweep.ended_at is None and sweep.looked_at >= looked_at:
            return
        time.sleep(_LOOK_SECONDS)
    raise TimeoutError(f"No sweep was seen in its middle; the last one was {last}.")


def _sweep(ours: Follower) -> Sweep | None:
    return ours.app.poll_memory.read().state.sweep


def _open(ours: Follower, population: Population, ended: set[str]) -> int:
    stored = [ours.app.store.get(run.id) for run in population.runs if run.session_id in ended]
    return sum(each is None or not each.run.ended for each in stored)
