"""A missing right is named as such, wherever it shows, and is never taken for a deleted run."""

import pytest

from tests.e2e.client import Client, Json, body_of, eventually, refusal
from tests.e2e.dataverse import Dataverse


@pytest.fixture
def hidden(client: Client, dataverse: Dataverse) -> Json:
    """A running run whose session Dataverse no longer shows: our access was lowered from Owner to User."""
    run = client.wait(client.started(dataverse.endless_flow()), "Running")
    dataverse.switch(accessLevel="User")
    return client.wait_for(run, lambda shown: shown["statusReason"] == "StatusNotPermitted")


def test_user_access_is_enough_to_start(client: Client, dataverse: Dataverse) -> None:
    """Dataverse lets a user start what it does not let it follow."""
    dataverse.switch(accessLevel="User")

    run = client.started(dataverse.endless_flow())

    assert run["sessionId"] is not None


def test_a_status_that_may_not_be_read_keeps_the_run_open(
    client: Client, dataverse: Dataverse, hidden: Json
) -> None:
    """Running, StatusNotPermitted, without an error; once the right is given the run goes on as if nothing had been."""
    assert (hidden["status"], hidden["error"]) == ("Running", None)

    dataverse.switch(accessLevel="Owner")

    again = client.wait_for(hidden, lambda shown: shown["statusReason"] is None)
    assert (again["status"], again["error"]) == ("Running", None)


def test_a_session_purged_while_it_was_hidden_does_not_end_the_run(
    client: Client, dataverse: Dataverse, hidden: Json
) -> None:
    """While we may not look, nothing is concluded; once we may, the reason goes, and a first 404 still ends nothing."""
    reads = dataverse.asked("RetrieveSession", hidden["sessionId"])
    dataverse.purge(dataverse.session_of(hidden))

    later = client.wait_for(
        hidden, lambda _: dataverse.asked("RetrieveSession", hidden["sessionId"]) >= reads + 2
    )
    dataverse.switch(accessLevel="Owner")
    readable = client.wait_for(hidden, lambda shown: shown["statusReason"] is None, seconds=5)

    assert (later["status"], later["statusReason"], later["error"]) == ("Running", "StatusNotPermitted", None)
    assert (readable["status"], readable["error"]) == ("Running", None)


def test_a_cancel_that_is_not_permitted_names_the_privilege(client: Client, hidden: Json) -> None:
    """403 with what is missing; the run stays open and says that its cancel was refused."""
    refused = refusal(client.cancel(hidden))

    assert refused.said == (403, "PrivilegeMissing")
    assert "prvWriteflowsession" in refused.message
    assert refused.details[0]["code"] == "0x80040220"
    run = client.run(hidden)
    assert (run["status"], run["error"]["code"]) == ("Running", "CancelRefused")


def test_outputs_that_are_not_permitted_name_the_privilege(client: Client, dataverse: Dataverse) -> None:
    """403 for the outputs; the result is 200 without them, and says the same."""
    run = client.wait(client.started(dataverse.flow(outputValues={"Total": 1})))
    dataverse.switch(accessLevel="User")

    refused = refusal(client.outputs(run))

    assert refused.said == (403, "PrivilegeMissing")
    assert "prvReadflowsession" in refused.message
    assert body_of(client.result(run), 200)["outputsError"]["code"] == "PrivilegeMissing"


def test_a_callback_that_may_not_be_verified_is_put_off(client: Client, dataverse: Dataverse) -> None:
    """503, so that Dataverse sends it again; the run stays open and says why."""
    dataverse.fault("ListSessions", "drop-connection")
    dataverse.switch(accessLevel="User", callbackRetrySeconds=0.1)

    run = client.started(dataverse.flow())

    answers = dataverse.callback_answers(run, 1)
    shown = client.run(run)
    assert answers[0] == 503
    assert (shown["statusReason"], shown["error"]) == ("StatusNotPermitted", None)


def test_health_turns_red_while_sessions_are_hidden(
    client: Client, dataverse: Dataverse, hidden: Json
) -> None:
    """The entry for permissions says what to give; it is green again once the right is there."""

    def permissions() -> Json:
        told: Json = client.get("/health", keyed=False).json()["dependencies"]["permissions"]
        return told

    eventually(lambda: permissions()["status"] == "unhealthy")
    assert "Owner" in permissions()["message"]

    dataverse.switch(accessLevel="Owner")
    eventually(lambda: permissions()["status"] == "healthy")


@pytest.mark.parametrize("path", ["/flows/{flow}", "/flows/{flow}/inputs"])
def test_a_flow_that_may_not_be_read_names_the_privilege(
    client: Client, dataverse: Dataverse, path: str
) -> None:
    """403 PrivilegeMissing, prvReadworkflow; never "no such flow"."""
    flow = dataverse.flow()
    dataverse.switch(readWorkflow=False)

    refused = refusal(client.get(path.format(flow=flow)))

    assert refused.said == (403, "PrivilegeMissing")
    assert "prvReadworkflow" in refused.message


def test_an_app_that_is_no_user_of_the_environment_is_told_so(client: Client, dataverse: Dataverse) -> None:
    """403 ApplicationUserMissing says what to add; nothing was started and the run is Failed for that reason."""
    flow = dataverse.flow()
    dataverse.switch(applicationUser=False)

    refused = refusal(client.start(flow))

    assert refused.said == (403, "ApplicationUserMissing")
    assert "application user" in refused.message
    (run,) = client.listed(flowId=flow)
    assert (run["status"], run["error"]["code"]) == ("Failed", "ApplicationUserMissing")
