"""Workflows are what GitHub takes, and give a deployment all its parameters."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml

from infra.check.files import FOLDER
from local import places

WORKFLOWS = sorted((places.CHECKOUT / ".github" / "workflows").glob("*.yml"))
DEPLOY = places.CHECKOUT / ".github" / "workflows" / "deploy.yml"


def schema_of_github(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)


def read(path: Path) -> Any:
    return ruamel.yaml.YAML(typ="safe").load(path.read_text())


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def test_workflows_are_what_github_takes() -> None:
    """By its own schema."""
    found = schema_of_github(*WORKFLOWS)

    assert WORKFLOWS
    assert 0 == found.returncode, found.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [("runs-on:", "run-on:"), ("timeout-minutes: 20", "timeout-minutes: soon"), ("steps:", "step:")],
)
def test_a_fault_in_a_workflow_is_found(tmp_path: Path, old: str, new: str) -> None:
    """So the test above can fail."""
    text = DEPLOY.read_text()
    assert old in text
    spoilt = tmp_path / "deploy.yml"
    spoilt.write_text(text.replace(old, new, 1))

    assert 1 == schema_of_github(spoilt).returncode


def test_no_secret_is_kept_and_no_right_is_given_by_default() -> None:
    """Sign-in is by OIDC, in the one job that needs it; what is put into a command comes by the environment."""
    workflow = read(DEPLOY)

    assert {"contents": "read"} == workflow["permissions"]
    assert ["deploy"] == [
        name for name, job in workflow["jobs"].items() if "id-token" in job.get("permissions", {})
    ]
    assert "secrets." not in DEPLOY.read_text()
    assert [] == [step["run"] for step in steps(DEPLOY) if "${{" in step.get("run", "")]


def test_a_deployment_is_given_every_parameter_with_its_default() -> None:
    """As azd would give them from its own environment."""
    parameters = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
    wanted = dict(
        re.findall(r"\$\{([A-Z_]+)(?:=(.*?))?\}", json.dumps([each["value"] for each in parameters.values()]))
    )
    given = read(DEPLOY)["jobs"]["deploy"]["env"]
    defaults = {name: (re.findall(r"\|\| '(.*)' \}\}", value) or [""])[0] for name, value in given.items()}

    assert wanted == {name: defaults.get(name) for name in wanted}


def test_what_is_run_is_there() -> None:
    """Every module that a workflow, azure.yaml or a hook runs can be imported, or is deployed Python's own."""
    texts = [*WORKFLOWS, places.CHECKOUT / "azure.yaml", *(FOLDER / "hooks").iterdir()]
    named = {name for path in texts for name in re.findall(r"python3? -m ([\w.]+)", path.read_text())}

    assert named >= {"infra.signing", "infra.bytecode", "infra.check"}
    assert {name for name in named - {"pip", "pytest"} if not exists(name)} <= {
        "infra.dataverse",
        "infra.preflight",
    }


def exists(module: str) -> bool:
    path = places.CHECKOUT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()
