"""python3 -m infra.preflight --run: what only a run proves, and what is left of it."""

import pytest

from infra.preflight import following, looking
from infra.preflight.cli import parse
from local.dataverse.catalogue import CLOSE_MONTH, POST_TO_LEDGER
from tests.e2e.client import Client, Json, eventually
from tests.e2e.dataverse import Dataverse
from tests.support.preflight import REPORT, Command
from tests.support.pretender import Pretender


def running(flow: str, *more: str) -> list[str]:
    return ["--run", flow, "--connection", f"connection-{flow}", *more]


def outcomes(checks: dict[str, Json]) -> dict[str, str]:
    return {name: each["outcome"] for name, each in checks.items()}


def test_a_run_proves_what_nothing_else_does(command: Command, dataverse: Dataverse) -> None:
    """Followed, read, and a second one cancelled: Owner access and the connection are known to be good."""
    flow = dataverse.flow(runSeconds=1, outputs={"Total": "number"}, outputValues={"Total": 7})
    code, checks = command(*running(flow))

    assert 0 == code
    found = outcomes(checks)
    steps = ("run.start", "run.follow", "run.outputs", "run.cancel", "ownerAccess", "connection", "flow")
    assert dict.fromkeys(steps, "passed") == {name: found[name] for name in steps}
    assert [7, 4] == [session["statuscode"] for session in reversed(dataverse.sessions(flow))]


def test_a_run_that_fails_says_how(command: Command) -> None:
    """The connection is not proved by it."""
    code, checks = command(*running(POST_TO_LEDGER, "--inputs", '{"Entry": "x"}'))

    assert 1 == code
    assert "SessionExistsForTheUserWhenUnattended" in checks["run.follow"]["message"]
    assert "unknown" == checks["connection"]["outcome"]


def test_a_start_that_is_refused_proves_nothing(command: Command) -> None:
    """A draft: nothing further is tried."""
    code, checks = command(*running(CLOSE_MONTH))
    found = outcomes(checks)

    assert (1, "failed", "skipped", "skipped") == (
        code,
        found["run.start"],
        found["run.follow"],
        found["run.cancel"],
    )


def test_a_run_that_cannot_be_followed_shows_that_owner_access_is_missing(
    command: Command, dataverse: Dataverse
) -> None:
    """User access is enough to start: preflight alone would not have noticed."""
    flow = dataverse.endless_flow()
    dataverse.switch(accessLevel="User")
    code, checks = command(*running(flow, "--wait", "20"))

    assert (1, "failed") == (code, checks["run.follow"]["outcome"])
    assert "prvReadflowsession" in checks["run.follow"]["remedy"]
    assert "failed" == checks["run.cancel"]["outcome"]


def test_a_run_that_takes_its_time_proves_nothing(
    command: Command, client: Client, dataverse: Dataverse
) -> None:
    """It is not waited for longer than is said, and not left to run on. What the second one proves stays proved."""
    flow = dataverse.endless_flow()
    code, checks = command(*running(flow, "--wait", "1"))

    assert (1, "failed", "skipped", "passed") == (
        code,
        *(checks[f"run.{step}"]["outcome"] for step in ("follow", "outputs", "cancel")),
    )
    assert checks["run.follow"]["message"].endswith("It was told to stop, and is Canceled.")
    assert "passed" == checks["ownerAccess"]["outcome"]
    eventually(lambda: ["Canceled", "Canceled"] == [run["status"] for run in client.listed(flowId=flow)])


def test_a_run_may_be_kept(command: Command, client: Client, dataverse: Dataverse) -> None:
    """Whoever wants to watch the first run says so; it proves no more by that."""
    flow = dataverse.endless_flow()
    code, checks = command(*running(flow, "--wait", "1", "--keep-running"))
    kept = [run for run in client.listed(flowId=flow) if run["status"] == "Running"]

    assert (1, 1) == (code, len(kept))
    assert checks["run.follow"]["message"].endswith(f"Run {kept[0]['runId']} goes on.")


def test_what_dataverse_said_to_a_start_is_shown(command: Command, dataverse: Dataverse) -> None:
    """To the operator, who has to mend it, with the page that says how."""
    dataverse.fault("RunDesktopFlow", "status", status=400, code="0x80040265", times=2)
    code, checks = command(*running(dataverse.endless_flow()))

    assert (1, "failed") == (code, checks["run.start"]["outcome"])
    assert "0x80040265" in checks["run.start"]["message"]
    assert "connections.md" in checks["run.start"]["remedy"]


RUN: Json = {
    "runId": "01941234-5678-8003-8000-000000000001",
    "sessionId": "01941234-5678-4003-8000-000000000001",
    "status": "Running",
    "history": [],
}


LETS_IN: Json = {"name": "applicationUser", "outcome": "passed", "message": ""}


