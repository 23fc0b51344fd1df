"""Commands of others whose output is of interest only where they fail. Read by older Pythons as well, down to 3.9."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def succeeds(command: list[str], folder: Path) -> bool:
    """All that it wrote is shown if it fails: on standard error, because standard output may belong to a script."""
    run = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if run.returncode:
        sys.stderr.write(run.stdout.decode(errors="replace"))
    return run.returncode == 0
