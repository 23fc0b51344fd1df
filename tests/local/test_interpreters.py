import ast
import subprocess
import sys
from pathlib import Path

import pytest

from local import interpreters, places
from local.interpreters import MAKES_ENVIRONMENTS, Interpreter, NoInterpreterError

INFRA_COMMANDS = [f"infra.{main.parent.name}" for main in places.CHECKOUT.glob("infra/*/__main__.py")]
# Read before the right Python is found, so by whichever the user's python3 is.
READ_BY_OLD_PYTHONS = [
    *(module for package in INFRA_COMMANDS for module in (package, f"{package}.__main__")),
    "benchmarks",
    "benchmarks.__main__",
    "benchmarks.cases",
    "benchmarks.cli",
    "infra",
    "infra.command",
    # is all there is to its command: azd calls it on machines that have no other Python
    *(f"infra.signing.{module}" for module in ("azure", "commands", "keys", "vault")),
    "local",
    "local.__main__",
    "local.bootstrap",
    "local.cli",
    "local.command",
    "local.interpreters",
    "local.locks",
    "local.places",
    "local.polling",
    "local.progress",
    "local.quiet",
]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its interpreters are shell scripts")


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH and pyenv are empty, and whose own Python is too old."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(sys, "executable", str(script(tmp_path / "own", "echo '3|11|/old'")))
    return tmp_path


def path_of(module: str) -> Path:
    path = places.CHECKOUT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def is_ours(module: str) -> bool:
    return path_of(module).exists()


@pytest.mark.parametrize("module", READ_BY_OLD_PYTHONS)
def test_what_finds_the_interpreter_is_read_by_old_ones(module: str) -> None:
    """Python 3.9 can parse every module that the set-up is made of."""
    ast.parse(path_of(module).read_text(), feature_version=(3, 9))


def test_no_other_module_is_loaded_before_the_right_interpreter_runs() -> None:
    """The list of modules for old Pythons is complete: they import nothing else of ours, at their top level."""
    for module in READ_BY_OLD_PYTHONS:
        for node in ast.parse(path_of(module).read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module and is_ours(node.module):
                named = {f"{node.module}.{alias.name}" for alias in node.names}
                assert {node.module, *filter(is_ours, named)} <= set(READ_BY_OLD_PYTHONS)


@pytest.mark.parametrize("package", ["local", "benchmarks", *INFRA_COMMANDS])
def test_every_command_moves_to_the_right_python_by_itself(package: str) -> None:
    """Started by a Python that has none of the packages, it says what it is for: --help describes it, beside its options."""
    outside = interpreters.find(places.CHECKOUT)
    asked = [outside.executable, "-S", "-m", package, "--help"]
    run = subprocess.run(asked, capture_output=True, text=True, cwd=places.CHECKOUT, check=False)

    assert run.returncode == 0, run.stderr
    usage, description, *_ = run.stdout.split("\n\n")
    assert usage.startswith(f"usage: python3 -m {package} ")
    assert not description.startswith("positional arguments:")


def test_the_python_that_runs_this_is_proved_by_running_it() -> None:
    """A real interpreter tells its version and where it is, outside any virtual environment."""
    found = interpreters.prove(sys.executable, places.CHECKOUT, MAKES_ENVIRONMENTS)
    assert found is not None
    assert found.minor == sys.version_info[:2]
    assert not found.executable.startswith(str(places.CHECKOUT))


@pytest.mark.parametrize(
    "body",
    [
        "exit 127",
        "echo '3|12|/bin/python'",
        "echo 'pyenv: no such command'",
        "echo '3|13|/bin/python'; exit 1",
        "",
    ],
)
def test_what_is_no_interpreter(tmp_path: Path, body: str) -> None:
    """A launcher that fails, an older Python, and something else under that name are not taken for one."""
    assert interpreters.prove(str(script(tmp_path / "python", body)), tmp_path, "venv") is None


def test_a_python_without_a_module_is_not_taken(tmp_path: Path) -> None:
    """A Python that lacks what is asked for, as Debian's does without python3-venv, is none."""
    assert interpreters.prove(sys.executable, tmp_path, "no_such_module") is None


def test_a_version_that_the_parent_was_started_with_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYENV_VERSION, which pyenv's shims hand down, does not decide for the interpreters that are tried."""
    monkeypatch.setenv("PYENV_VERSION", "3.11.7")
    shim = script(tmp_path / "python", '[ -z "$PYENV_VERSION" ] && echo "3|13|/real"')
    assert interpreters.prove(str(shim), tmp_path, "venv") == Interpreter("/real", (3, 13))


def test_the_path_is_searched_by_name(machine: Path) -> None:
    """python3.13 on the PATH is found where this Python is too old, and it is run in the checkout."""
    script(machine / "path" / "python3.13", 'echo "3|13|$(pwd)/python"')
    folder = machine.resolve()
    assert interpreters.find(folder) == Interpreter(f"{folder}/python", (3, 13))


def test_pyenv_is_searched_last_and_its_nearest_version_taken(machine: Path) -> None:
    """Of pyenv's versions the oldest that will do is taken; numbers are compared as numbers."""
    for version in ("3.9.1", "3.12.1", "3.14.0", "3.13.10"):
        minor = version.split(".")[1]
        script(machine / "pyenv" / "versions" / version / "bin" / "python", f"echo '3|{minor}|/{version}'")
    assert interpreters.find(machine) == Interpreter("/3.13.10", (3, 13))


def test_a_machine_without_one_is_told_so(machine: Path) -> None:
    """Where nothing will do, the error says what is needed and where it was looked for."""
    with pytest.raises(NoInterpreterError, match=r"3\.13 or later.*PATH.*pyenv"):
        interpreters.find(machine)
