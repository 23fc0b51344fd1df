"""What is deployed: exactly the files that .funcignore leaves."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pathspec

from local import places


def copied(folder: Path) -> Path:
    """The same folder, with the application's files in it."""
    for name in _files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(places.CHECKOUT / name, folder / name)
    return folder


def _files() -> Iterator[str]:
    ignored = pathspec.GitIgnoreSpec.from_lines((places.CHECKOUT / ".funcignore").read_text().splitlines())
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=places.CHECKOUT, capture_output=True, text=True, check=True).stdout
    return (
        name
        for name in listed.splitlines()
        if not ignored.match_file(name) and (places.CHECKOUT / name).is_file()
    )
