"""How long after a session has ended in Dataverse its run is seen to have ended: by its callback, and without one."""

import os
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from benchmarks import wires
from benchmarks.apart import apart
from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.rounds import distribution, percentile
from benchmarks.steered import Steered
from local.stack import Stack
from shared.wiring import wire
from status_poller.poll import poll

_NEVER_SECONDS, _POLL_SECONDS = 3600, 5
_SETTINGS = {"START_SCHEDULE": "*/10 * * * * *"}
"""As in the cloud."""
_ROUND_TRIPS = 3
_SUCCEEDED = 4
_PASSES = 5
_PATIENCE_SECONDS = 60.0


class NotSeenError(Exception):
    """A run did not end, or did not start."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Of a flow that goes on until its sessions are moved."""

    stack: Stack
    simulator: Steered
    http: requests.Session
    flow: str

    def started(self) -> tuple[str, str]:
        """A run, and its session."""
        order = {"connectionName": str(uuid.uuid4()), "runMode": "unattended"}
        run = self.http.post(f"{self.stack.functions}/flows/{self.flow}/runs", json=order, timeout=60).json()
        if not run.get("sessionId"):
            raise NotSeenError(f"A start was answered with {run}")
        return run["runId"], run["sessionId"]

    def seconds_until_visible(self, run: str, session: str) -> float:
        """From before its session was moved to the answer that shows it, of reads that follow one another without a pause."""
        begun = time.perf_counter()
        self.simulator.move(session, _SUCCEEDED)
        while (taken := time.perf_counter() - begun) < _PATIENCE_SECONDS:
            shown = self.http.get(f"{self.stack.functions}/runs/{run}", timeout=60).json()
            if shown["status"] == "Succeeded":
                return time.perf_counter() - begun
        raise NotSeenError(f"{taken:.0f} s passed, and the run is {shown['status']}")


class Poller:
    """To be made in a process of its own: where tokens are had is told by the environment."""

    def __init__(self, settings: dict[str, str]) -> None:
        os.environ.update(settings)
        self._app = wire(settings)

    def close(self) -> None:
        self._app.close()

    def passed(self) -> float:
        """The seconds that a pass took."""
        begun = time.perf_counter()
        poll(self._app)
        return time.perf_counter() - begun


def run(bench: Bench) -> Result:
    rounds, each, polled = (1, 10, 4) if bench.quick else (5, 20, 30)
    with _runs(bench, _NEVER_SECONDS) as runs:
        bench.say(f"{rounds * each} ends that are told by callbacks")
        runs.seconds_until_visible(*runs.started())
        by_callback = [
            [runs.seconds_until_visible(*runs.started()) * 1000 for _ in range(each)] for _ in range(rounds)
        ]
    with _runs(bench, _POLL_SECONDS) as runs:
        runs.simulator.fault("Callback", "skip")
        one_pass = _longest_pass(runs)
        bench.say(f"{polled} ends that nobody tells")
        by_poll = _found(runs, polled)
    medians = Figure(
        subject="by callback",
        quantity="p50",
        unit="ms",
        samples=tuple(percentile(latencies, 50) for latencies in by_callback),
    )
    longest = Figure(subject="without callbacks", quantity="longest", unit="s", samples=(max(by_poll),))
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.WAN,
        rounds=rounds,
        method=f"From the moment that a session is moved to its end to the first answer of GET run that shows it, asked back to back: "
        f"{rounds * each} runs by their callbacks; {polled} at random moments without callbacks, polled every {_POLL_SECONDS} s. A round "
        f"trip is the longest there is, {wires.DATAVERSE_MILLISECONDS} ms to Dataverse. On the way of a callback are one of these and two "
        f"to storage, one after the other, and the reader's own. A pass is the longest of {_PASSES} with one run open.",
        figures=(
            medians,
            Figure(subject="without callbacks", quantity="p50", unit="s", samples=(percentile(by_poll, 50),)),
            longest,
            Figure(subject="without callbacks", quantity="one pass", unit="s", samples=(one_pass,)),
        ),
        checks=(
            Check(
                claim=f"p50 by callback, {_ROUND_TRIPS} round trips",
                value=medians.median,
                bound=Bound.AT_MOST,
                limit=_ROUND_TRIPS * wires.DATAVERSE_MILLISECONDS,
                unit="ms",
            ),
            Check(
                claim="longest without callbacks, the interval and a pass",
                value=longest.median,
                bound=Bound.AT_MOST,
                limit=_POLL_SECONDS + one_pass,
                unit="s",
            ),
        ),
        distributions=(
            distribution(
                "by callback", "end to visible", [one for latencies in by_callback for one in latencies]
            ),
        ),
    )


@contextmanager
def _runs(bench: Bench, poll_seconds: int) -> Iterator[Runs]:
    with (
        wires.running(bench.log, Regime.WAN, poll_seconds=poll_seconds, settings=_SETTINGS) as stack,
        requests.Session() as http,
    ):
        http.headers["x-functions-key"] = stack.key
        runs = Runs(stack, Steered(stack.simulator), http, str(uuid.uuid4()))
        runs.simulator.flow(runs.flow)
        yield runs


def _longest_pass(runs: Runs) -> float:
    """Seconds, with one run open."""
    runs.started()
    with apart(Poller, dict(runs.stack.settings)) as poller:
        poller(Poller.passed)
        return max(poller(Poller.passed) for _ in range(_PASSES))


def _found(runs: Runs, count: int) -> Sequence[float]:
    """Seconds. Ends come at any moment between two passes."""
    dice = random.Random(count)  # noqa: S311 - no secret
    found = []
    for _ in range(count):
        run, session = runs.started()
        time.sleep(dice.uniform(0, _POLL_SECONDS))
        found.append(runs.seconds_until_visible(run, session))
    return found


CASE = Case("visible", "From an end in Dataverse to a status that shows it", run)
