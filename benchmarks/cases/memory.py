"""What a warm worker holds when it has nothing to do."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from benchmarks import fresh
from benchmarks.case import Bench, Bound, Case, Figure, Regime, Result
from benchmarks.fresh import LIBRARIES
from benchmarks.rounds import alternated, ratio
from local import stack
from local.stack import Stack

_ROUNDS, _FEW_ROUNDS = 5, 1
_RUNS, _FEW_RUNS = 300, 60
_THREADS = 32
"""Of a worker, as docs/settings.md advises."""
_MOST = 0.9
"""Of the runs must have ended: on a busy machine a start or two may have to wait for their turn."""
_MEBIBYTE = 2**20
_QUIET = {"START_SCHEDULE": "0 0 0 1 1 *", "CALLBACK_VERIFICATIONS_PER_10_SECONDS": "10000"}
_METHOD = (
    "Resident memory of a process of its own, by alternated rounds. The worker has imported and indexed the app, and its {threads} threads have called "
    "the registered functions: {runs} runs on eight connections started, read, ended by their callbacks, read again; then both timers, lists and health; "
    "and it has been idle for a second. Against a process that has imported the four libraries and done nothing; beside it one in which as many threads "
    "have used the libraries bare, as often."
)
_NOTE = (
    "Most of the difference is what the C library keeps for each thread that once worked (blocks of half a kilobyte and more, "
    "for its next use); the libraries at work, without any of our code, hold it as well."
)


def _run(bench: Bench) -> Result:
    rounds, runs = (_FEW_ROUNDS, _FEW_RUNS) if bench.quick else (_ROUNDS, _RUNS)
    with fresh.deployed() as app, stack.running(bench.log, poll_seconds=3600, settings=_QUIET) as running:
        flow = _flow(running)
        subjects = {
            "four imports": lambda: fresh.told("imports.py", app, *LIBRARIES),
            "libraries at work": lambda: _told(running, "bare_worker.py", running.simulator, runs),
            "idle warm worker": lambda: _warm(app, running, flow, runs),
        }
        told = alternated(bench, rounds, subjects)
    idle, bare, ours = (
        Figure(
            subject=name,
            quantity="resident",
            unit="MB",
            samples=tuple(each["resident"] / _MEBIBYTE for each in told[name]),
        )
        for name in subjects
    )
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=_METHOD.format(threads=_THREADS, runs=runs),
        figures=(idle, bare, ours),
        checks=(ratio("idle warm worker, over the four imports", ours, idle, Bound.AT_MOST, 1.25),),
        notes=(_NOTE,),
    )


def _flow(running: Stack) -> str:
    """It ends at once, and says so to nobody: the worker that is measured gets the callbacks."""
    flow = str(uuid4())
    about = {"name": "Measured", "inputs": {"InvoiceNumber": "string"}, "waitSeconds": 0, "runSeconds": 0}
    silence = {"operation": "Callback", "do": "skip"}
    requests.put(f"{running.simulator}/flows/{flow}", json=about, timeout=10).raise_for_status()
    requests.post(f"{running.simulator}/faults", json=silence, timeout=10).raise_for_status()
    return flow


def _warm(app: Path, running: Stack, flow: str, runs: int) -> dict[str, Any]:
    told = _told(running, "warm_worker.py", app, flow, runs)
    if told["ended"] < _MOST * runs:
        raise RuntimeError(f"Of {runs} runs only {told['ended']} have ended: not all of the work was done.")
    return told


def _told(running: Stack, program: str, *arguments: object) -> dict[str, Any]:
    """Each time in a table of its own, so that no round has more to list than another."""
    own = {
        "RUNS_TABLE": f"memory{uuid4().hex}",
        "PYTHON_THREADPOOL_THREAD_COUNT": str(_THREADS),
    }
    answer: dict[str, Any] = fresh.told(program, *arguments, settings={**running.settings, **own})
    return answer


CASE = Case("memory", "What an idle warm worker holds", _run)