@pytest.fixture
def runner(pretender: Pretender) -> Pretender:
    """Starts a run, which ends at once, and cancels it."""
    path = f"/api/runs/{RUN['runId']}"
    pretender.answers = {
        "/api/preflight": (200, {}, REPORT | {"checks": [LETS_IN]}),
        "/api/flows/": (202, {}, RUN),
        f"{path}/outputs": (200, {}, {}),
        f"{path}/cancel": (202, {}, RUN | {"status": "Canceled"}),
        path: (200, {}, RUN | {"status": "Succeeded"}),
    }
    return pretender


@pytest.mark.parametrize("lost", ["/api/flows/", f"/api/runs/{RUN['runId']}"])
def test_an_answer_that_is_lost_is_asked_for_again(command: Command, runner: Pretender, lost: str) -> None:
    """A start with the key that it had: nothing is started twice, and what was started is followed."""
    runner.lost = [lost]
    code, checks = command(*running(CLOSE_MONTH), url=runner.base)
    keys = [headers["Idempotency-Key"] for path, headers in runner.asked if path.startswith("/api/flows/")]

    assert {"passed"} == {
        checks[f"run.{step}"]["outcome"] for step in ("start", "follow", "outputs", "cancel")
    }
    assert (0, 2) == (code, len(set(keys)))


@pytest.mark.parametrize(
    "end", [{"status": "Succeeded"}, {"status": "Canceled", "sessionId": None}], ids=["too quick", "waiting"]
)
def test_a_second_run_that_dataverse_did_not_cancel_is_no_proof(
    command: Command, runner: Pretender, end: Json
) -> None:
    """Nothing has failed, and the exit code is 1 all the same: that Owner access is there was to be proved."""
    runner.answers[f"/api/runs/{RUN['runId']}/cancel"] = (202, {}, RUN | end)
    code, checks = command(*running(CLOSE_MONTH), url=runner.base)

    assert (1, "passed", "unknown") == (
        code,
        checks["run.follow"]["outcome"],
        checks["run.cancel"]["outcome"],
    )


@pytest.mark.parametrize("error", ["CancelRefused", "CancelTimedOut"])
def test_a_cancel_that_was_taken_and_came_to_nothing_is_told(
    command: Command, runner: Pretender, error: str
) -> None:
    """Of both runs: 202 says only that somebody tries."""
    path = f"/api/runs/{RUN['runId']}"
    runner.answers[f"{path}/cancel"] = (202, {}, RUN | {"error": {"code": error, "message": ""}})
    runner.answers[path] = (200, {}, RUN)
    code, checks = command(*running(CLOSE_MONTH, "--wait", "0"), url=runner.base)

    assert 1 == code
    assert f"run {RUN['runId']} may go on." in checks["run.follow"]["message"]
    assert ("failed", True) == (checks["run.cancel"]["outcome"], error in checks["run.cancel"]["message"])


def test_a_cancel_that_takes_its_time_is_no_proof(
    command: Command, runner: Pretender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is under way when nobody looks any more: which run may go on is told."""
    monkeypatch.setattr(following, "_STOP_SECONDS", 0.0)
    path = f"/api/runs/{RUN['runId']}"
    runner.answers[f"{path}/cancel"] = (202, {}, RUN | {"status": "Canceling"})
    code, checks = command(*running(CLOSE_MONTH, "--wait", "0"), url=runner.base)

    assert (1, "failed") == (code, checks["run.cancel"]["outcome"])
    assert f"run {RUN['runId']} may go on." in checks["run.cancel"]["message"]


def test_a_run_that_was_not_started_proves_nothing(
    command: Command, runner: Pretender, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dataverse throttles, so that nobody knows whether it lets us in: nothing has failed, and it says what is left to prove."""
    report = REPORT | {"checks": [LETS_IN | {"outcome": "skipped"}]}
    runner.answers["/api/preflight"] = (200, {}, report)

    assert 0 == command(url=runner.base)[0]
    assert 1 == looking.main(parse([runner.base, *running(CLOSE_MONTH)]))
    assert capsys.readouterr().out.endswith(
        "Nothing has failed. Not proved by a run: ownerAccess, connection.\n"
    )
    assert not [path for path, _ in runner.asked if path.startswith("/api/flows/")]


def test_what_may_run_on_is_told(command: Command, runner: Pretender) -> None:
    """Where no answer comes at all: which run, or how to find it."""
    runner.lost = ["/api/flows/"] * 3
    code, checks = command(*running(CLOSE_MONTH), url=runner.base)
    assert (1, "failed") == (code, checks["run.start"]["outcome"])
    assert "clientReference=preflight" in checks["run.start"]["remedy"]

    runner.lost = [f"/api/runs/{RUN['runId']}/cancel"] * 3
    code, checks = command(*running(CLOSE_MONTH), url=runner.base)
    assert 1 == code
    assert f"Run {RUN['runId']} goes on." in checks["run.cancel"]["message"]


def test_run_needs_a_connection(capsys: pytest.CaptureFixture[str]) -> None:
    """One, by name or by reference."""
    for arguments in ([], ["--connection", "a", "--reference", "b"]):
        with pytest.raises(SystemExit) as ended:
            parse(["https://deskhand.example", "--run", CLOSE_MONTH, *arguments])
        assert 2 == ended.value.code
    assert "--run needs" in capsys.readouterr().err
