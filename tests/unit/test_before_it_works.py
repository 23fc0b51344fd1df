"""docs/before-it-works.md says what is granted and what is checked."""

import re
from pathlib import Path

from infra.preflight.cli import parse
from preflight.report import BEHIND
from shared.dataverse.privileges import NEEDED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/before-it-works.md").read_text()


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return table[2:]


def test_the_role_is_documented_as_it_is_granted() -> None:
    """Each privilege with its depth and its reason, and no other."""
    granted = [[f"`{each.name}`", each.depth.word, each.reason] for each in NEEDED]

    assert granted == rows("The role")


def test_every_check_is_explained() -> None:
    """Those of the app, of the command, and of a run: by the names that the code gives them."""
    explained = set(re.findall(r"`([\w.]+)`", " ".join(row[0] for row in rows("The checks"))))
    source = "".join(
        path.read_text()
        for folder in ("preflight", "infra/preflight")
        for path in sorted((ROOT / folder).glob("*.py"))
    )
    given = set(
        re.findall(r'(?:passed|failed|skipped|unknown)\(\s*"([\w.]+)"|name(?:, \w+)? = "([\w.]+)"', source)
    )
    names = {name for pair in given for name in pair if name}

    assert names <= explained
    assert set(BEHIND) - {each.name for each in NEEDED} <= explained
    assert explained - {"prv..."} <= names | set(BEHIND) | {"token", "dataverse", "applicationUser"}


def test_the_command_that_proves_it_is_understood() -> None:
    """As the last step shows it."""
    assert "--run <flow id> --connection <connection name>" in PAGE
    assert "flow" == parse(["https://app", "--run", "flow", "--connection", "name"]).run
