"""The hook after provisioning asks for the deployment's own identity, whoever it is that deploys."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from infra.check.files import FOLDER
from infra.connect.cli import parse as parse_connect
from infra.dataverse.cli import parse

IDENTITY, DEPLOYER, REGISTRATION = (f"{each}0000000-0000-4000-8000-000000000000" for each in "123")
URL = "https://contoso.crm4.dynamics.com"
OF_AZD = {"DATAVERSE_URL": URL, "AZURE_IDENTITY_CLIENT_ID": IDENTITY, "AZURE_CLIENT_ID": DEPLOYER}


def hook(tmp_path: Path, **environ: str) -> list[str]:
    """Its lines, where each command says what it is and does nothing."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\necho "python3 $*"\n')
    python.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["sh", FOLDER / "hooks" / "postprovision.sh"],
        env={"PATH": path, **OF_AZD, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def asked_for(line: str) -> tuple[str, str]:
    command = shlex.split(line)
    assert ["python3", "-m", "infra.dataverse"] == command[:3]
    options = parse(command[3:])
    return options.url, options.client_id


@pytest.mark.parametrize("how", ["", "skip"])
def test_the_identity_becomes_the_application_user(tmp_path: Path, how: str) -> None:
    """Or is to, by hand, with the command as it is shown: never the deployer, whose id has the name AZURE_CLIENT_ID in a pipeline."""
    told = hook(tmp_path, DESKHAND_DATAVERSE_SETUP=how)

    assert "python3 -m infra.signing ensure" == told[0]
    assert (URL, IDENTITY) == asked_for(told[-1])
    assert ("Dataverse is left as it is." in told[1]) == (how == "skip")


def test_a_registration_takes_its_place(tmp_path: Path) -> None:
    """Where DATAVERSE_CLIENT_ID names one."""
    assert (URL, REGISTRATION) == asked_for(hook(tmp_path, DATAVERSE_CLIENT_ID=REGISTRATION)[-1])


def test_nobody_is_set_up_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the deployer's shell the commands ask who is meant."""
    monkeypatch.setenv("AZURE_CLIENT_ID", DEPLOYER)
    monkeypatch.delenv("DATAVERSE_CLIENT_ID", raising=False)
    for refuses, arguments in (
        (parse, ["--url", URL]),
        (parse_connect, ["--environment-id", "e", "--group", "g", "--account", "a"]),
    ):
        with pytest.raises(SystemExit):
            refuses(arguments)
        assert "AZURE_IDENTITY_CLIENT_ID" in capsys.readouterr().err
