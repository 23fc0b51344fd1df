"""Starting a run: what is answered, and what Dataverse is asked for."""

import json
from datetime import datetime

import pytest

from tests.e2e.client import Client, body_of, way
from tests.e2e.dataverse import Dataverse
from tests.e2e.deployments import DEFAULT_REFERENCE

EVERY_MEMBER = {
    "runId",
    "flowId",
    "status",
    "statusReason",
    "sessionId",
    "connectionName",
    "runMode",
    "runPriority",
    "timeoutSeconds",
    "clientReference",
    "createdAt",
    "startedAt",
    "completedAt",
    "requestedBy",
    "dataverse",
    "error",
    "history",
    "links",
}


def test_a_start_is_202_with_the_run_and_where_to_follow_it(client: Client, dataverse: Dataverse) -> None:
    """The answer names the run, its signed result in Location, the run in Operation-Location, and when to ask."""
    answer = client.start(dataverse.endless_flow())

    run = body_of(answer, 202)
    assert (
        answer.headers["Operation-Location"] == run["links"]["self"] == f"{client.base}/runs/{run['runId']}"
    )
    assert answer.headers["Location"] == run["links"]["result"]
    assert answer.headers["Location"].startswith(f"{client.base}/results/{run['runId']}?sig=")
    assert int(answer.headers["Retry-After"]) == 10
    assert "Idempotency-Replayed" not in answer.headers


def test_a_run_shows_every_member_of_the_contract(client: Client, dataverse: Dataverse) -> None:
    """No member is missing, none is extra; what is not known yet is null."""
    flow = dataverse.endless_flow()

    run = client.started(flow, clientReference="order 4711")

    assert run.keys() == EVERY_MEMBER
    assert (run["flowId"], run["connectionName"]) == (flow, f"connection-{flow}")
    assert (run["runMode"], run["runPriority"], run["timeoutSeconds"]) == ("unattended", "normal", 10800)
    assert (run["clientReference"], run["requestedBy"], run["error"]) == ("order 4711", None, None)
    assert run["links"].keys() == {"self", "result", "outputs", "cancel", "portal"}


def test_times_are_rfc_3339_in_utc(client: Client, dataverse: Dataverse) -> None:
    """Every time of an ended run ends in Z and lies in order: created, started, completed."""
    ended = client.wait(client.started(dataverse.flow()))

    times = [
        ended["createdAt"],
        ended["startedAt"],
        ended["completedAt"],
        *(each["at"] for each in ended["history"]),
    ]
    assert all(time.endswith("Z") for time in times)
    started, completed = (datetime.fromisoformat(ended[name]) for name in ("startedAt", "completedAt"))
    assert started <= completed


def test_dataverse_is_asked_exactly_once_with_what_was_ordered(client: Client, dataverse: Dataverse) -> None:
    """Mode, time-out, connection and inputs reach the session as they were given; one request starts it."""
    flow = dataverse.endless_flow(inputs={"Invoice": "string", "Amount": "number"})

    run = client.started(
        flow,
        connectionName="machine-7",
        runMode="attended",
        runPriority="high",
        timeoutSeconds=77,
        inputs={"Invoice": "F-1 \u00fc\u20ac", "Amount": 12.5},
    )

    session = dataverse.session(flow)
    assert (session["flowsessionid"], session["connectionid"], session["runmode"]) == (
        run["sessionId"],
        "machine-7",
        1,
    )
    assert (run["runPriority"], run["timeoutSeconds"]) == ("high", 77)
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def test_a_connection_reference_is_an_order_of_its_own_kind(client: Client, dataverse: Dataverse) -> None:
    """A start by reference shows connectionReference in the run, and Dataverse resolves it to a connection."""
    flow = dataverse.endless_flow()

    run = client.started(flow, connectionReference="contoso_FinanceDesk")

    assert run["connectionReference"] == "contoso_FinanceDesk"
    assert "connectionName" not in run
    assert dataverse.session(flow)["connectionid"] != "contoso_FinanceDesk"


def test_a_null_member_counts_as_absent(client: Client, dataverse: Dataverse) -> None:
    """Optional members that are null are as if they had been left out."""
    flow = dataverse.endless_flow()

    run = client.started(
        flow,
        connectionReference=None,
        runPriority=None,
        timeoutSeconds=None,
        inputs=None,
        clientReference=None,
        connectionName="machine",
    )

    assert (run["runPriority"], run["timeoutSeconds"], run["clientReference"]) == ("normal", 10800, None)


def test_ids_are_taken_in_any_letter_case_and_answered_in_lower_case(
    client: Client, dataverse: Dataverse
) -> None:
    """A flow id in capitals starts the same flow; a run id in capitals reads the same run."""
    flow = dataverse.endless_flow()

    run = client.started(flow.upper())
    again = body_of(client.get(f"/runs/{run['runId'].upper()}"), 200)

    assert (run["flowId"], again["runId"]) == (flow, run["runId"])
    assert run["runId"] == run["runId"].lower()


@pytest.mark.parametrize("timeout", [1, 86400, 60.0])
def test_a_time_out_of_one_second_to_a_day_is_taken(
    client: Client, dataverse: Dataverse, timeout: float
) -> None:
    """Both limits are inside, and a whole number may be written with a fraction of zero."""
    run = client.started(dataverse.flow(), timeoutSeconds=timeout)

    assert run["timeoutSeconds"] == timeout


def test_the_first_history_entry_is_the_start_itself(client: Client, dataverse: Dataverse) -> None:
    """A run begins as NotStarted, told by the trigger, at its creation."""
    run = client.started(dataverse.endless_flow())

    assert way(run)[0] == ("NotStarted", "trigger")
    assert run["history"][0]["at"] == run["createdAt"]


def test_a_start_without_a_named_connection_and_without_a_default_is_refused_by_name(
    client: Client, dataverse: Dataverse
) -> None:
    """Where the deployment has no default, the caller is told which setting would give one."""
    flow = dataverse.flow()

    answer = client.send("POST", f"/flows/{flow}/runs", json={"runMode": "attended"})

    assert body_of(answer, 400)["error"]["code"] == "ConnectionRequired"
    assert "DEFAULT_CONNECTION_REFERENCE" in body_of(answer, 400)["error"]["message"]
    assert dataverse.asked("RunDesktopFlow", flow) == 0


def test_the_default_connection_reference_is_for_starts_that_name_none(
    impatient: Client, dataverse: Dataverse
) -> None:
    """The setting stands in; a connection that is named outranks it."""
    flow = dataverse.endless_flow()

    answer = impatient.send("POST", f"/flows/{flow}/runs", data=json.dumps({"runMode": "attended"}))
    named = impatient.started(flow)

    assert body_of(answer, 202)["connectionReference"] == DEFAULT_REFERENCE
    assert "connectionReference" not in named
