"""The project's own files: what its automation runs, and with what rights."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
CI = ROOT / ".github/workflows/ci.yml"
DEPENDABOT = ROOT / ".github/dependabot.yml"
COMMAND = "python3 -m local test"


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def checked(schema: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Against a schema that the checker brings along."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.{schema}",
        *map(str, paths),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_form_of_one(path: Path) -> None:
    """What GitHub would refuse to read is refused here."""
    judged = checked("github-workflows", path)

    assert 0 == judged.returncode, judged.stdout


def test_a_workflow_with_a_fault_is_noticed(tmp_path: Path) -> None:
    """The check can fail: a step has no `uses` any more, but `use`."""
    broken = tmp_path / "broken.yml"
    broken.write_text(CI.read_text().replace("- uses:", "- use:"))

    assert 1 == checked("github-workflows", broken).returncode


def test_dependabot_watches_every_list_of_packages() -> None:
    """Its file has the form of one, and each folder that it names holds what it looks for there."""
    judged = checked("dependabot", DEPENDABOT)
    updates = {each["package-ecosystem"]: each for each in read(DEPENDABOT)["updates"]}
    locked = [path.parent for path in ROOT.glob("*/**/package-lock.json") if ".venv" not in path.parts]

    assert 0 == judged.returncode, judged.stdout
    assert {"pip", "npm", "github-actions"} == set(updates)
    assert ("/", "/") == (updates["pip"]["directory"], updates["github-actions"]["directory"])
    assert (ROOT / "requirements.txt").exists()
    assert {f"/{path.relative_to(ROOT)}" for path in locked} == set(updates["npm"]["directories"])


def test_ci_runs_the_command_of_the_readme_and_no_other() -> None:
    """What a newcomer is told to run is what guards the project, with the Python of the checkout."""
    steps = read(CI)["jobs"]["test"]["steps"]

    assert [COMMAND] == [step["run"] for step in steps if "run" in step]
    assert f"\n{COMMAND}\n" in (ROOT / "README.md").read_text()
    assert [".python-version"] == [
        step["with"]["python-version-file"] for step in steps if "setup-python" in step.get("uses", "")
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path: Path) -> None:
    """By the whole hash of a commit: a tag can be moved by whoever takes over an action."""
    used = re.findall(r"uses:\s*(\S+)", path.read_text())

    assert used
    assert [] == [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_write_nothing(path: Path) -> None:
    """The repository is read. A token of GitHub's is written only where a job signs in to a cloud with it."""
    workflow = read(path)
    granted = [workflow["permissions"], *(job.get("permissions", {}) for job in workflow["jobs"].values())]

    assert [] == [
        (scope, right)
        for rights in granted
        for scope, right in rights.items()
        if (scope, right) not in {("contents", "read"), ("id-token", "write")}
    ]


def test_ci_has_no_right_but_to_read() -> None:
    """It runs what strangers propose."""
    assert {"contents": "read"} == read(CI)["permissions"]
    assert "permissions" not in read(CI)["jobs"]["test"]
    assert "pull_request_target" not in CI.read_text()
    assert "secrets." not in CI.read_text()


def test_hooks_are_of_this_checkout() -> None:
    """None is fetched from elsewhere, and each runs a tool that the test command's environment has."""
    hooks = [hook for repo in read(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    tools = {hook["entry"].split(" --")[0] for hook in hooks}

    assert {"local"} == {repo["repo"] for repo in read(ROOT / ".pre-commit-config.yaml")["repos"]}
    assert tools == {
        ".venv/bin/python -m ruff check",
        ".venv/bin/python -m ruff format",
        ".venv/bin/python -m mypy",
        ".venv/bin/python -m infra.api",
        ".venv/bin/python -m infra.connector",
        ".venv/bin/check-jsonschema",
    }
