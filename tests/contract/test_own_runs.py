"""Where callers are told apart, each has its own runs and keys."""

import json

import pytest

from cancel_run.cancel import cancel
from run_status.reading import get_outputs, get_result, get_run
from shared.http.caller import Caller
from shared.http.use_case import UseCase
from subscriptions.run_deliveries import list_run_deliveries
from tests.support.callers import ALICE, BOB, OPERATOR
from tests.support.metered import Metered

USE_CASES = (get_run, get_result, get_outputs, cancel, list_run_deliveries)


def code_of(metered: Metered, use_case: UseCase, run_id: str, caller: Caller | None) -> str | None:
    metered.caller = caller
    code: str | None = metered.call(use_case, runId=run_id).headers.get("x-ms-error-code")
    return code


@pytest.fixture
def alices(metered: Metered, flow: str) -> str:
    """A run of Alice's."""
    metered.caller = ALICE
    return str(metered.started(flow, key="k")["runId"])


@pytest.mark.parametrize("use_case", USE_CASES)
def test_anothers_run_is_not_there(metered: Metered, alices: str, use_case: UseCase) -> None:
    """404 RunNotFound, after one look at the table and none at Dataverse; the run is as it was."""
    assert (0, 1) == metered.cost(lambda: code_of(metered, use_case, alices, BOB))
    assert "RunNotFound" == code_of(metered, use_case, alices, BOB)

    metered.caller = ALICE
    assert metered.read(alices)["status"] in {"NotStarted", "Running"}


@pytest.mark.parametrize("use_case", USE_CASES)
@pytest.mark.parametrize("caller", [ALICE, OPERATOR, None])
def test_ones_own_run_and_with_read_all_everybodys(
    metered: Metered, alices: str, use_case: UseCase, caller: Caller | None
) -> None:
    """Its starter, Runs.ReadAll, and where callers are not told apart, anybody."""
    assert code_of(metered, use_case, alices, caller) in {None, "RunNotFinished"}


def test_lists_hold_ones_own_runs(metered: Metered, flow: str, alices: str) -> None:
    """Whatever the filter; Runs.ReadAll lists everybody's, and runs that are nobody's."""
    metered.caller = BOB
    bobs = metered.started(flow)["runId"]
    metered.caller = None
    nobodys = metered.started(flow)["runId"]

    def listed(caller: Caller, **filters: str) -> set[str]:
        metered.caller = caller
        return {run["runId"] for run in metered.listed(**filters)}

    for filters in ({}, {"flowId": flow}, {"maxPageSize": "3"}):
        assert {alices} == listed(ALICE, **filters)
        assert {bobs} == listed(BOB, **filters)
        assert {alices, bobs, nobodys} == listed(OPERATOR, **filters)


def test_a_run_says_who_asked_for_it_and_who_cancelled_it(metered: Metered, alices: str) -> None:
    """By their names; their ids are shown to nobody."""
    metered.caller = OPERATOR
    metered.call(cancel, runId=alices)
    run = metered.read(alices)

    assert ALICE.name == run["requestedBy"]
    assert {OPERATOR.name} == {entry["by"] for entry in run["history"] if entry["status"] == "Canceling"}
    assert ALICE.id not in json.dumps(run)


def test_each_caller_has_its_own_idempotency_keys(metered: Metered, flow: str, alices: str) -> None:
    """The same key of two callers is two starts; of one caller, with another name by now, one."""
    metered.caller = BOB
    assert alices != metered.started(flow, key="k")["runId"]
    metered.caller = None
    assert alices != metered.started(flow, key="k")["runId"]
    metered.caller = Caller(id=ALICE.id, name="renamed", roles=ALICE.roles)
    assert alices == metered.started(flow, key="k")["runId"]


def test_telling_callers_apart_costs_nothing(metered: Metered, flow: str) -> None:
    """A start, a page and a repetition ask as much as without."""
    metered.caller = ALICE
    metered.started(flow, connection="warm")

    assert (1, 3) == metered.cost(lambda: metered.started(flow, key="a", connection="warm"))
    assert (0, 2) == metered.cost(lambda: metered.started(flow, key="a", connection="warm"))
    assert (0, 16) == metered.cost(metered.listed)
