"""python3 -m infra.preflight: what the app says of itself, and what is seen from outside."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.preflight import app, looking
from infra.preflight.cli import parse
from local.stack import Stack
from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse
from tests.e2e.entra import Entra
from tests.support.authority import certificate_of_here
from tests.support.preflight import REPORT, Command
from tests.support.pretender import Pretender, pretending

ROOT = Path(__file__).parents[3]


CALLBACK = "/api/callbacks/"


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


def test_a_role_is_enough(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With AUTH_MODE=entra: an operator's token in place of a key."""
    monkeypatch.delenv("DESKHAND_KEY", raising=False)
    monkeypatch.setenv("DESKHAND_TOKEN", entra.token("operator", "Events.Manage"))

    assert 0 == looking.main(parse([entra.base]))
    assert "Callers are told apart by entra." in capsys.readouterr().out
