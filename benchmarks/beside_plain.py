"""Deskhand's host, and beside it the same host with an application that does next to nothing, both over one table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks import wires
from benchmarks.apart import apart
from benchmarks.case import Bench, Figure, Regime
from benchmarks.crowd import Ask, Crowd, Tale
from benchmarks.rounds import alternated
from benchmarks.stored_runs import ended_runs
from local import functions, places
from local.functions import FunctionsHost
from local.stack import Stack
from shared.run.model import Run
from shared.wiring import Deskhand, wire

CALLERS = 32
PLAIN = places.CHECKOUT / "benchmarks" / "plain"
_SETTINGS = {
    "START_SCHEDULE": "*/10 * * * * *",  # as in the cloud
    # Else most of what is sent here in ten seconds would be answered 503 before its row is read.
    "CALLBACK_VERIFICATIONS_PER_10_SECONDS": "10000",
}
_POLL_SECONDS = 3600
_WARM_UP_SECONDS = 1.0


class OtherAnswerError(Exception):
    """Something else was measured than what was asked for."""


@dataclass(frozen=True, slots=True)
class Ground:
    stack: Stack
    plain: FunctionsHost
    app: Deskhand
    """Deskhand in this process: the same settings, no part in what is measured."""
    runs: Sequence[Run]
    """Ended ones."""


@dataclass(frozen=True, slots=True)
class Subject:
    base: str
    """Of the host that is asked."""
    asks: Sequence[Ask]
    expected: int
    """The status that each is answered with."""


@contextmanager
def ground(bench: Bench, runs: int) -> Iterator[Ground]:
    with wires.running(bench.log, Regime.LOOPBACK, poll_seconds=_POLL_SECONDS, settings=_SETTINGS) as stack:
        app = wire(stack.settings)
        try:
            bench.say(f"{runs} runs that have ended")
            stored = ended_runs(app, runs)
            table = {"TABLES_CONNECTION_STRING": stack.tables, "RUNS_TABLE": app.settings.runs_table}
            with functions.running(PLAIN, table, bench.log) as plain:
                yield Ground(stack, plain, app, stored)
        finally:
            app.close()


def throughput(
    bench: Bench, rounds: int, seconds: float, subjects: Mapping[str, Subject]
) -> dict[str, Figure]:
    """Answers a second to callers who never rest, of each subject in turn."""
    with ExitStack() as crowds:

        def asking(subject: Subject) -> Callable[[], float]:
            crowd = crowds.enter_context(apart(Crowd, subject.base, subject.asks))
            _checked(crowd(Crowd.ask, CALLERS, _WARM_UP_SECONDS), subject)
            return lambda: _checked(crowd(Crowd.ask, CALLERS, seconds), subject)

        bench.say("warm-up")
        told = alternated(bench, rounds, {name: asking(subject) for name, subject in subjects.items()})
    return {
        name: Figure(subject=name, quantity="answers", unit="1/s", samples=tuple(samples))
        for name, samples in told.items()
    }


def _checked(tale: Tale, subject: Subject) -> float:
    if set(tale.statuses) != {subject.expected}:
        raise OtherAnswerError(f"{subject.asks[0].path} was answered {dict(tale.statuses)}")
    return tale.a_second
