"""The house stands as docs/architecture.md says: imports run downwards, and indexing loads little."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FUNCTIONS = {
    "trigger_run",
    "cancel_run",
    "resubmit_run",
    "callback_handler",
    "start_waiting",
    "status_poller",
    "run_status",
    "flow_catalog",
    "connector_helpers",
    "pauses",
    "subscriptions",
    "events_in",
    "health",
    "preflight",
    "api_description",
}
FLOORS = [
    "shared.run",
    "shared.log",
    "shared.dataverse",
    "shared.storage",
    "shared.pace",
    "shared.wiring",
    "shared.http",
    "shared.starting",
]
"""From the ground up: a floor imports only what lies below it."""


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Each file below a folder, with each module that it imports."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield str(path.relative_to(ROOT)), node.module
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield str(path.relative_to(ROOT)), alias.name


def test_a_function_imports_no_other_function() -> None:
    """What two functions need is in shared/."""
    crossing = [
        (path, module)
        for folder in FUNCTIONS
        for path, module in imports(folder)
        if module.partition(".")[0] in FUNCTIONS - {folder}
    ]

    assert [] == crossing


def test_shared_imports_no_function_and_nothing_deployed_imports_what_is_not() -> None:
    """Nothing that is deployed knows the local stack, the tests or the benchmarks."""
    forbidden = {"local", "tests", "benchmarks", "infra"}
    deployed = [each for folder in (*FUNCTIONS, "shared") for each in imports(folder)]

    assert [] == [(path, module) for path, module in deployed if module.partition(".")[0] in forbidden]
    assert [] == [
        (path, module) for path, module in imports("shared") if module.partition(".")[0] in FUNCTIONS
    ]


def test_floors_import_downwards() -> None:
    """The run's life knows neither Dataverse nor storage, and nothing below HTTP knows HTTP."""
    upwards = [
        (path, module)
        for number, floor in enumerate(FLOORS)
        for path, module in imports(floor.replace(".", "/"))
        for above in FLOORS[number + 1 :]
        if module == above or module.startswith(f"{above}.")
    ]

    assert [] == upwards


_FIRST_START = """
import sys
import azure.functions, azure.identity, azure.data.tables, requests
known = set(sys.modules)
import trigger_run, types
context = types.SimpleNamespace(invocation_id="1")
trigger_run.trigger_run(azure.functions.HttpRequest(method="POST", url="http://127.0.0.1/api", body=b""), context)
print(*(set(sys.modules) - known))
"""
"""Without settings it is refused, when all that it needs is loaded."""


def test_a_first_start_loads_the_start_and_little_else() -> None:
    """Beyond the four libraries: no other function's modules, and of others msgspec and a handful."""
    run = subprocess.run(
        [sys.executable, "-c", _FIRST_START],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    folders = {name.partition(".")[0] for name in loaded}
    foreign = {name for name in loaded if name.partition(".")[0] not in {*FUNCTIONS, "shared", "msgspec"}}

    assert "trigger_run.start" in loaded
    assert {"trigger_run"} == folders & FUNCTIONS
    assert len(foreign) <= 10, sorted(foreign)


def test_indexing_loads_no_client_library() -> None:
    """A cold start pays for the clients when the first request needs them."""
    clients = ("requests", "azure.core", "azure.identity", "azure.data.tables", "msgspec", "shared.wiring")
    program = f"import sys, function_app; print([name for name in {clients!r} if name in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "[]" == loaded.stdout.strip()


def test_one_module_prepares_types_for_decoding() -> None:
    """shared/decoding.py: elsewhere, two threads could meet in a type that is half prepared, and that ends the process."""
    typed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in [*FUNCTIONS, "shared"]
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (
            (ast.unparse(node.func).endswith("decode") and any(each.arg == "type" for each in node.keywords))
            or ast.unparse(node.func).endswith("Decoder")
        )
    ]

    assert ["shared/decoding.py"] == [place.partition(":")[0] for place in typed]
