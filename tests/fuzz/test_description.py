"""Whatever is made from the API's description is answered as it says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.api.files import DESCRIPTION, read, written
from local import environment, functions, places, processes
from local.functions import FunctionsHost
from local.stack import Stack

type Json = dict[str, Any]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[FunctionsHost]:
    """One of its own: what is paused and subscribed here stays here."""
    log: list[str] = []
    port = processes.free_port()
    settings = {"RUNS_TABLE": "fuzzed", "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}"}
    with functions.running(places.CHECKOUT, {**stack.settings, **settings}, log.append, port) as host:
        yield host


def asked(
    deployment: FunctionsHost, folder: Path, description: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Requests made from a description, and what was found."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")),
        *("run", str(description), "--warnings", "off", *options),
    ]
    told = environment.for_child(
        FUNCTIONS_BASE=deployment.base,
        FUNCTIONS_KEY=deployment.key,
        SCHEMATHESIS_HOOKS="tests.fuzz.checks",
        PYTHONPATH=str(places.CHECKOUT),
    )
    return subprocess.run(
        command, cwd=folder, env=told, capture_output=True, text=True, timeout=300, check=False
    )


def spoilt(document: Json) -> Json:
    """What is served is not what this says, in five ways."""
    operation = document["paths"]["/runs"]["get"]
    schemas = {each["name"]: each["schema"] for each in operation["parameters"]}
    schemas["maxPageSize"]["maximum"] = 500
    schemas["clientReference"]["maxLength"] = 500
    operation["responses"]["400"]["headers"]["x-ms-error-code"]["schema"]["enum"] = ["InvalidJson"]
    operation["responses"]["200"]["headers"]["Location"] = {"required": True, "schema": {"type": "string"}}
    document["components"]["schemas"]["RunPage"]["required"].append("total")
    return document


FOUND_OUT = (
    "Schema-violating request accepted",
    "Fits the description, and is refused for its form",
    "Response header does not conform to the schema",
    "Missing required response headers",
    "Response violates schema",
)


def test_a_description_that_is_wrong_is_found_out(deployment: FunctionsHost, tmp_path: Path) -> None:
    """Too little or too much that may be sent; a code, a header and a member of an answer that are not as declared."""
    wrong = tmp_path / "openapi.json"
    wrong.write_text(written(spoilt(read(DESCRIPTION))), encoding="utf-8")

    done = asked(deployment, tmp_path, wrong, "--include-operation-id", "listRuns", "--phases", "coverage")

    assert done.returncode == 1
    assert [] == [each for each in FOUND_OUT if each not in done.stdout], done.stdout[-20000:]


def test_requests_made_from_the_description_are_answered_as_it_says(
    deployment: FunctionsHost, tmp_path: Path
) -> None:
    """Examples, corner cases, any others, and chains of links: no 500, nothing undeclared, and what does not fit is refused."""
    done = asked(deployment, tmp_path, DESCRIPTION)

    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-5000:]
