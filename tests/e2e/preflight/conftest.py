"""The command against the stack, or against somebody who pretends to be a Deskhand."""

import json
from collections.abc import Iterator

import pytest

from infra.preflight import looking
from infra.preflight.cli import parse
from tests.e2e.client import Client, Json
from tests.support.preflight import Command
from tests.support.pretender import Pretender, pretending


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
