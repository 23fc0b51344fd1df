import ast
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import bytecode
from local import environment, places
from local import package as deployed

LARGEST_BYTES = 2_000_000
CHECKED_BY_HASH = 0b11
"""In the second word of a compiled file (PEP 552)."""
ONLY_FOR_THE_DESCRIPTION = {"api_description.contract", "callback_handler.contract", "resubmit_run.contract"}
"""Every function folder says what it takes and gives; these three answer without looking there."""
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
    """Every entry is anchored: none takes a file of that name out of a function's folder."""
    entries = [
        line
        for line in (places.CHECKOUT / ".funcignore").read_text().splitlines()
        if line[:1] not in {"", "#"}
    ]
    assert [entry for entry in entries if not entry.startswith("/")] == []


def test_only_what_runs_is_deployed(package: Path) -> None:
    """Each module is imported by another, all the way from function_app.py, and each other file is named in one."""
    modules = {module_name(path.relative_to(package)): path for path in package.rglob("*.py")}
    reached: set[str] = set()
    waiting = ["function_app"]
    for name in waiting:
        if name in modules and name not in reached:
            reached.add(name)
            waiting += imported(modules[name])
    others = [
        path.name for path in package.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    code = "".join(path.read_text() for path in modules.values())

    assert modules.keys() - reached == ONLY_FOR_THE_DESCRIPTION
    assert {name for name in others if name not in code} == {"host.json", "requirements.txt", ".funcignore"}


def test_nothing_is_deployed_that_has_no_place_there(package: Path) -> None:
    """No test, no document, no credential, no infrastructure; and it is small."""
    names = [
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]
    unwanted = (".md", ".bicep", ".pem", ".key", ".env", ".sh", ".yaml", ".yml", ".toml", ".svg")

    assert [] == [
        name for name in names if name.endswith(unwanted) or "test" in name or "settings.json" in name
    ]
    assert sum((package / name).stat().st_size for name in names) < LARGEST_BYTES


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    """Modules, and the packages that they lie in."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def test_byte_code_that_is_deployed_is_of_the_source_beside_it(tmp_path: Path) -> None:
    """Every module has its own, which is used whatever its times are; and one that was edited since is compiled anew."""
    copy = deployed.copied(tmp_path / "package")
    stale = copy / "shared" / "__pycache__" / "gone.cpython-310.pyc"
    stale.parent.mkdir()
    stale.touch()
    assert bytecode.compile_application(copy)
    assert not stale.exists()
    sources = list(copy.rglob("*.py"))
    for source in sources:
        os.utime(source, (0, 0))
        compiled = Path(importlib.util.cache_from_source(str(source))).read_bytes()
        assert CHECKED_BY_HASH == int.from_bytes(compiled[4:8], "little")
        assert importlib.util.source_hash(source.read_bytes()) == compiled[8:16]
    changed = copy / "shared" / "tally.py"
    changed.write_text("EDITED = True\n")
    run = [sys.executable, "-B", "-c", "import shared.tally; print(shared.tally.EDITED)"]
    said = subprocess.run(
        run, cwd=copy, env=environment.for_child(), capture_output=True, text=True, check=True
    )

    assert "True" == said.stdout.strip()
