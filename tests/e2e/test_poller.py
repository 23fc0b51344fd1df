"""The poller: whatever no callback tells, it finds out, and never at a request for each run."""

import pytest

from tests.e2e.client import Client, eventually, way
from tests.e2e.dataverse import Dataverse


@pytest.fixture
def uncalled(dataverse: Dataverse) -> Dataverse:
    """Dataverse sends no callbacks."""
    dataverse.fault("Callback", "skip")
    return dataverse


def test_a_run_whose_callback_never_comes_ends_by_the_poller(client: Client, uncalled: Dataverse) -> None:
    """The timer's next pass or two find the end, and the history says by whom."""
    run = client.started(uncalled.flow(outputValues={"Total": 3}))

    eventually(lambda: client.run(run)["status"] == "Succeeded", seconds=5)

    assert way(client.run(run))[-1] == ("Succeeded", "poller")
    assert client.outputs(run).json() == {"Total": 3}


def test_the_poller_tells_that_a_run_has_begun(client: Client, uncalled: Dataverse) -> None:
    """Running, since when, and by whose word, while the run goes on."""
    run = client.started(uncalled.endless_flow())

    running = client.wait(run, "Running")

    assert way(running) == [("NotStarted", "trigger"), ("Running", "poller")]
    assert running["startedAt"] is not None
    assert running["completedAt"] is None
    assert running["dataverse"] == {"statusCode": 2, "label": "Running"}


def test_a_queued_run_waits_for_its_machine(client: Client, uncalled: Dataverse) -> None:
    """Dataverse's queue shows as NotStarted, WaitingForMachine."""
    run = client.started(uncalled.flow(waitSeconds=3600))

    queued = client.wait_for(run, lambda shown: shown["dataverse"])

    assert (queued["status"], queued["statusReason"]) == ("NotStarted", "WaitingForMachine")
    assert queued["dataverse"] == {"statusCode": 3, "label": "Waiting"}


def test_many_runs_cost_no_request_each(client: Client, uncalled: Dataverse) -> None:
    """Their ends are read from lists: no session is read by itself."""
    flow = uncalled.flow(runSeconds=1)
    runs = [client.started(flow) for _ in range(12)]

    ended = [client.wait(run) for run in runs]

    assert {run["status"] for run in ended} == {"Succeeded"}
    assert sum(uncalled.asked("RetrieveSession", run["sessionId"]) for run in ended) == 0


@pytest.mark.parametrize(
    "rule",
    [
        {"do": "status", "status": 500},
        {"do": "status", "status": 429, "code": "0x80072322", "retryAfter": 1},
        {"do": "status", "status": 403},
        {"do": "drop-connection"},
        {"do": "lose-response"},
    ],
)
def test_a_pass_that_fails_is_made_up_for_by_a_later_one(
    client: Client, uncalled: Dataverse, rule: dict[str, object]
) -> None:
    """Two lists fail, whatever the cause; the run still ends as Dataverse says."""
    uncalled.fault("ListSessions", times=2, **rule)  # type: ignore[arg-type]  # the rows of the table above

    ended = client.wait(client.started(uncalled.flow()))

    assert way(ended)[-1] == ("Succeeded", "poller")


def test_a_session_that_is_not_shown_yet_is_waited_for(client: Client, uncalled: Dataverse) -> None:
    """A new row that is missing from lists and reads for a while does not become a deleted one."""
    uncalled.switch(hiddenFromListsSeconds=3, unreadableSeconds=3)

    ended = client.wait(client.started(uncalled.flow()))

    assert (ended["status"], ended["error"]) == ("Succeeded", None)


def test_a_session_that_is_gone_is_not_believed_at_once(client: Client, uncalled: Dataverse) -> None:
    """Direct reads that say 404 leave a run open within its grace period."""
    flow = uncalled.endless_flow()
    run = client.wait(client.started(flow), "Running")
    uncalled.purge(uncalled.session(flow))

    later = client.wait_for(run, lambda _: uncalled.asked("RetrieveSession", run["sessionId"]) >= 2)

    assert (later["status"], later["error"]) == ("Running", None)


def test_a_status_that_is_not_documented_keeps_the_run_open(client: Client, uncalled: Dataverse) -> None:
    """It is shown with its number, and the run stays as it was until a known one comes."""
    flow = uncalled.endless_flow()
    run = client.wait(client.started(flow), "Running")
    uncalled.move(uncalled.session(flow), 42)

    strange = client.wait_for(run, lambda shown: shown["dataverse"]["statusCode"] == 42)
    uncalled.move(uncalled.session(flow), 4)

    assert (strange["status"], strange["error"]) == ("Running", None)
    assert client.wait(run)["status"] == "Succeeded"


def test_reading_runs_asks_nothing_of_dataverse(client: Client, uncalled: Dataverse) -> None:
    """The run, its open result and the list come from our own rows, however often they are read."""
    run = client.started(uncalled.endless_flow())
    session = run["sessionId"]

    for _ in range(5):
        client.run(run)
        client.result(run)
        client.get("/runs", {"flowId": run["flowId"]})

    assert uncalled.asked("RetrieveSession", session) == 0
    assert uncalled.asked("RetrieveOutputs", session) == 0


def test_without_a_base_for_callbacks_polling_does_it_all(impatient: Client, dataverse: Dataverse) -> None:
    """Dataverse is given no callback URL, and the run ends all the same."""
    flow = dataverse.flow()

    ended = impatient.wait(impatient.started(flow))

    assert way(ended)[-1] == ("Succeeded", "poller")
    assert dataverse.session(flow)["callbackurl"] is None
