"""python3 -m infra.connect: a connection that the identity makes for itself, against the simulated Power Platform."""

import logging
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from infra.connect import connecting
from infra.connect.cli import parse
from infra.connect.request import RESOURCE, address
from local import processes, simulator
from local.dataverse.catalogue import TIDY_DESKTOP
from local.dataverse.directory import ADMINISTRATOR_APPLICATION_ID, APPLICATION_ID
from local.dataverse.settings import ENVIRONMENT_ID
from local.simulator import Simulator
from tests.support.authority import Authority, serving
from tests.support.pretender import pretending

PASSWORD = f"Pa55-{uuid.uuid4().hex}"
GROUP = "dd4cac14-0b49-475d-b274-3ad41a4e82a7"

type Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def site() -> Iterator[Simulator]:
    child = simulator.start(logging.getLogger("dataverse").info)
    try:
        yield simulator.ready(child)
    finally:
        processes.stop([child], seconds=2)


@pytest.fixture(autouse=True)
def _as_new(site: Simulator) -> Iterator[None]:
    yield
    requests.delete(f"{site.control}/faults", timeout=10)
    site.set(connectionStatus="Connected", acceptAnyConnection=True, applicationUser=True)


def token(site: Simulator, client_id: str, resource: str = RESOURCE) -> str:
    answer = requests.get(
        site.identity_endpoint,
        params={"api-version": "2019-08-01", "resource": resource, "client_id": client_id},
        headers={"X-IDENTITY-HEADER": site.identity_header},
        timeout=10,
    )
    issued: str = answer.json()["access_token"]
    return issued


