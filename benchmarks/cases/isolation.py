"""What one connection that hangs, or is throttled, does to the others and to callbacks."""

import uuid
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain

from benchmarks import wires
from benchmarks.apart import Apart, apart
from benchmarks.case import Bench, Bound, Case, Figure, Regime, Result
from benchmarks.crowd import Crowd, Tale
from benchmarks.rounds import alternated, distribution, percentile, ratio
from benchmarks.small_asks import callbacks, start
from benchmarks.steered import Steered, eventually
from benchmarks.stored_runs import running_runs
from local.stack import Stack
from shared.wiring import wire

_CALM, _HANGING, _THROTTLED = "all connections healthy", "one connection hangs", "one connection is throttled"
_SETTINGS = {
    "START_SCHEDULE": "*/10 * * * * *",  # as in the cloud
    "CALLBACK_VERIFICATIONS_PER_10_SECONDS": "10000",
}
_POLL_SECONDS = 3600
_STARTERS, _CONNECTIONS = 8, 300
_NOTIFIERS, _PAUSE_SECONDS = 4, 0.1
_WARM_UP_SECONDS = 6.0
_HANGING_STARTS = 20
_HANG_AT_ONCE = 15
"""Of the worker's 32 threads starts may hold 30, those of one connection half of these, the queue's included. The others wait."""
_HANG_ON_SECONDS = 4.0
_DATAVERSE_LIMIT = 30
"""Starts a minute: below what Deskhand allows a connection, so that it is Dataverse that says no."""
_UNTIL_THROTTLED_SECONDS, _FEED_PAUSE_SECONDS = 3.0, 0.2
_SUCCEEDED = 4
_THROUGHPUT_TARGET, _TAIL_TARGET = 0.9, 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """One round's: starts on the other connections, and callbacks beside them."""

    starts: Tale
    callbacks: Tale


class PutOffError(Exception):
    """Starts were queued, or a connection was not as ill as it should be: then something else would be compared."""


class Ground:
    def __init__(
        self, stack: Stack, flow: str, starters: Apart[Crowd], notifiers: Apart[Crowd], threads: Executor
    ) -> None:
        self._stack = stack
        self._simulator = Steered(stack.simulator)
        self._flow = flow
        self._starters = starters
        self._notifiers = notifiers
        self._threads = threads

    def calm(self, seconds: float) -> Load:
        """Raises PutOffError."""
        self._simulator.forget()
        notified = self._threads.submit(self._notifiers, Crowd.ask, _NOTIFIERS, seconds, _PAUSE_SECONDS)
        load = Load(self._starters(Crowd.ask, _STARTERS, seconds), notified.result())
        started = len(load.starts.milliseconds)
        answers = (set(load.starts.statuses), set(load.callbacks.statuses))
        if answers != ({202}, {204}) or self._simulator.asked("RunDesktopFlow") < started:
            raise PutOffError(f"{started} starts were answered {load.starts.statuses}, and not all were sent")
        return load

    def hanging(self, seconds: float) -> Load:
        """As many starts hang as may, from before the first request until after the last answer."""
        self._simulator.forget()
        hang = {"seconds": seconds + _HANG_ON_SECONDS, "times": _HANG_AT_ONCE}
        self._simulator.fault("RunDesktopFlow", "delay", **hang)
        with self._on_one_connection() as crowd:
            stuck = self._threads.submit(crowd, Crowd.ask, _HANGING_STARTS, 0.0)
            eventually(lambda: self._simulator.asked("RunDesktopFlow") >= _HANG_AT_ONCE, "hanging starts")
            load = self.calm(seconds)
            if stuck.done():
                raise PutOffError("The starts no longer hung at the end of the round")
            stuck.result()
        self._simulator.heal()
        return load

    def throttled(self, seconds: float) -> Load:
        """Dataverse has refused the connection, and its callers go on."""
        self._simulator.forget()
        with self._on_one_connection() as crowd:
            crowd(Crowd.ask, _STARTERS, _UNTIL_THROTTLED_SECONDS)
            if not self._simulator.answered("RunDesktopFlow", HTTPStatus.TOO_MANY_REQUESTS):
                raise PutOffError("Dataverse did not refuse the connection")
            fed = self._threads.submit(crowd, Crowd.ask, 1, seconds, _FEED_PAUSE_SECONDS)
            load = self.calm(seconds)
            fed.result()
        return load

    @contextmanager
    def _on_one_connection(self) -> Iterator[Apart[Crowd]]:
        """A new one each time."""
        asks = [start(self._flow, f"ill-{uuid.uuid4()}", self._stack.key)]
        with apart(Crowd, self._stack.functions, asks) as crowd:
            yield crowd


