"""Looks from outside, once things are quiet: at what the API tells, and at what Dataverse did."""

from collections import Counter
from collections.abc import Sequence

from tests.e2e.client import ENDED, Client, Json, eventually
from tests.e2e.dataverse import Dataverse
from tests.fire.crowd import Answered

TRUTH = {4: "Succeeded", 7: "Canceled", 8: "Failed"}
_REMEMBERED = 1000
"""How many requests the simulator can show."""
_NEVER_STARTED = {"StartUnconfirmed", "TooManyRequests", "DataverseUnavailable", "CanceledBeforeStart"}


def judge(client: Client, dataverse: Dataverse, answers: Sequence[Answered], *flows: str) -> list[Json]:
    """Asserts every promise about these flows' runs, and answers the runs."""
    runs = eventually(lambda: _all_ended(client, flows), seconds=30)
    sessions = dataverse.sessions(*flows)
    _each_session_has_its_own_run(runs, sessions)
    _each_run_tells_the_truth(runs, sessions)
    _as_many_sessions_as_accepted_starts(dataverse, sessions, flows)
    _answers_were_true(runs, answers)
    return runs


def _all_ended(client: Client, flows: Sequence[str]) -> list[Json]:
    runs = [run for flow in flows for run in client.listed(flowId=flow, maxPageSize="1000")]
    return runs if runs and all(run["status"] in ENDED for run in runs) else []


def _each_session_has_its_own_run(runs: Sequence[Json], sessions: Sequence[Json]) -> None:
    recorded = {run["runId"]: run["sessionId"] for run in runs if run["sessionId"] is not None}
    called = {session["callbackurl"].split("/")[-2]: session["flowsessionid"] for session in sessions}
    assert len(called) == len(sessions), "two sessions were started for one run"
    assert recorded == called, "a session is not the one that its run has recorded"


def _each_run_tells_the_truth(runs: Sequence[Json], sessions: Sequence[Json]) -> None:
    truth = {session["flowsessionid"]: TRUTH[session["statuscode"]] for session in sessions}
    for run in runs:
        if run["sessionId"] is not None:
            assert run["status"] == truth[run["sessionId"]], run
        elif run["status"] != "Canceled":
            assert run["error"]["code"] in _NEVER_STARTED, run


def _as_many_sessions_as_accepted_starts(
    dataverse: Dataverse, sessions: Sequence[Json], flows: Sequence[str]
) -> None:
    shown = dataverse.all_requests()
    assert len(shown) < _REMEMBERED, "the simulator no longer shows all that was asked of it"
    starts = [
        entry
        for entry in shown
        if entry["operation"] == "RunDesktopFlow" and any(flow in entry["path"] for flow in flows)
    ]
    accepted = [entry for entry in starts if entry["status"] == 200 or entry.get("fault") == "lose-response"]
    assert len(sessions) == len(accepted)


def _answers_were_true(runs: Sequence[Json], answers: Sequence[Answered]) -> None:
    known = {run["runId"] for run in runs}
    sessions = Counter(run["clientReference"] for run in runs if run["sessionId"] is not None)
    promised = {answer.order.reference for answer in answers if answer.run_id is not None}
    unheard = {answer.order.reference for answer in answers if answer.status is None}
    assert {answer.run_id for answer in answers} - {None} <= known, "a run that was promised is not there"
    assert max(sessions.values(), default=0) <= 1, "an order was started twice"
    assert sessions.keys() <= promised | unheard, "what was refused was started"