@pytest.fixture
def command(site: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Its exit code, stdout and stderr, as the identity of the local stack."""
    monkeypatch.setenv("POWER_PLATFORM_TOKEN", token(site, APPLICATION_ID))
    monkeypatch.setenv("DESKHAND_WINDOWS_PASSWORD", PASSWORD)

    def ask(*arguments: str, api: str = site.url) -> tuple[int, str, str]:
        given = {
            "--environment-id": ENVIRONMENT_ID,
            "--client-id": APPLICATION_ID,
            "--group": GROUP,
            "--account": "CONTOSO\\robot",
            "--api": api,
        }
        capsys.readouterr()
        code = connecting.main(parse([*(word for pair in given.items() for word in pair), *arguments]))
        out, err = capsys.readouterr()
        assert PASSWORD not in out + err
        return code, out.strip(), err

    return ask


def start(site: Simulator, connection: str, client_id: str = APPLICATION_ID) -> int:
    """The status that a start on this connection is answered."""
    return requests.post(
        f"{site.url}/api/data/v9.2/workflows({TIDY_DESKTOP})/Microsoft.Dynamics.CRM.RunDesktopFlow",
        json={"runMode": "unattended", "connectionName": connection},
        headers={"Authorization": f"Bearer {token(site, client_id, site.url)}"},
        timeout=10,
    ).status_code


def test_a_connection_is_made_and_the_identity_alone_can_use_it(site: Simulator, command: Command) -> None:
    """Exit code 0, and its name on stdout, alone, for scripts."""
    site.set(acceptAnyConnection=False)
    code, name, err = command()

    assert (0, "") == (code, err)
    assert str(uuid.UUID(name)) == name
    assert [200, 400] == [start(site, name), start(site, name, ADMINISTRATOR_APPLICATION_ID)]
    assert 400 == start(site, str(uuid.uuid4()))


def test_a_connection_that_is_not_connected_is_told(site: Simulator, command: Command) -> None:
    """A 201 all the same: exit code 1. Made anew under its name once the cause is mended, it is the same one."""
    site.set(connectionStatus="Error", acceptAnyConnection=False)
    code, name, err = command()
    assert 1 == code
    assert "Error" in err
    assert 400 == start(site, name)

    site.set(connectionStatus="Connected")
    assert (0, name) == command("--name", name)[:2]
    assert 200 == start(site, name)


def test_a_token_of_somebody_else_makes_nothing(
    site: Simulator, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection would be theirs: nothing is asked. A token for another API is refused there."""
    monkeypatch.setenv("POWER_PLATFORM_TOKEN", token(site, ADMINISTRATOR_APPLICATION_ID))
    requests.delete(f"{site.control}/requests", timeout=10)
    code, out, err = command()
    assert (2, "") == (code, out)
    assert ADMINISTRATOR_APPLICATION_ID in err
    assert (
        "CreateConnection" not in requests.get(f"{site.control}/requests", timeout=10).json()["byOperation"]
    )

    monkeypatch.setenv("POWER_PLATFORM_TOKEN", token(site, APPLICATION_ID, site.url))
    assert command()[0] == 2


def test_a_refusal_is_told_with_its_reason(site: Simulator, command: Command) -> None:
    """Another environment, no user of this one, somebody else's connection."""
    assert "ApiHubsRequestFailed" in command("--environment-id", str(uuid.uuid4()))[2]
    site.set(applicationUser=False)
    code, _, err = command()
    assert (2, True) == (code, "ConnectionAuthorizationFailed" in err)


@pytest.mark.parametrize("fault", [{"do": "lose-response"}, {"do": "status", "status": 503}])
def test_an_answer_that_is_lost_says_how_to_go_on(
    site: Simulator, command: Command, fault: dict[str, object]
) -> None:
    """With the same name: then it is made once, whatever became of the first try."""
    rule = {"operation": "CreateConnection", "times": 1, **fault}
    requests.post(f"{site.control}/faults", json=rule, timeout=10).raise_for_status()
    code, out, err = command()

    assert (2, "") == (code, out)
    name = err.partition("--name ")[2].partition(" ")[0]
    assert (0, name) == command("--name", name)[:2]


def test_what_answers_without_a_status_is_not_connected(command: Command) -> None:
    """Nothing is taken for granted; a page is no answer."""
    with pretending() as stranger:
        stranger.answers["/connectivity"] = (201, {}, {"name": GROUP, "properties": {}})
        assert (1, GROUP) == command(api=stranger.base)[:2]
        stranger.answers["/connectivity"] = (201, {}, "page")
        assert 2 == command(api=stranger.base)[0]


def test_an_answer_that_is_no_text_may_have_made_it(command: Command) -> None:
    """Its name is told all the same, so that it is not made twice; a refusal that cannot be read has no reason."""
    with pretending() as stranger:
        stranger.answers["/connectivity"] = (201, {}, b'{"name": "\xff"}')
        code, out, err = command("--name", GROUP, api=stranger.base)
        assert (2, "") == (code, out)
        assert f"--name {GROUP}" in err
        stranger.answers["/connectivity"] = (400, {}, b'{"error": {"code": "\xff"}}')
        assert "without a reason" in command(api=stranger.base)[2]


def test_a_password_for_the_host_is_not_sent_in_the_tokens_place(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .netrc on the operator's desk."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert 0 == command()[0]


def test_a_registration_connects_by_the_machines_managed_identity(
    site: Simulator, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Azure, where the identity is: its token in a secret's place, and nobody is signed in."""
    monkeypatch.delenv("POWER_PLATFORM_TOKEN")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("IDENTITY_ENDPOINT", site.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", site.identity_header)
    authority = Authority(site.identity_endpoint, site.identity_header)
    identity = str(uuid.uuid4())
    with serving(authority, tmp_path) as certificate:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority.base)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        code, _, err = command("--tenant-id", str(uuid.uuid4()), "--managed-identity", identity)

    assert (0, "") == (code, err)
    assert [APPLICATION_ID] == [form["client_id"] for form in authority.asked]
    assert [identity] == authority.vouched


@pytest.mark.parametrize("option", ["--name", "--group", "--client-id"])
def test_what_is_no_id_is_refused(command: Command, option: str) -> None:
    """Before anything is asked."""
    code, out, err = command(option, "it")

    assert (2, "") == (code, out)
    assert "GUID" in err


def test_without_a_password_or_a_terminal_nothing_is_made(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read from the environment, or typed; never from the command line."""
    monkeypatch.delenv("DESKHAND_WINDOWS_PASSWORD")
    code, _, err = command()

    assert 2 == code
    assert "DESKHAND_WINDOWS_PASSWORD" in err


@pytest.mark.parametrize("environment", ["other.example/?aa", "other.example#aa", "a@b.example:1/aa", ""])
def test_what_is_no_environments_id_leads_nowhere(environment: str) -> None:
    """Token and password go to the address that is made of it."""
    with pytest.raises(ValueError, match="environment's id"):
        address(environment)


def test_the_environments_address_is_made_as_documented() -> None:
    """Without dashes, and a dot before the last two; the default environment's id has a word before it."""
    assert (
        address("37520647-dbdf-49fa-ba01-6134c14680c4")
        == "https://37520647dbdf49faba016134c14680.c4.environment.api.powerplatform.com"
    )
    assert address("Default-37520647-dbdf-49fa-ba01-6134c14680c4").startswith(
        "https://default37520647dbdf49faba016134c14680.c4."
    )
