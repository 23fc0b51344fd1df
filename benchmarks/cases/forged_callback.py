"""What a forged callback costs: not much more than any request, and no request to anybody."""

from urllib.parse import urlsplit

import azure.functions as func

from benchmarks.beside_plain import CALLERS, Ground, Subject, ground, throughput
from benchmarks.case import Bench, Bound, Case, Check, Regime, Result
from benchmarks.counted import counted
from benchmarks.crowd import Ask
from benchmarks.rounds import ratio
from benchmarks.small_asks import empty, forged
from callback_handler.verification import verify
from shared.http.call import Call
from shared.http.serve import answered
from shared.wiring import Deskhand

_TARGET = 0.85
_RUNS = 500
_OURS, _EMPTY = "a forged callback", "an empty function"


def run(bench: Bench) -> Result:
    rounds, seconds = (2, 1.0) if bench.quick else (11, 3.0)
    with ground(bench, _RUNS) as there:
        false = list(forged(there.runs, there.app.signatures))
        subjects = {
            _OURS: Subject(there.stack.functions, false, 404),
            _EMPTY: Subject(there.plain.base, list(empty(there.runs)), 200),
        }
        figures = throughput(bench, rounds, seconds, subjects)
        requests = _requests(there, false)
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=f"{CALLERS} callers who never rest, {seconds:.0f} s a round: callbacks of {_RUNS} runs with a false signature, against "
        f"requests as large to a function that answers at once, on the same host. Requests are counted where the same {_RUNS} are "
        "handled in one process.",
        figures=tuple(figures.values()),
        checks=(
            ratio(
                "answers a second over an empty function's",
                figures[_OURS],
                figures[_EMPTY],
                Bound.AT_LEAST,
                _TARGET,
            ),
            Check(
                claim=f"requests to storage and Dataverse, {_RUNS} callbacks",
                value=requests,
                bound=Bound.AT_MOST,
                limit=0,
            ),
        ),
    )


def _requests(there: Ground, asks: list[Ask]) -> int:
    with counted(there.stack.settings) as (app, sent):
        for ask in asks:
            _handle(app, ask)
        return len(sent)


def _handle(app: Deskhand, ask: Ask) -> func.HttpResponse:
    """As the binding would call it."""
    *_, run_id, signature = urlsplit(ask.path).path.split("/")
    request = func.HttpRequest(
        method=ask.method,
        url=ask.path,
        headers=ask.headers,
        route_params={"runId": run_id, "signature": signature},
        body=ask.body.encode(),
    )
    return answered(app, Call(request, app.settings.public_base_url), verify)


CASE = Case("forged_callback", "A forged callback", run)
