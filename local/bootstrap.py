"""From a bare Python to the project's own virtual environment. Read by older Pythons as well, down to 3.9.

The environment is made once. A stamp in it tells what it was made from, so that a later start costs next to nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from local import interpreters, places, quiet
from local.interpreters import Interpreter
from local.locks import exclusive
from local.progress import say

_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


class SetUpError(Exception):
    """The virtual environment could not be made, or its packages could not be installed."""


def enter(package: str, arguments: list[str]) -> None:
    """Returns only inside the virtual environment; from elsewhere it starts `python -m package` anew, inside.

    Raises SetUpError or NoInterpreterError.
    """
    environment = VirtualEnvironment(places.CHECKOUT)
    changed = environment.ensure(places.cache())
    if changed or Path(sys.prefix).resolve() != environment.folder.resolve():
        _become([str(environment.python), "-m", package, *arguments])


class VirtualEnvironment:
    """The virtual environment of a checkout."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = checkout / ".venv"
        self.python = self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        self._stamp = self.folder / "deskhand.json"

    def ensure(self, locks: Path) -> bool:
        """Makes what is missing; tells whether anything was."""
        name = hashlib.sha256(str(self.checkout).encode()).hexdigest()[:16]
        with exclusive(locks / f"set-up-{name}.lock"):
            interpreter = self._usable()
            if interpreter is None:
                interpreter = self._make()
            stamp = self._wanted(interpreter)
            if self._read_stamp() == stamp:
                return False
            self._install()
            self._stamp.write_text(json.dumps(stamp), encoding="utf-8")
            return True

    def _usable(self) -> Interpreter | None:
        """None where the environment is missing, broken, moved, or made for another version of Python."""
        interpreter = interpreters.prove(str(self.python), self.checkout, "pip")
        stamp = self._read_stamp()
        if interpreter is None or not stamp:
            return interpreter
        wanted = self._wanted(interpreter)
        same = all(stamp.get(name) == wanted[name] for name in ("folder", "python"))
        return interpreter if same else None

    def _make(self) -> Interpreter:
        interpreter = interpreters.find(self.checkout)
        say(
            f"Making a virtual environment with Python {interpreter.version} ({interpreter.executable}), once ..."
        )
        self._run(
            [interpreter.executable, "-m", "venv", "--clear", str(self.folder)], "venv made no environment"
        )
        return interpreter

    def _install(self) -> None:
        say("Installing the packages of requirements-dev.txt, once; a minute or so ...")
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        self._run(
            [*pip, "-r", _REQUIREMENTS[-1]],
            "pip could not install the packages (is the package index reachable from here, through a proxy perhaps?)",
        )

    def _run(self, command: list[str], failure: str) -> None:
        if not quiet.succeeds(command, self.checkout):
            raise SetUpError(f"{failure}; its own message stands above. Nothing else was done; try again.")

    def _read_stamp(self) -> dict[str, Any]:
        try:
            stamp: dict[str, Any] = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp

    def _wanted(self, interpreter: Interpreter) -> dict[str, Any]:
        files = b"".join((self.checkout / name).read_bytes() for name in _REQUIREMENTS)
        return {
            "folder": str(self.folder),
            "python": interpreter.version,
            "requirements": hashlib.sha256(files).hexdigest(),
        }


def _become(command: list[str]) -> None:
    os.chdir(places.CHECKOUT)
    if sys.platform == "win32":
        # There exec would return to the shell at once.
        sys.exit(subprocess.call(command))
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own Python
