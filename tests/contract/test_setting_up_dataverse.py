"""python3 -m infra.dataverse: from nothing to an application user that Deskhand can work as, and not an inch further."""

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from infra.dataverse import setting_up
from infra.dataverse.cli import parse
from local import processes, simulator
from local.dataverse.directory import ADMINISTRATOR_APPLICATION_ID, APPLICATION_ID
from local.simulator import Simulator
from preflight.report import get_preflight
from shared.dataverse.privileges import NEEDED
from tests.contract.conftest import KEYS, instance
from tests.support.liar import Liar
from tests.support.metered import BASE, Metered, Watch
from tests.support.pretender import pretending

type Command = Callable[..., tuple[int, list[str]]]


@pytest.fixture(scope="module")
def site() -> Iterator[Simulator]:
    """An environment of its own: roles are for all of it."""
    child = simulator.start(logging.getLogger("dataverse").info)
    try:
        ready = simulator.ready(child)
        ready.set(allowLoopbackCallbacks=True)
        yield ready
    finally:
        processes.stop([child], seconds=2)


def token(site: Simulator, client_id: str) -> str:
    answer = requests.get(
        site.identity_endpoint,
        params={"api-version": "2019-08-01", "resource": site.url, "client_id": client_id},
        headers={"X-IDENTITY-HEADER": site.identity_header},
        timeout=10,
    )
    issued: str = answer.json()["access_token"]
    return issued


