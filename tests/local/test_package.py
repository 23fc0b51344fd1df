import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from local import environment, places
from local import package as deployed

NOT_DEPLOYED = {"local", "tests", "benchmarks", "docs", "infra"}
IMPORT_LAST = """
import importlib, json, sys
folder, *names = sys.argv[1:]
sys.path.append(folder)
for name in names:
    importlib.import_module(name)
print(json.dumps({name: module.__file__ for name, module in sys.modules.items() if getattr(module, "__file__", None)}))
"""


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly the files that .funcignore leaves."""
    return deployed.copied(tmp_path_factory.mktemp("package"))


def own_names(package: Path) -> set[str]:
    """Its top-level modules and packages."""
    return {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }


def test_only_the_application_is_deployed(package: Path) -> None:
    """What .funcignore leaves is the application: its modules and the three files that the platform reads."""
    files = {path.name for path in package.iterdir() if path.is_file()}
    assert files - {".funcignore"} == {"function_app.py", "host.json", "requirements.txt"}
    assert own_names(package) >= {
        "function_app",
        "shared",
        "trigger_run",
        "cancel_run",
        "callback_handler",
        "health",
    }
    assert own_names(package).isdisjoint(NOT_DEPLOYED)


def test_the_application_is_imported_from_the_end_of_the_path(package: Path) -> None:
    """With packages first and the package last on sys.path, as on Flex, every module of ours is ours."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_LAST, str(package), "function_app", *own_names(package)],
        cwd=package.parent,
        env=environment.for_child(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    modules: dict[str, str] = json.loads(run.stdout)
    ours = {name: file for name, file in modules.items() if name.partition(".")[0] in own_names(package)}
    assert own_names(package) <= set(ours)
    assert all(file.startswith(str(package)) for file in ours.values())


def test_no_package_takes_a_name_of_ours(package: Path) -> None:
    """No installed distribution and no module of Python's own brings a top-level name that the application uses."""
    taken = set(importlib.metadata.packages_distributions()) | sys.stdlib_module_names
    assert own_names(package).isdisjoint(taken)


def test_the_entries_of_funcignore_stand_for_this_folder_only() -> None:
    """Every entry but the bytecode's is anchored: none takes a file of that name out of a function's folder."""
    entries = [
        line
        for line in (places.CHECKOUT / ".funcignore").read_text().splitlines()
        if line[:1] not in {"", "#"}
    ]
    assert [entry for entry in entries if not entry.startswith("/")] == ["__pycache__/"]
