"""What the commands say of themselves."""

import re

import pytest

from local import cli
from shared.http.access import Role


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Its paragraphs, each in one line."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    assert ended.value.code == 0
    return [" ".join(each.split()) for each in capsys.readouterr().out.split("\n\n")]


@pytest.mark.parametrize("command", cli._MODULES)
def test_every_command_says_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is listed, and between its usage and its options a sentence describes it."""
    listed = help_of(capsys=capsys)
    usage, description, *_ = help_of(command, capsys=capsys)

    assert f" {command} " in " ".join(listed)
    assert usage.startswith(f"usage: python3 -m local {command} ")
    assert not description.startswith("options:")


def test_help_of_tests_shows_how_to_pick_some(capsys: pytest.CaptureFixture[str]) -> None:
    """By a word of their names, as a line that can be copied."""
    assert any(
        each.startswith("python3 -m local test -k callback ") for each in help_of("test", capsys=capsys)
    )


def test_help_of_tokens_names_every_role(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that the app registration offers."""
    named = re.search(r"an app role: (.*?); may be", " ".join(help_of("token", capsys=capsys)))

    assert named is not None
    assert set(named[1].split(", ")) == set(Role)
