"""python3 -m infra.preflight: against the running stack, and against what should be one and is not."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.preflight import app, following, looking
from infra.preflight.cli import parse
from local.dataverse.catalogue import CLOSE_MONTH, POST_TO_LEDGER
from local.stack import Stack
from tests.e2e.client import Client, Json, eventually
from tests.e2e.dataverse import Dataverse
from tests.e2e.entra import Entra
from tests.support.authority import certificate_of_here
from tests.support.pretender import Pretender, pretending

ROOT = Path(__file__).parents[2]
CALLBACK = "/api/callbacks/"
REPORT: Json = {"outcome": "passed", "checkedAt": "2026-11-23T21:29:55Z", "callbackBase": None, "checks": []}

type Command = Callable[..., tuple[int, dict[str, Json]]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], client: Client) -> Command:
    """Its exit code, and its checks by name. Of the stack, unless told otherwise."""
    monkeypatch.setenv("DESKHAND_KEY", client.key)
    monkeypatch.delenv("DESKHAND_TOKEN", raising=False)

    def ask(*arguments: str, url: str = client.base) -> tuple[int, dict[str, Json]]:
        capsys.readouterr()
        code = looking.main(parse([url, "--json", *arguments]))
        told = capsys.readouterr().out
        return code, {each["name"]: each for each in json.loads(told)["checks"]} if told else {}

    return ask


@pytest.fixture
def pretender() -> Iterator[Pretender]:
    with pretending() as stranger:
        yield stranger


def test_a_stack_that_is_well_passes(stack: Stack, client: Client) -> None:
    """As an operator gives it: exit code 0, a table on stdout with every check, a summary, no secret, nothing on stderr."""
    ran = subprocess.run(
        [sys.executable, "-m", "infra.preflight", client.base],
        cwd=ROOT,
        env={"PATH": "", "HOME": str(Path.home()), "DESKHAND_KEY": client.key},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    lines = {line.split()[0]: line.split()[1] for line in ran.stdout.splitlines() if line[:1].strip()}
    assert {"passed"} == {lines[name] for name in ("outside.callback", "storage", "token", "prvReadworkflow")}
    assert "unknown" == lines["connection"]
    assert "Nothing has failed." in ran.stdout
    assert not [word for word in (client.key, stack.settings["SIGNING_KEYS"]) if word in ran.stdout]


def test_what_has_failed_makes_the_exit_code_1(command: Command, dataverse: Dataverse) -> None:
    """And is told with what to do."""
    dataverse.switch(missingPrivileges=["prvWriteflowsession"])
    code, checks = command()

    assert 1 == code
    assert ["prvWriteflowsession"] == [name for name, each in checks.items() if each["outcome"] == "failed"]
    assert "infra.dataverse" in checks["prvWriteflowsession"]["remedy"]


def test_a_table_says_what_to_do(
    command: Command, dataverse: Dataverse, capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    """Below what is wrong, aligned with it."""
    dataverse.switch(missingPrivileges=["prvWriteflowsession"])
    capsys.readouterr()
    assert 1 == looking.main(parse([client.base]))
    lines = capsys.readouterr().out.splitlines()

    place = next(number for number, line in enumerate(lines) if line.startswith("prvWriteflowsession"))
    remedy = next(line for line in lines[place:] if line.strip().startswith("-> "))
    assert lines[place].index("No role") == remedy.index("->")
    assert "Failed: prvWriteflowsession." in lines[-1]


def test_without_a_right_to_ask_it_cannot_be_run(
    command: Command, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    """Exit code 2: a wrong key, none at all, nobody there, no address, inputs that are none."""
    assert 2 == command("--inputs", "[]")[0]
    for url in (
        "ftp://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://[127",
        "http://somebody:secret@127.0.0.1",
    ):
        assert 2 == command(url=url)[0]
    assert 2 == command(url="http://127.0.0.1:9")[0]
    monkeypatch.setenv("DESKHAND_KEY", "wrong")
    assert 2 == command()[0]
    monkeypatch.delenv("DESKHAND_KEY")
    assert 2 == command()[0]
    assert 0 == command("--key", client.key)[0]


def test_a_stranger_is_no_deskhand(command: Command, pretender: Pretender) -> None:
    """404, or an answer that is no report, nor even text: exit code 2."""
    assert 2 == command(url=pretender.base)[0]
    for status, body in (
        (200, {"status": "ok"}),
        (200, b'{"\xff": 1}'),
        (500, b'{"error": {"code": "\xff"}}'),
    ):
        pretender.answers["/api/preflight"] = (status, {}, body)
        assert 2 == command(url=pretender.base)[0]


def test_an_answer_that_drips_in_is_not_waited_for(
    command: Command, pretender: Pretender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is for the whole of it, not for each byte."""
    monkeypatch.setattr(app, "_PROMPT", 1)
    pretender.answers["/api/preflight"] = (200, {}, REPORT)
    pretender.dripping = 0.2
    began = time.monotonic()

    assert 2 == command(url=pretender.base)[0]
    assert time.monotonic() - began < 5


