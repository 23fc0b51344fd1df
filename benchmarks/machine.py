"""What figures depend on and no reader can guess: the machine, the versions, the commit."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.results import Circumstances, Machine
from local import places

_PACKAGES = (
    "azure-functions",
    "azure-functions-runtime",
    "azure-identity",
    "azure-data-tables",
    "requests",
    "msgspec",
    "aiohttp",
)
# What changes no figure.
_NOT_CODE = (":!docs", ":!*.md", ":!benchmarks/results")


def circumstances(*, quick: bool) -> Circumstances:
    """As they are now."""
    return Circumstances(
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=_git("rev-parse", "HEAD"),
        dirty=bool(_git("status", "--porcelain", "--", ".", *_NOT_CODE)),
        quick=quick,
        load=os.getloadavg()[0],
        machine=_machine(),
    )


def _machine() -> Machine:
    return Machine(
        cpu=_cpu(),
        cores=os.process_cpu_count() or 0,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
    )


def _cpu() -> str:
    """The model where Linux tells it, else what Python knows."""
    try:
        told = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        told = None
    return told[1] if told else platform.processor() or platform.machine()


def _git(*arguments: str) -> str:
    """What it says, or nothing outside a repository."""
    try:
        run = subprocess.run(
            ["git", *arguments], cwd=places.CHECKOUT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return run.stdout.strip()