@contextmanager
def _ground(bench: Bench, notifications: int) -> Iterator[Ground]:
    with (
        wires.running(bench.log, Regime.WAN, poll_seconds=_POLL_SECONDS, settings=_SETTINGS) as stack,
        closing(wire(stack.settings)) as app,
        ThreadPoolExecutor(2) as threads,
    ):
        simulator, flow = Steered(stack.simulator), str(uuid.uuid4())
        simulator.flow(flow)
        simulator.switch(connectionRateLimit=_DATAVERSE_LIMIT)
        bench.say(f"{notifications:,} sessions that have ended, and runs that do not know it yet")
        runs = running_runs(app, simulator.seeded(notifications, _SUCCEEDED, flow))
        starts = [start(flow, f"connection-{number}", stack.key) for number in range(_CONNECTIONS)]
        with (
            apart(Crowd, stack.functions, starts) as starters,
            apart(Crowd, stack.functions, list(callbacks(runs, app.signatures))) as notifiers,
        ):
            bench.say("warm-up")
            starters(Crowd.ask, _STARTERS, _WARM_UP_SECONDS)
            yield Ground(stack, flow, starters, notifiers, threads)


def run(bench: Bench) -> Result:
    rounds, seconds = (1, 2.0) if bench.quick else (7, 5.0)
    notifications = int(3 * rounds * _NOTIFIERS * seconds / _PAUSE_SECONDS)
    with _ground(bench, notifications) as ground:
        told = alternated(
            bench,
            rounds,
            {
                _CALM: lambda: ground.calm(seconds),
                _HANGING: lambda: ground.hanging(seconds),
                _THROTTLED: lambda: ground.throttled(seconds),
            },
        )
    starts = {name: _starts(name, loads) for name, loads in told.items()}
    tails = {name: _tail(name, loads) for name, loads in told.items()}
    ill = (_HANGING, _THROTTLED)
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.WAN,
        rounds=rounds,
        method=f"{_STARTERS} callers start runs on {_CONNECTIONS} connections for {seconds:.0f} s a round, while {_NOTIFIERS} senders "
        f"each send a genuine callback {_PAUSE_SECONDS:.1f} s after the answer to their last one. Beside them, on one more connection, "
        f"either nothing happens, or {_HANG_AT_ONCE} starts hang all the time (all that are let through), or Dataverse has refused it "
        "with 429 and its callers go on.",
        figures=(*starts.values(), *tails.values()),
        checks=(
            *(
                ratio(
                    f"starts a second on the others, {name}",
                    starts[name],
                    starts[_CALM],
                    Bound.AT_LEAST,
                    _THROUGHPUT_TARGET,
                )
                for name in ill
            ),
            *(
                ratio(f"p99 of callbacks, {name}", tails[name], tails[_CALM], Bound.AT_MOST, _TAIL_TARGET)
                for name in ill
            ),
        ),
        distributions=tuple(
            distribution(name, "latency of a callback", _notified(loads)) for name, loads in told.items()
        ),
        notes=("The p99 of callbacks is that of all rounds together: one round has too few of them.",),
    )


def _starts(subject: str, loads: list[Load]) -> Figure:
    return Figure(
        subject=subject, quantity="starts", unit="1/s", samples=tuple(each.starts.a_second for each in loads)
    )


def _tail(subject: str, loads: list[Load]) -> Figure:
    return Figure(
        subject=subject, quantity="p99 of callbacks", unit="ms", samples=(percentile(_notified(loads), 99),)
    )


def _notified(loads: list[Load]) -> list[float]:
    return list(chain.from_iterable(each.callbacks.milliseconds for each in loads))


CASE = Case("isolation", "One connection that hangs, or is throttled", run)