def test_what_others_have_named_moves_no_cursor(
    pretender: Pretender, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A flow's name on an operator's terminal."""
    monkeypatch.setenv("DESKHAND_KEY", "k")
    named = {"name": "flow", "outcome": "passed", "message": "\x1b[2J\x9b31m\x07 is published.\n"}
    pretender.answers["/api/preflight"] = (200, {}, REPORT | {"checks": [named]})
    looking.main(parse([pretender.base]))
    told = capsys.readouterr().out

    assert "?[2J?31m? is published." in told
    assert all(each.isprintable() for each in told if each != "\n")


@pytest.mark.parametrize(
    ("error", "name"),
    [("InvalidSetting", "settings"), ("AuthenticationNotEnabled", "authentication")],
)
def test_an_app_that_cannot_look_says_why(
    command: Command, pretender: Pretender, error: str, name: str
) -> None:
    """A setting that cannot be used is a failure like any other."""
    told = {"error": {"code": error, "message": "The setting DATAVERSE_URL is missing."}}
    pretender.answers["/api/preflight"] = (500, {}, told)
    code, checks = command(url=pretender.base)

    assert (1, "failed") == (code, checks[name]["outcome"])
    assert "DATAVERSE_URL" in checks[name]["message"]


CALLBACKS: dict[str, tuple[tuple[int, dict[str, str]] | None, str]] = {
    "ours": ((404, {"x-ms-error-code": "CallbackNotFound"}), "passed"),
    "somebody's": ((404, {}), "failed"),
    "a page": ((200, {}), "failed"),
    "a sign-in": ((401, {}), "failed"),
    "a restriction": ((403, {}), "unknown"),
    "nobody": (None, "failed"),
}


@pytest.mark.parametrize("case", CALLBACKS)
def test_a_forged_callback_finds_out_who_answers(command: Command, pretender: Pretender, case: str) -> None:
    """Only this app refuses it in its own words. The key is not sent there: it may lead to a stranger."""
    answer, outcome = CALLBACKS[case]
    base = pretender.base if answer else "http://127.0.0.1:9"
    pretender.answers["/api/preflight"] = (200, {}, REPORT | {"callbackBase": base})
    if answer:
        pretender.answers[CALLBACK] = (*answer, None)
    _, checks = command(url=pretender.base)

    assert outcome == checks["outside.callback"]["outcome"]
    assert not [
        path
        for path, headers in pretender.asked
        if path.startswith(CALLBACK) and "x-functions-key" in headers
    ]


def test_a_clock_that_is_off_is_told(command: Command, pretender: Pretender) -> None:
    """By the date of the app's answer."""
    date = {"Date": "Mon, 23 Nov 2020 21:29:55 GMT"}
    pretender.answers["/api/preflight"] = (200, date, REPORT)
    code, checks = command(url=pretender.base)

    assert (1, "failed") == (code, checks["outside.clock"]["outcome"])


def test_a_date_that_is_none_tells_nothing(command: Command, pretender: Pretender) -> None:
    """Whatever stands in its place. One without a zone is taken for what HTTP says that it is."""
    for date in ("now", "Mon, 23 Nov 99999 21:29:55 GMT"):
        pretender.answers["/api/preflight"] = (200, {"Date": date}, REPORT)
        code, checks = command(url=pretender.base)
        assert (0, "unknown") == (code, checks["outside.clock"]["outcome"])
    pretender.answers["/api/preflight"] = (200, {"Date": "Mon, 23 Nov 2020 21:29:55 -0000"}, REPORT)
    assert 1 == command(url=pretender.base)[0]


def test_a_password_for_the_host_is_not_sent_in_the_tokens_place(
    command: Command, pretender: Pretender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .netrc on the operator's desk."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("DESKHAND_KEY")
    pretender.answers["/api/preflight"] = (200, {}, REPORT)
    command("--token", "t", url=pretender.base)

    assert ["Bearer t"] == [headers["Authorization"] for _, headers in pretender.asked]


def test_a_name_that_leads_nowhere_is_told(command: Command) -> None:
    """Before anything is asked."""
    code, checks = command(url="https://deskhand.invalid")

    assert (1, "failed") == (code, checks["outside.name"]["outcome"])


CERTIFICATES: dict[str, tuple[int, bool, str]] = {
    "trusted": (90, True, "passed"),
    "of nobody": (90, False, "failed"),
    "that soon ends": (3, True, "failed"),
    "that has ended": (-1, True, "failed"),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_must_be_trusted_for_a_while(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """By whom `requests` trusts, for two weeks at least."""
    days, trusted, outcome = CERTIFICATES[case]
    certificate = certificate_of_here(tmp_path, days=days)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with pretending(certificate) as secured:
        secured.answers["/api/preflight"] = (200, {}, REPORT)
        _, checks = command(url=secured.base)

    assert outcome == checks["outside.tls"]["outcome"]


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


def test_a_role_is_enough(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With AUTH_MODE=entra: an operator's token in place of a key."""
    monkeypatch.delenv("DESKHAND_KEY", raising=False)
    monkeypatch.setenv("DESKHAND_TOKEN", entra.token("operator", "Events.Manage"))

    assert 0 == looking.main(parse([entra.base]))
    assert "Callers are told apart by entra." in capsys.readouterr().out
