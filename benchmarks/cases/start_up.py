"""What a cold worker costs: importing the app, and the first start that it answers."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

import requests

from benchmarks import fresh
from benchmarks.case import Bench, Bound, Case, Figure, Part, Regime, Result
from benchmarks.fresh import LIBRARIES
from benchmarks.rounds import alternated, ratio
from local import stack
from local.stack import Stack

_ROUNDS, _FEW_ROUNDS = 21, 3
_QUIET = {"START_SCHEDULE": "0 0 0 1 1 *"}
"""The stack's own host has nothing to do meanwhile."""
_STEPS = {
    "azure.functions": "azure.functions",
    "function_app": "the app, indexed",
    "requests": "requests",
    "azure.data.tables": "azure.data.tables",
    "azure.identity": "azure.identity",
    "trigger_run.start": "the start's own modules, msgspec",
    "trigger_run": "the start: token, schema, gate, permit, intent, RunDesktopFlow, session",
}
"""In the order in which they are imported, and last what is called."""


def _run(bench: Bench) -> Result:
    rounds = _FEW_ROUNDS if bench.quick else _ROUNDS
    with fresh.deployed() as app, stack.running(bench.log, poll_seconds=3600, settings=_QUIET) as running:
        first_start = _first_start(app, running)
        subjects: dict[str, Callable[[], float]] = {
            "azure.functions": lambda: _import(app, "azure.functions"),
            "app": lambda: _import(app, "azure.functions", "function_app"),
            "four imports": lambda: _import(app, *LIBRARIES),
            "first start": lambda: sum(first_start().values()),
        }
        for once in subjects.values():
            once()  # so that no file is read from the disk in the first round
        seconds = alternated(bench, rounds, subjects)
        bench.say("step by step")
        steps = [first_start(*list(_STEPS)[2:-1]) for _ in range(rounds)]
    bare, ours, four, first = (
        _figure(name, quantity, seconds[name])
        for name, quantity in zip(subjects, ("import", "import", "import", "first answer"), strict=True)
    )
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=_METHOD,
        figures=(bare, ours, four, first),
        checks=(
            ratio("import of the app, over azure.functions alone", ours, bare, Bound.AT_MOST, 1.25),
            ratio("first answered start, over the four imports", first, four, Bound.AT_MOST, 1.3),
        ),
        breakdown=tuple(
            Part(name=told, milliseconds=median(1000 * each[step] for each in steps))
            for step, told in _STEPS.items()
        ),
        notes=(
            f"The four imports are {', '.join(LIBRARIES)}: all that a start needs of others but msgspec.",
            "The breakdown is of runs of its own, in which the libraries are imported one by one before the start.",
        ),
    )


_METHOD = (
    "Each sample is a process of its own, alternated, on compiled code: it imports the app as a worker does, last on the path, and indexes it; "
    "for the first start it then calls the function registered as trigger_run, with inputs, a connection that nobody has used, "
    "a token from the identity endpoint and the flow's schema from Dataverse. Counted from the program's first line: the interpreter's own start is in none."
)


def _import(app: Path, *modules: str) -> float:
    seconds: float = fresh.told("imports.py", app, *modules)["seconds"]
    return seconds


def _first_start(app: Path, running: Stack) -> Callable[..., dict[str, float]]:
    flow = str(uuid4())
    about = {
        "name": "Started cold",
        "inputs": {"InvoiceNumber": "string"},
        "waitSeconds": 0,
        "runSeconds": None,
    }
    requests.put(f"{running.simulator}/flows/{flow}", json=about, timeout=10).raise_for_status()

    def steps(*modules: str) -> dict[str, float]:
        told: dict[str, float] = fresh.told(
            "first_trigger.py", app, flow, *modules, settings=running.settings
        )
        return told

    return steps


def _figure(subject: str, quantity: str, seconds: list[float]) -> Figure:
    return Figure(
        subject=subject, quantity=quantity, unit="ms", samples=tuple(1000 * each for each in seconds)
    )


CASE = Case("start_up", "A cold worker: import of the app, and its first start", _run)
