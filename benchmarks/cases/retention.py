"""Old runs that are removed: what that asks of the table, and what the starts notice of it meanwhile."""

import json
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import azure.functions as func
import requests

from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.rounds import alternated, distribution, percentile, ratio
from benchmarks.scale.following import Follower, follower
from benchmarks.scale.ground import BASE, RUNS_TABLE, Ground, ground
from benchmarks.scale.history import write_history
from benchmarks.scale.removing import is_anything_left, removing, take_turn
from local.dataverse.catalogue import WATCH_INBOX
from shared.http.call import Call
from shared.http.serve import answered
from trigger_run.start import run_and_wait

_TITLE = "Retention"
_AGE, _SPREAD = timedelta(days=200), timedelta(days=50)
_REMOVAL, _ALONE, _BESIDE = "Deskhand, removing", "starts alone", "starts while old runs are removed"
_STARTS_A_SECOND = 15
_CALLER = "9f0c6a3e-2b71-4d58-8c9e-0a5d7f3b1e64"


def run(bench: Bench) -> Result:
    removed, history, starts, rounds = (1_500, 4_000, 30, 2) if bench.quick else (5_000, 40_000, 150, 5)
    with ground(bench.log) as found:
        found.control("PATCH", "settings", {"connectionRateLimit": None})
        costs = {
            "": _removal(bench, found, removed, "keys", caller=None),
            " of callers who are told apart": _removal(bench, found, removed, "callers", caller=_CALLER),
        }
        write_history(bench, found, history, [RUNS_TABLE], age=_AGE, spread=_SPREAD)
        with follower(found) as ours:
            _starts(ours, starts)
            told = alternated(
                bench,
                rounds,
                {
                    _ALONE: _among(ours, starts, nullcontext),
                    _BESIDE: _among(ours, starts, lambda: removing(found)),
                },
            )
            assert is_anything_left(ours)
    alone, beside = (_p50(subject, told[subject]) for subject in (_ALONE, _BESIDE))
    return Result(
        case="retention",
        title=_TITLE,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=(
            f"{removed:,} old runs, each with all its rows, are removed and the requests to the table counted. Then {starts} starts, "
            f"{_STARTS_A_SECOND} a second, alone and while another process removes runs from the same table, of which there are {history:,}."
        ),
        figures=(
            *(
                Figure(
                    subject=_REMOVAL, quantity=f"storage requests for each run{whose}", samples=(requests_,)
                )
                for whose, requests_ in costs.items()
            ),
            alone,
            beside,
        ),
        checks=(
            *(
                Check(
                    claim=f"storage requests for each run that is removed{whose}",
                    value=requests_,
                    bound=Bound.AT_MOST,
                    limit=0.1,
                )
                for whose, requests_ in costs.items()
            ),
            ratio("p50 of starts meanwhile over p50 alone", beside, alone, Bound.AT_MOST, 1.2),
        ),
        distributions=tuple(
            distribution(subject, "a start", [each for round_ in rounds_ for each in round_])
            for subject, rounds_ in told.items()
        ),
        notes=(
            "The table's process shares this machine's cores with whoever asks it; in Azure it does not.",
        ),
    )


def _removal(bench: Bench, found: Ground, count: int, table: str, *, caller: str | None) -> float:
    """Storage requests for each run that is removed."""
    runs = write_history(bench, found, count, [table], age=_AGE, spread=_SPREAD, caller=caller)
    bench.say(f"removing {len(runs):,} runs")
    asked = 0
    with follower(found, {"RUNS_TABLE": table}) as ours:
        while is_anything_left(ours):
            ours.storage.requests.clear()
            take_turn(ours)
            asked += len(ours.storage.requests)
    return asked / count


def _among(
    ours: Follower, count: int, what: Callable[[], AbstractContextManager[None]]
) -> Callable[[], list[float]]:
    def measured() -> list[float]:
        with what():
            return _starts(ours, count)

    return measured


def _starts(ours: Follower, count: int) -> list[float]:
    """Milliseconds of each."""
    took, began = list[float](), time.perf_counter()
    for number in range(count):
        time.sleep(max(began + number / _STARTS_A_SECOND - time.perf_counter(), 0))
        sent = time.perf_counter()
        answer = answered(ours.app, Call(_order(), BASE), run_and_wait)
        took.append((time.perf_counter() - sent) * 1000)
        if answer.status_code != requests.codes.accepted:
            raise RuntimeError(f"A start was answered {answer.status_code}: {answer.get_body()!r}")
    return took


def _order() -> func.HttpRequest:
    """Each with a connection of its own: its pace is not what is measured."""
    name = str(uuid.uuid4())
    return func.HttpRequest(
        method="POST",
        url=f"{BASE}/api",
        route_params={"flowId": WATCH_INBOX},
        headers={"idempotency-key": name},
        body=json.dumps(
            {"connectionName": name, "runMode": "unattended", "inputs": {"Folder": "Invoices"}}
        ).encode(),
    )


def _p50(subject: str, rounds: list[list[float]]) -> Figure:
    return Figure(
        subject=subject, quantity="p50", unit="ms", samples=tuple(percentile(each, 50) for each in rounds)
    )


CASE = Case("retention", _TITLE, run)
