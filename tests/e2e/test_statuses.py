"""What each of Dataverse's status codes makes of a run."""

import pytest

from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse

ENDS = [
    (4, "Succeeded", None),
    (5, "Failed", "Skipped"),
    (7, "Canceled", None),
    (8, "Failed", "NoInk"),
    (9, "Failed", "NoInk"),
    (10, "Failed", "TimedOut"),
    (11, "Failed", "Aborted"),
    (12, "Failed", "Ignored"),
    (13, "Failed", "SessionDeleted"),
    (14, "Failed", "Terminated"),
]
LABELS = {
    4: "Succeeded",
    5: "Skipped",
    7: "Canceled",
    8: "Failed",
    9: "Faulted",
    10: "TimedOut",
    11: "Aborted",
    12: "Ignored",
    13: "Deleted",
    14: "Terminated",
}


@pytest.mark.parametrize(("code", "status", "error"), ENDS)
def test_an_end_is_told_in_our_words_and_in_dataverse_s(
    client: Client, dataverse: Dataverse, code: int, status: str, error: str | None
) -> None:
    """Status, error code and label; what Dataverse said of a failure stands verbatim in the error."""
    flow = dataverse.endless_flow()
    run = client.started(flow)
    said = (
        {}
        if error is None
        else {"errorcode": "NoInk", "errormessage": "The printer is <empty>.\n\u00bb!\u00ab"}
    )
    dataverse.move(dataverse.session(flow), code, **said)

    ended = client.wait(run)

    assert (ended["status"], ended["statusReason"]) == (status, None)
    assert ended["dataverse"] == {"statusCode": code, "label": LABELS[code]}
    assert ended["completedAt"] is not None
    if error is None:
        assert ended["error"] is None
    else:
        assert (ended["error"]["code"], ended["error"]["message"]) == (error, said["errormessage"])


@pytest.mark.parametrize(
    ("code", "shown_as"),
    [
        (1, ("Running", None, "Paused")),
        (2, ("Running", None, "Running")),
        (6, ("Running", None, "Suspended")),
        (3, ("NotStarted", "WaitingForMachine", "Waiting")),
        (0, ("NotStarted", None, "NotSpecified")),
    ],
)
def test_an_open_status_is_shown_as_it_is(
    client: Client, dataverse: Dataverse, code: int, shown_as: tuple[str, str | None, str]
) -> None:
    """The run stays open; a code that says nothing keeps what was."""
    flow = dataverse.flow(waitSeconds=3600)
    run = client.started(flow)
    dataverse.move(dataverse.session(flow), code)

    shown = client.wait_for(run, lambda shown: (shown["dataverse"] or {}).get("statusCode") == code)

    assert (shown["status"], shown["statusReason"], shown["dataverse"]["label"]) == shown_as
    assert (shown["completedAt"], shown["error"]) == (None, None)


def test_a_run_that_was_not_told_why_it_failed_says_so(client: Client, dataverse: Dataverse) -> None:
    """Dataverse gave no code: ours stands in its place, so that error is never empty."""
    ended = client.wait(client.started(dataverse.flow(ends="Failed")))

    assert ended["error"]["code"] == "DesktopFlowFailed"


@pytest.mark.parametrize("code", [11, 14])
def test_an_end_that_is_only_inferred_waits_for_a_second_look(
    client: Client, dataverse: Dataverse, code: int
) -> None:
    """Without completedon a single read does not end a run, and a later sure end is taken instead."""
    dataverse.switch(completedonOnInferredEnds=False)
    flow = dataverse.endless_flow()
    run = client.wait(client.started(flow), "Running")
    dataverse.move(dataverse.session(flow), code)

    doubted = client.wait_for(run, lambda shown: shown["dataverse"]["statusCode"] == code)
    dataverse.move(dataverse.session(flow), 4)

    assert doubted["status"] == "Running"
    assert client.wait(run)["status"] == "Succeeded"


def test_an_ended_run_never_changes(client: Client, dataverse: Dataverse) -> None:
    """Whatever Dataverse says afterwards, and whoever asks."""
    flow = dataverse.flow()
    ended = client.wait(client.started(flow))

    dataverse.move(dataverse.session(flow), 8, errorcode="Late", errormessage="Too late.")
    client.cancel(ended)

    assert client.run(ended) == ended
