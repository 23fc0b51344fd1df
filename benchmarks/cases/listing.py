"""Lists of runs: what a page costs when there is much history, and when there is little."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import median
from urllib.parse import parse_qs, urlsplit

import azure.functions as func

from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.rounds import alternated
from benchmarks.scale.following import Follower, follower
from benchmarks.scale.ground import BASE, ground
from benchmarks.scale.history import FLOWS, reference, write_history
from run_status.listing import list_runs
from shared.http.call import Call
from shared.http.serve import answered
from shared.run.model import Run
from shared.storage.shards import SHARDS

_TITLE = "A page of the list of runs"
_LITTLE = 100
_AGE, _SPREAD = timedelta(days=30), timedelta(days=29)

type Filters = Mapping[str, Mapping[str, str]]


def run(bench: Bench) -> Result:
    much, rounds = (2_000, 2) if bench.quick else (100_000, 5)
    with ground(bench.log) as found:
        filters = dict[str, Filters]()
        for table, size in (("much", much), ("little", _LITTLE)):
            runs = write_history(bench, found, size, [table], age=_AGE, spread=_SPREAD)
            filters[table] = _filters(runs)
        with (
            follower(found, {"RUNS_TABLE": "much"}) as one,
            follower(found, {"RUNS_TABLE": "little"}) as other,
        ):
            subjects = {
                f"{much:,} runs": lambda: _Pages(one, filters["much"]),
                f"{_LITTLE:,} runs": lambda: _Pages(other, filters["little"]),
            }
            pages = alternated(bench, rounds, subjects)
    return Result(
        case="listing",
        title=_TITLE,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=(
            f"The first page and the second, 50 runs and 1,000, by each of {len(filters['much'])} filters, over {much:,} ended runs and over "
            f"{_LITTLE:,}. Every request to the table is counted; a query is a page of entities. One that names no partition would be refused."
        ),
        figures=tuple(figure for subject, told in pages.items() for figure in _figures(subject, told)),
        checks=tuple(
            Check(
                claim=f"storage requests of a list, the most of all filters: {subject}",
                value=max(max(each.requests) for each in told),
                bound=Bound.AT_MOST,
                limit=SHARDS,
            )
            for subject, told in pages.items()
        ),
    )


class _Pages:
    """Each filter's pages, as one caller reads them after another."""

    def __init__(self, one: Follower, filters: Filters) -> None:
        self.requests, self.milliseconds = list[int](), list[float]()
        for wanted in filters.values():
            for size in ("50", "1000"):
                token = self._ask(one, {**wanted, "maxPageSize": size})
                if token is not None:
                    self._ask(one, {**wanted, "maxPageSize": size, "continuationToken": token})

    def _ask(self, one: Follower, parameters: Mapping[str, str]) -> str | None:
        one.storage.requests.clear()
        request = func.HttpRequest(method="GET", url=f"{BASE}/api/runs", params=dict(parameters), body=b"")
        began = time.perf_counter()
        answer = answered(one.app, Call(request, BASE), list_runs)
        self.milliseconds.append((time.perf_counter() - began) * 1000)
        self.requests.append(len(one.storage.requests))
        return _token(answer)


def _token(answer: func.HttpResponse) -> str | None:
    """Where the next page begins."""
    link = json.loads(answer.get_body()).get("nextLink")
    return None if link is None else parse_qs(urlsplit(link).query)["continuationToken"][0]


def _filters(runs: Sequence[Run]) -> Filters:
    """Each alone, and those that go together. The times lie in the middle of the history."""
    middle = runs[len(runs) // 2].created_at
    status, flow = {"status": "Failed"}, {"flowId": FLOWS[3]}
    ordered = {"clientReference": reference(len(runs) // 2)}
    before = {"createdBefore": middle.isoformat()}
    after = {"createdAfter": (middle - timedelta(hours=1)).isoformat()}
    return {
        "none": {},
        "status": status,
        "flow": flow,
        "flow and status": {**flow, **status},
        "client reference": ordered,
        "client reference and status": {**ordered, **status},
        "before": before,
        "after": after,
        "between": {**after, **before},
        "all": {**flow, **status, **after, **before},
    }


def _figures(subject: str, told: Sequence[_Pages]) -> tuple[Figure, ...]:
    return (
        Figure(
            subject=subject,
            quantity="storage requests, the most of a page",
            samples=tuple(max(each.requests) for each in told),
        ),
        Figure(
            subject=subject,
            quantity="p50 of a page",
            unit="ms",
            samples=tuple(median(each.milliseconds) for each in told),
        ),
    )


CASE = Case("listing", _TITLE, run)
