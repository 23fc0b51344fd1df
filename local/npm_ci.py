"""What npm provides, installed from a lock file once and kept in the cache."""

import hashlib
import shutil
from pathlib import Path

from local import quiet
from local.locks import exclusive
from local.node import Node
from local.progress import say


class NpmError(Exception):
    """npm could not install what is needed."""


def installed(name: str, project: Path, runtime: Node, cache: Path) -> Path:
    """The folder that holds `node_modules` of the project: a folder with package.json and package-lock.json."""
    manifests = (project / "package.json", project / "package-lock.json")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in manifests)).hexdigest()
    folder = cache / f"{name.lower()}-{digest[:16]}"
    with exclusive(cache / f"{name.lower()}.lock"):
        if not folder.exists():
            _install(name, manifests, runtime, folder)
    return folder


def _install(name: str, manifests: tuple[Path, ...], runtime: Node, folder: Path) -> None:
    say(f"Installing {name} from npm, once ...")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for manifest in manifests:
        shutil.copy(manifest, part)
    quietly = [
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        f"--cache={part / 'npm-cache'}",
    ]
    command = [*runtime.npm, "ci", "--omit=optional", "--ignore-scripts", *quietly]
    if not quiet.succeeds(command, part):
        raise NpmError(f"npm could not install {name}; its own message stands above.")
    shutil.rmtree(part / "npm-cache")
    part.rename(folder)
