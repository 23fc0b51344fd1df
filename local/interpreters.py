"""Finding a Python that the project can run on. Read by older Pythons as well, down to 3.9."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 13)
_ON_THE_PATH = ("python3.13", "python3.14", "python3", "python")
# The interpreter itself, not the virtual environment that it may run in: that one may be about to be made anew.
_PROOF = "import sys, {modules}; print(*sys.version_info[:2], sys._base_executable, sep='|')"
# Debian packages these two apart from Python.
MAKES_ENVIRONMENTS = "ensurepip, venv"


class Interpreter(NamedTuple):
    executable: str
    minor: tuple[int, int]

    @property
    def version(self) -> str:
        return ".".join(map(str, self.minor))


class NoInterpreterError(Exception):
    """None of the Pythons on this machine is recent enough and complete."""


def find(folder: Path) -> Interpreter:
    """The first usable one, run in this folder: the one that runs this, those on the PATH, pyenv's."""
    for command in _candidates():
        interpreter = prove(command, folder, MAKES_ENVIRONMENTS)
        if interpreter is not None:
            return interpreter
    raise NoInterpreterError(
        "Deskhand needs Python 3.13 or later, with its modules venv and ensurepip, and none was found: not the one "
        "that runs this command, not as python3.13 or python3.14 on the PATH, and not among pyenv's versions. "
        "Install one from python.org or with the system's package manager, pyenv or uv."
    )


def prove(command: str, folder: Path, modules: str) -> Interpreter | None:
    """What runs under this command, if it is recent enough and has these modules.

    Only a run tells: a launcher may have no Python behind it.
    """
    # Launched through one of pyenv's shims, this process was told a version that its children would follow.
    environment = {name: value for name, value in os.environ.items() if name != "PYENV_VERSION"}
    try:
        run = subprocess.run(
            [command, "-c", _PROOF.format(modules=modules)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = re.fullmatch(r"(\d+)\|(\d+)\|(.+)\n", run.stdout)
    if run.returncode or told is None or (int(told[1]), int(told[2])) < OLDEST:
        return None
    return Interpreter(told[3], (int(told[1]), int(told[2])))


def _candidates() -> Iterator[str]:
    yield sys.executable
    yield from _ON_THE_PATH
    yield from _pyenv_versions()


def _pyenv_versions() -> list[str]:
    """The oldest first: it is the one that runs in the cloud."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    found = sorted((tuple(map(int, re.findall(r"\d+", path.name))), path) for path in root.glob("3.*"))
    return [str(path / "bin" / "python") for version, path in found if version >= OLDEST]