@pytest.fixture
def command(site: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Its exit code, and the lines on stdout, with an administrator's token."""
    monkeypatch.setenv("DATAVERSE_TOKEN", token(site, ADMINISTRATOR_APPLICATION_ID))

    def ask(client_id: str, *arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = setting_up.main(parse(["--url", site.url, "--client-id", client_id, *arguments]))
        return code, capsys.readouterr().out.splitlines()

    return ask


@pytest.fixture
def role() -> list[str]:
    """A role that nobody has made yet."""
    return ["--role", f"Deskhand {uuid.uuid4().hex[:8]}"]


def asked(site: Simulator) -> dict[str, int]:
    counted: dict[str, int] = requests.get(f"{site.control}/requests", timeout=10).json()["byOperation"]
    requests.delete(f"{site.control}/requests", timeout=10)
    return counted


WRITES = {"CreateUser", "CreateRole", "AddPrivilegesRole", "AssignRole"}


def test_from_nothing_to_all_that_is_needed(
    site: Simulator, command: Command, role: list[str], table_of_its_own: Callable[[str], Metered]
) -> None:
    """User, role, grants with their reasons, assignment, verified: and the identity then passes preflight and follows a run."""
    client_id = str(uuid.uuid4())
    code, told = command(client_id, *role)

    assert (0, "Verified: all is as it should be.") == (code, told[-1])
    text = "\n".join(told)
    assert not [needed for needed in NEEDED if f"{needed.name} at " not in text or needed.reason not in text]

    assert "prvReadUser at Local" in text  # which cannot be granted at Basic
    app = table_of_its_own(client_id)
    checks = json.loads(app.asked(get_preflight).get_body())["checks"]
    assert not [each for each in checks if each["outcome"] == "failed"]
    assert {"passed"} == {each["outcome"] for each in checks if each["name"].startswith("prv")}
    run = app.started(app.define())
    app.end(run["sessionId"])
    app.passes(1)
    assert "Succeeded" == app.read(run["runId"])["status"]


@pytest.fixture
def table_of_its_own(
    site: Simulator, azurite: str, monkeypatch: pytest.MonkeyPatch, liar: Liar
) -> Iterator[Callable[[str], Metered]]:
    """The app as this identity, in this environment."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", site.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", site.identity_header)
    made: list[Metered] = []

    def make(client_id: str) -> Metered:
        settings = {
            "DATAVERSE_URL": site.url,
            "AZURE_CLIENT_ID": client_id,
            "TABLES_CONNECTION_STRING": azurite,
            "RUNS_TABLE": f"t{uuid.uuid4().hex}",
            "PUBLIC_BASE_URL": BASE,
            "ALLOW_LOOPBACK_CALLBACKS": "1",
            "SIGNING_KEYS": KEYS,
        }
        made.append(instance(site.control, settings, Watch(), liar))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_twice_changes_nothing(site: Simulator, command: Command, role: list[str]) -> None:
    """The second time nothing is written, and every line says that it is as it is."""
    client_id = str(uuid.uuid4())
    command(client_id, *role)
    asked(site)
    code, told = command(client_id, *role)

    assert 0 == code
    assert not [line for line in told[:-1] if not line.startswith("as it is")]
    assert not WRITES & asked(site).keys()


@pytest.mark.parametrize(("way", "code"), [("--check", 1), ("--dry-run", 0)])
def test_looking_changes_nothing(
    site: Simulator, command: Command, role: list[str], way: str, code: int
) -> None:
    """It says what is to be done, all of it; only --check makes an exit code of it."""
    asked(site)
    client_id = str(uuid.uuid4())

    first = command(client_id, *role, way)
    assert code == first[0]
    assert 4 == len([line for line in first[1] if line.startswith("to do")])
    assert not WRITES & asked(site).keys()
    command(client_id, *role)
    assert 0 == command(client_id, *role, way)[0]


def test_what_has_been_taken_away_is_given_back(site: Simulator, command: Command, role: list[str]) -> None:
    """A role that grants too little, or at too little depth, is mended; what it grants besides is told, and left."""
    client_id = str(uuid.uuid4())
    post(site, "roles", {"name": role[1], **UNIT})
    (made,) = rows(site, f"roles?$filter=name eq '{role[1]}'")
    (held,) = rows(site, "privileges?$filter=name eq 'prvReadflowsession'")
    (more,) = rows(site, "privileges?$filter=name eq 'prvDeleteflowsession'")
    grants = [
        {"PrivilegeId": held["privilegeid"], "Depth": "Basic"},
        {"PrivilegeId": more["privilegeid"], "Depth": "Basic"},
    ]
    post(site, f"roles({made['roleid']})/Microsoft.Dynamics.CRM.AddPrivilegesRole", {"Privileges": grants})

    code, told = command(client_id, *role)

    assert 0 == code
    assert "prvReadflowsession at Global" in "\n".join(told)
    assert [line for line in told if "prvdeleteflowsession" in line and line.startswith("as it is")]


UNIT = {"businessunitid@odata.bind": "/businessunits(0e7d4c61-52fa-4b0c-9c3f-8a1d6b20e5f4)"}


def post(site: Simulator, path: str, body: Any) -> None:
    headers = {"Authorization": f"Bearer {token(site, ADMINISTRATOR_APPLICATION_ID)}"}
    answer = requests.post(f"{site.url}/api/data/v9.2/{path}", json=body, headers=headers, timeout=10)
    assert answer.status_code == 204, answer.text


def rows(site: Simulator, path: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token(site, ADMINISTRATOR_APPLICATION_ID)}"}
    found: list[dict[str, Any]] = requests.get(
        f"{site.url}/api/data/v9.2/{path}", headers=headers, timeout=10
    ).json()["value"]
    return found


def test_environment_maker_is_assigned_where_it_is_asked_for(
    site: Simulator, command: Command, role: list[str]
) -> None:
    """Beside the role of our own; twice changes nothing."""
    client_id = str(uuid.uuid4())
    _, told = command(client_id, *role, "--environment-maker")

    (user,) = rows(site, f"systemusers?$filter=applicationid eq {client_id}")
    names = {
        each["name"]
        for each in rows(site, f"systemusers({user['systemuserid']})/systemuserroles_association")
    }
    assert {role[1], "Environment Maker"} == names
    assert "done      assign the role Environment Maker to the user" in told
    assert 0 == command(client_id, *role, "--environment-maker", "--check")[0]


def test_a_disabled_user_is_told_and_left(site: Simulator, command: Command, role: list[str]) -> None:
    """Somebody may have had a reason: exit code 1."""
    client_id = str(uuid.uuid4())
    command(client_id, *role)
    (user,) = rows(site, f"systemusers?$filter=applicationid eq {client_id}")
    requests.patch(
        f"{site.url}/api/data/v9.2/systemusers({user['systemuserid']})",
        json={"isdisabled": True},
        headers={"Authorization": f"Bearer {token(site, ADMINISTRATOR_APPLICATION_ID)}"},
        timeout=10,
    ).raise_for_status()

    code, told = command(client_id, *role)
    assert 1 == code
    assert [line for line in told if line.startswith("amiss") and "disabled" in line]


def test_what_was_done_before_it_failed_is_told(site: Simulator, command: Command, role: list[str]) -> None:
    """And a second try goes on from there."""
    client_id = str(uuid.uuid4())
    fault = {"operation": "AddPrivilegesRole", "do": "status", "status": 500, "times": 1}
    requests.post(f"{site.control}/faults", json=fault, timeout=10).raise_for_status()

    code, told = command(client_id, *role)
    assert 2 == code
    assert [f"done      create the security role {role[1]}"] == [
        line for line in told if "security role" in line
    ]
    assert 0 == command(client_id, *role)[0]


def test_who_may_not_set_up_is_told_what_is_missing(
    site: Simulator,
    command: Command,
    role: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, with Dataverse's own words; and for what is no client id, without asking."""
    monkeypatch.setenv("DATAVERSE_TOKEN", token(site, APPLICATION_ID))
    requests.patch(
        f"{site.control}/settings", json={"missingPrivileges": ["prvCreateUser"]}, timeout=10
    ).raise_for_status()
    try:
        code = setting_up.main(parse(["--url", site.url, "--client-id", str(uuid.uuid4()), *role]))
    finally:
        requests.patch(f"{site.control}/settings", json={"missingPrivileges": []}, timeout=10)

    assert 2 == code
    assert "prvCreateUser" in capsys.readouterr().err
    assert 2 == setting_up.main(parse(["--url", site.url, "--client-id", "me"]))
    assert "GUID" in capsys.readouterr().err


def test_who_is_shown_nothing_is_told_so(
    command: Command, role: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What may not be read is left out of lists without a word: exit code 2, and a sentence."""
    with pretending() as stranger:
        stranger.answers["/api/data/v9.2/businessunits"] = (200, {}, {"value": []})
        asked = ["--url", stranger.base, "--client-id", str(uuid.uuid4()), *role]
        assert 2 == setting_up.main(parse(asked))

    assert "no business unit" in capsys.readouterr().err
